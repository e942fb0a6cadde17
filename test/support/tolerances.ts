/**
 * Every tolerance of the laws, named once, with its reason. `abs` + `rel`·|expected| is allowed. The numbers in brackets are the largest
 * differences that were seen on cpu and wasm when the tolerance was set.
 */

export interface Tolerance {
  readonly abs: number;
  readonly rel: number;
}

/** The same float32 number, or nothing. */
export const EXACT: Tolerance = { abs: 0, rel: 0 };

/**
 * There and back in float32. Rounding of the image by one part in 2²⁴ moves the way back by its slope, so the allowance is this factor
 * times (1 + |z| + Σ_j |∂z/∂y_j| (1 + |y_j|)): the condition of the problem, which no algorithm can beat.
 */
export const ROUND_TRIP = 4e-6;

/** The same for the log-det of the way back, which moves by its own gradient. */
export const CANCELLATION = 1e-5;

/** Promise N1 of the design: 256 points near the data, parameters of a moderate size, all dimensions. */
export const PROMISED_ROUND_TRIP: Tolerance = { abs: 1e-4, rel: 0 };
export const PROMISED_LOG_DET: Tolerance = { abs: 1e-3, rel: 0 };

/** Log-det against the autodiff Jacobian of the same float32 map: one determinant of rounded entries. zuko and flowjax use 1e-4. */
export const JACOBIAN: Tolerance = { abs: 1e-4, rel: 1e-5 };

/** The whole chain: errors of the layers add up. zuko uses 1e-3. */
export const WHOLE_JACOBIAN: Tolerance = { abs: 1e-3, rel: 1e-5 };

/** float32 values against the double-precision oracle; a spline's knots are sums of rounded widths. */
export const ORACLE_POINTS: Tolerance = { abs: 2e-5, rel: 2e-5 };
export const ORACLE_LOG_DET: Tolerance = { abs: 1e-4, rel: 1e-5 };

/** float32 gradients against double-precision differences, whose truncation is 3e-4 where a planar's w is small; the promise N6 is 2 % or 1e-3. */
export const GRADIENT: Tolerance = { abs: 1e-4, rel: 5e-4 };

/** Log-densities of bases against closed formulas in double precision. */
export const LOG_DENSITY: Tolerance = { abs: 1e-4, rel: 1e-5 };

/** Total mass on a grid: promise N3. */
export const MASS: Tolerance = { abs: 1e-3, rel: 0 };
/** Of a base, where the grid is fine and reaches far. */
export const BASE_MASS: Tolerance = { abs: 1e-4, rel: 0 };

/** Kolmogorov–Smirnov: P(√n·D > 1.95) ≈ 1e-3. */
export const KS_LIMIT = 1.95;

/** Entropies are quoted with five decimals; the quadrature itself is good to 1e-7. */
export const FLOOR: Tolerance = { abs: 1e-5, rel: 0 };

/** A mean of independent draws lies within four standard errors but once in 16,000. */
export const STANDARD_ERRORS = 4;

/** Two backends round differently and training amplifies it; promise N7. */
export const BACKENDS_AGREE: Tolerance = { abs: 1e-2, rel: 0 };

/** Adam keeps its moments in float32: 2⁻²⁴ in each of 50 steps. */
export const ADAM: Tolerance = { abs: 2e-6, rel: 2e-6 };

/** At ±1e6 a network's sums cancel: its outputs keep five digits, and so do the shifts and scales made from them. */
export const HUGE_POINTS: Tolerance = { abs: 1, rel: 1e-4 };
/** Beside a knot the engine may choose the neighbouring bin, whose formula gives the same value up to the rounding of the knot. */
export const KNOT_POINTS: Tolerance = { abs: 5e-5, rel: 1e-5 };
/** The spline's slope is continuous; one float32 step in a thin bin still moves its logarithm a little. */
export const KNOT_LOG_DET: Tolerance = { abs: 1e-3, rel: 0 };

/** The identity through a spline's arithmetic. */
export const IDENTITY: Tolerance = { abs: 1e-5, rel: 1e-6 };
/** Raw numbers of spread 5 make bins 1/1000 as high as wide: knots are sums of rounded widths, and the slope changes fast within a bin. */
export const STEEP_POINTS: Tolerance = { abs: 2e-3, rel: 1e-5 };
export const STEEP_LOG_DET: Tolerance = { abs: 3e-2, rel: 1e-4 };

