/** The plain data that crosses borders. Log-dets and log-densities are in nats; points are row-major [n, d]. */

/** A fault in a definition, placed in its text. */
export interface Fault {
  readonly path: readonly (string | number)[];
  readonly code: string;
  /** Where, what is wrong with which value, and what to do. */
  readonly message: string;
  readonly severity: "error" | "warning";
  readonly offset: number;
  readonly length: number;
  /** A mechanical remedy, offered as a quick fix: replace [offset, offset + length) by `text`. */
  readonly fix?: { readonly title: string; readonly offset: number; readonly length: number; readonly text: string };
}

/** [[x low, x high], [y low, y high]] in the units of its own space. Square unless the two coordinates have very different scales. */
export type Window = readonly [readonly [number, number], readonly [number, number]];

export interface LayerSummary {
  readonly id: string;
  readonly type: string;
  /** Short text under a thumbnail, e.g. "coupling x₂ | x₁". */
  readonly label: string;
  readonly title: string;
  readonly invert: boolean;
  readonly parameters: number;
  readonly path: ComputePath;
  /** "closed" or "root-find": how the direction that is not stored is computed. */
  readonly inverse: string;
  /** Place of the entry in the text; null for layers that the engine inserted (standardisation). */
  readonly range: { readonly offset: number; readonly length: number } | null;
}

/**
 * How a flow or a layer is computed. `segment`: by fused kernels, its networks as tables of exact straight pieces; `dense`: by fused
 * kernels, network by network; `tfjs`: by operations of TensorFlow.js; `mixed`: some layers by kernels, some by TensorFlow.js.
 */
export type ComputePath = "segment" | "dense" | "mixed" | "tfjs";

/** What a valid definition describes, without its numbers. */
export interface FlowSummary {
  readonly name: string;
  readonly dim: number;
  readonly seed: number;
  readonly base: { readonly type: string; readonly title: string };
  readonly layers: readonly LayerSummary[];
  readonly parameters: number;
  readonly target: {
    readonly type: string;
    readonly title: string;
    /** Exact entropy of the target in nats: the lowest possible NLL; null when it is not known. */
    readonly floor: number | null;
    /** Names of the coordinates, with units where the definition gives them. */
    readonly axes: readonly string[];
    /** Rows used for training and validation; null where points are drawn without end. */
    readonly rows: { readonly train: number; readonly validation: number } | null;
    /** Things a reader of the data should know: dropped cells, discrete columns, a row limit. */
    readonly notes: readonly string[];
  } | null;
  readonly steps: number;
  readonly batch: number;
  readonly memoryBytes: number;
  readonly computing: {
    readonly path: ComputePath;
    readonly threads: number;
    /** About, on a present-day machine with nothing else to do. */
    readonly millisecondsPerStep: number;
    /** For people, e.g. "fused kernels (relaxed SIMD), exact segments, 1 thread". */
    readonly text: string;
  };
  readonly view: ViewSettings;
}

export interface ViewSettings {
  readonly window: Window | null;
  readonly grid: number;
  readonly samples: number;
  readonly trajectories: number;
  readonly quantity: "density" | "logDensity";
  readonly colormap: "viridis" | "cividis" | "magma" | "inferno" | "greys";
}

/** One point of the training curve. */
export interface Progress {
  readonly step: number;
  /** Mean NLL of the steps since the previous record, and their range (nats). */
  readonly loss: number;
  readonly lossLow: number;
  readonly lossHigh: number;
  readonly validation: number | null;
  readonly gradientNorm: number;
  readonly learningRate: number;
}

export type RunStatus =
  | { readonly kind: "untrained" }
  | { readonly kind: "training" }
  | { readonly kind: "paused" }
  | { readonly kind: "finished"; readonly because: "steps" | "time-limit" | "patience" }
  | {
      readonly kind: "diverged";
      readonly atStep: number;
      /** The first layer, 1 … K, whose output stopped being finite on the way from the data to the base; null: the base or the loss. */
      readonly layer: number | null;
      readonly message: string;
    };

/** The state of one run at one moment. `step` is the step of the parameters that are kept. */
export interface RunState {
  readonly status: RunStatus;
  readonly step: number;
  readonly steps: number;
  readonly stepsPerSecond: number | null;
  readonly nll: number | null;
  readonly validation: number | null;
}

/** Density of the distribution after layer k (k = 0: the base) on a grid over its own window. */
export interface StagePicture {
  readonly window: Window;
  readonly resolution: number;
  /** log p_k, row-major from the lower left corner, y upwards; length resolution². NaN marks cells without a value. */
  readonly logDensity: Float32Array;
  /** Log-density at the boundary of the smallest region that holds 25, 50, 75, 95 and 99 % of the mass in the window. */
  readonly massLevels: readonly number[];
  /** Mass inside the window by the midpoint rule. */
  readonly mass: number;
}

export interface Health {
  /** NLL over the held-out points, mean and standard error (nats). */
  readonly nll: number | null;
  readonly nllError: number | null;
  /** NLL − floor; null without a floor. */
  readonly klToFloor: number | null;
  readonly mass: number | null;
  readonly roundTrip: number;
  readonly condition: number | null;
  /** Share of points outside the box of some spline, 0…1; null without splines. */
  readonly outsideBox: number | null;
}

export interface LayerStatistics {
  /** log|det ∂f_k/∂z_{k−1}| over held-out data and over model samples, nats. */
  readonly overData: { readonly mean: number; readonly sd: number } | null;
  readonly overSamples: { readonly mean: number; readonly sd: number };
}

/** Where one pinned point comes from: the row of numbers behind the formula. */
export interface PointTrace {
  /** z_0 … z_K, [(K + 1) * d]. */
  readonly stages: Float32Array;
  /** log|det ∂f_k/∂z_{k−1}|, length K. */
  readonly logDets: Float32Array;
  readonly logBase: number;
  /** log p_k(z_k), length K + 1; the last is log p(x). */
  readonly logDensities: Float32Array;
  /** Singular values of ∂z_k/∂z_0, [(K + 1) * 2], largest first, and the angle of the first left vector, [K + 1]; d = 2 only. */
  readonly singularValues: Float32Array | null;
  readonly angles: Float32Array | null;
}

/** Everything that a view draws for one set of parameters. */
export interface Frame {
  readonly revision: number;
  readonly step: number;
  readonly sequence: number;
  /** Thumbnails, K + 1 of them; empty when dim ≠ 2. */
  readonly stages: readonly StagePicture[];
  /** The selected stage at the full resolution; null while only thumbnails are ready. */
  readonly focus: { readonly stage: number; readonly picture: StagePicture } | null;
  /** Model samples at every stage, [(K + 1) * n * d], stage-major. */
  readonly samples: Float32Array;
  /** Held-out data at every stage, the same layout; null without a target. */
  readonly data: Float32Array | null;
  readonly layers: readonly LayerStatistics[];
  /** Mean of log p_0(z_0) over held-out data. */
  readonly logBase: { readonly mean: number; readonly sd: number } | null;
  readonly health: Health | null;
}

/** A point that the user holds on to; x is in data space, length d. */
export interface Pin {
  /** "A" … "H". */
  readonly name: string;
  readonly x: readonly number[];
}