/** log p of a whole chain in float32 against double precision: the errors of ten layers add up. */
export const ORACLE_LOG_PROB: Tolerance = { abs: 2e-4, rel: 2e-5 };
/** Stages of a whole chain found from either end. */
export const FLOW_ROUND_TRIP: Tolerance = { abs: 1e-3, rel: 1e-5 };
/** Moments of 500 points in float32. */
export const WHITE: Tolerance = { abs: 1e-4, rel: 0 };

/** Mass by quadrature of a toy's density: the midpoint rule is exact to rounding for blurred curves, 1e-8 for the pinwheel's radius. */
export const QUADRATURE_MASS: Tolerance = { abs: 1e-6, rel: 0 };

/** Sums and running averages of float32 numbers. */
export const CLIPPED: Tolerance = { abs: 1e-6, rel: 1e-5 };

/** A kernel's own gradient against its differences, both in double precision: what remains is the differences' truncation. */
export const KERNEL_DIFFERENCES: Tolerance = { abs: 1e-6, rel: 1e-4 };
/** Gradients of a kernel against those of float32 operations, in units of the largest of a point's gradients, or of 1 if that is larger. */
export const KERNEL_GRADIENT: Tolerance = { abs: 5e-4, rel: 0 };
/** The same where bins are 1/1000 as high as wide: float32 loses three digits of a point's place in its bin. */
export const KERNEL_STEEP_GRADIENT: Tolerance = { abs: 2e-2, rel: 0 };

/**
 * Fused kernels against tensor operations: two float32 computations of the same numbers in another order. Stages (5e-6), log-dets, which
 * lose digits where bins are thin (9e-6), log-densities (2e-5), Jacobians, whose entries reach 20 (4e-4).
 */
export const FUSED_POINTS: Tolerance = { abs: 2e-5, rel: 5e-6 };
export const FUSED_LOG_DET: Tolerance = { abs: 5e-5, rel: 5e-6 };
export const FUSED_LOG_DENSITY: Tolerance = { abs: 1e-4, rel: 5e-6 };
export const FUSED_JACOBIAN: Tolerance = { abs: 2e-4, rel: 5e-5 };
/** Gradients of the whole loss in units of their length (4e-6); a wrong term in one of a thousand entries is 100 times as large. */
export const FUSED_GRADIENT: Tolerance = { abs: 2e-5, rel: 0 };
/** The same along a line, against differences of the double-precision oracle (1e-5, with a relative part of 3e-5). */
export const FUSED_ORACLE_GRADIENT: Tolerance = { abs: 5e-5, rel: 1e-4 };
/** log p of points at 1e6 and beyond: squares of numbers whose last digits are lost (2e-6). */
export const FUSED_HUGE: Tolerance = { abs: 1e-3, rel: 2e-5 };
/** A network of one number against double precision, in units of the sum of the sizes of all its terms: a few roundings (3e-7). */
export const FUSED_TABLE: Tolerance = { abs: 1e-6, rel: 0 };
/**
 * log p by tables and by dense kernels: |difference| / (1 + |log p|) at half of a grid's points (9e-7), at 99 of 100 (7e-5), and at all where
 * log p > −50 (2e-3). Far outside the data scales multiply to 1e9, and no float32 computation keeps a digit of log p = −1e9.
 */
export const SEGMENT_LOG_PROB = { median: 2e-6, nearly: 2e-4, high: 5e-3 };
/** Their gradients: length of the difference in units of the gradient's own. */
export const SEGMENT_GRADIENT = 1e-5;
/** One step of Adam in float32 against one in double precision that is rounded at its end: some roundings of each number. */
export const FUSED_STEP: Tolerance = { abs: 1e-6, rel: 2e-6 };
/**
 * Two threads add up in another order than one: the loss, nats, and the first moment in units of its length, after one step (0, 7e-8) and in
 * the 49 after it (3e-8, 4e-7). Parameters whose gradient is all rounding may go either way.
 */
export const THREADS_FIRST_STEP = { loss: 1e-6, gradient: 5e-7 };
export const THREADS_LATER = { loss: 1e-5, gradient: 5e-6 };
/**
 * Divergence of a trained flow from the moons, nats, measured on 20,000 points, where an untrained one has 1.51. Of ten runs, five seeds with
 * both variants, affine couplings had 0.024 to 0.043 after 2,000 steps and 0.018 to 0.042 after 5,000, splines 0.016 to 0.023 after 1,000.
 */
export const LEARNED = {
  affine: [
    { step: 2000, excess: 0.07 },
    { step: 5000, excess: 0.065 },
  ],
  splines: [{ step: 1000, excess: 0.04 }],
} as const;
/** The mean of the last 100 losses, each of 512 points, against held-out points at the last parameters, nats (0.02). */
export const LOSS_TO_HELD_OUT = 0.04;
