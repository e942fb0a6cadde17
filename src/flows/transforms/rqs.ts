import { z } from "zod";
import type { SplineDirection } from "../../kernels/rational-quadratic";
import { kernelsAreOn } from "../kernels-setting";
import type { Mapped, PerSample, Points } from "../shapes";
import { tf } from "../tf";
import { fusedRqs } from "./fused-rqs";
import { defineTransform } from "./transform";

/** zuko clips raw widths, heights and slopes softly by log(1e-3); imported weights need the same number. */
const ZUKO_CLIP = Math.log(1e-3);

const config = z.object({
  bins: z.int().min(2).max(64).default(8).describe("Number K of bins; the spline has K + 1 knots."),
  bound: z
    .number()
    .positive()
    .default(5)
    .describe("B: the spline works on [−B, B] and is the identity outside, in units of the space it acts on."),
  minBin: z.number().gt(0).lt(0.5).default(1e-3).describe("Smallest width and height of a bin, as a share of the box."),
  minSlope: z.number().gt(0).lt(1).default(1e-3).describe("Smallest slope at a knot."),
  tails: z.enum(["linear"]).default("linear").describe("What happens outside the box: the identity, with slope 1 at its edges."),
  param: z
    .enum(["nsf", "zuko"])
    .default("nsf")
    .describe("How raw numbers become widths, heights and slopes: as in the paper and nflows, or as in zuko."),
  scaleLogits: z
    .boolean()
    .default(false)
    .describe("Divide the width and height logits by √(hidden width), as coupling nets of nflows and normflows do."),
});
type Config = z.output<typeof config>;

interface Knots {
  /** Left edges of the bins in z and y, and their widths and heights, each [N, K]. */
  readonly zLeft: tf.Tensor2D;
  readonly yLeft: tf.Tensor2D;
  readonly width: tf.Tensor2D;
  readonly height: tf.Tensor2D;
  /** Slopes at the left and right edge of each bin, each [N, K]. */
  readonly slopeLeft: tf.Tensor2D;
  readonly slopeRight: tf.Tensor2D;
}

/** raw [N, 3K − 1] → knots: K widths, K heights, K − 1 inner slopes; the two end slopes are 1. */
function knotsOf(raw: tf.Tensor2D, settings: Config, hidden: number): Knots {
  const { bins, bound, minBin, minSlope, param } = settings;
  const [rawWidth, rawHeight, rawSlope] = tf.split(raw, [bins, bins, bins - 1], 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  const sidesOf = (logits: tf.Tensor2D): tf.Tensor2D => {
    if (param === "zuko")
      return logits
        .div(
          logits
            .mul(2 / ZUKO_CLIP)
            .abs()
            .add(1),
        )
        .softmax() as tf.Tensor2D;
    return logits
      .mul(logitScale(settings, hidden))
      .softmax()
      .mul(1 - minBin * bins)
      .add(minBin) as tf.Tensor2D;
  };
  const width = sidesOf(rawWidth).mul(2 * bound) as tf.Tensor2D;
  const height = sidesOf(rawHeight).mul(2 * bound) as tf.Tensor2D;
  const inner = (
    param === "zuko" ? rawSlope.div(rawSlope.div(ZUKO_CLIP).abs().add(1)).exp() : rawSlope.softplus().add(minSlope)
  ) as tf.Tensor2D;
  const one = tf.ones([raw.shape[0], 1]) as tf.Tensor2D;
  const before = strictlyBefore(bins);
  return {
    zLeft: tf.matMul(width, before).sub(bound) as tf.Tensor2D,
    yLeft: tf.matMul(height, before).sub(bound) as tf.Tensor2D,
    width,
    height,
    slopeLeft: tf.concat([one, inner], 1),
    slopeRight: tf.concat([inner, one], 1),
  };
}

/** [K, K] with 1 where row < column: a product with it sums everything to the left. */
function strictlyBefore(bins: number): tf.Tensor2D {
  return tf.tensor2d(
    Float32Array.from({ length: bins * bins }, (_, i) => (Math.floor(i / bins) < i % bins ? 1 : 0)),
    [bins, bins],
  );
}

/** One-hot choice of the bin that holds `at` [N, 1] among bins with left edges [N, K]; the first bin is open to the left, the last to the right. */
function binOf(at: tf.Tensor2D, left: tf.Tensor2D, bins: number): tf.Tensor2D {
  const n = at.shape[0];
  const reached = tf.step(at.sub(tf.slice(left, [0, 1], [n, bins - 1]))) as tf.Tensor2D;
  const one = tf.ones([n, 1]) as tf.Tensor2D;
  return tf.concat([one, reached], 1).sub(tf.concat([reached, tf.zeros([n, 1])], 1)) as tf.Tensor2D;
}

/** The numbers of the chosen bin, each [N, 1]. */
function chosen(knots: Knots, bin: tf.Tensor2D) {
  const pick = (values: tf.Tensor2D) => values.mul(bin).sum(1, true) as tf.Tensor2D;
  const width = pick(knots.width);
  const height = pick(knots.height);
  return {
    zLeft: pick(knots.zLeft),
    yLeft: pick(knots.yLeft),
    width,
    height,
    mean: height.div(width) as tf.Tensor2D,
    slopeLeft: pick(knots.slopeLeft),
    slopeRight: pick(knots.slopeRight),
  };
}
type Bin = ReturnType<typeof chosen>;

/** Where a point lies in its bin, 0 … 1. The sums of the widths are rounded, so that in a thin bin the quotient alone can exceed 1. */
function within(offset: tf.Tensor, side: tf.Tensor): tf.Tensor {
  return offset.div(side).clipByValue(0, 1);
}

/** log of the slope dy/dz at θ ∈ [0, 1] within a bin (Durkan et al. 2019, eq. 5). */
function logSlope(theta: tf.Tensor, { mean, slopeLeft, slopeRight }: Bin): tf.Tensor {
  const rest = tf.scalar(1).sub(theta);
  const product = theta.mul(rest);
  const top = slopeRight.mul(theta.square()).add(mean.mul(2).mul(product)).add(slopeLeft.mul(rest.square()));
  const bottom = mean.add(slopeLeft.add(slopeRight).sub(mean.mul(2)).mul(product));
  return mean.log().mul(2).add(top.log()).sub(bottom.log().mul(2));
}

/** y at θ within a bin (Durkan et al. 2019, eq. 4). */
function valueAt(theta: tf.Tensor, bin: Bin): tf.Tensor {
  const { mean, slopeLeft, slopeRight, height, yLeft } = bin;
  const product = theta.mul(tf.scalar(1).sub(theta));
  const top = mean.mul(theta.square()).add(slopeLeft.mul(product));
  const bottom = mean.add(slopeLeft.add(slopeRight).sub(mean.mul(2)).mul(product));
  return yLeft.add(height.mul(top).div(bottom));
}

/**
 * θ from y, the root of the quadratic in eq. 6–8. With ξ = η/h and e = d₀(1−ξ) − d₁ξ its discriminant is e² + 4s²ξ(1−ξ), a sum of what is
 * not negative, and θ = 2sξ / (2sξ + e + √disc) or 1 − θ = 2s(1−ξ) / (2s(1−ξ) − e + √disc), whichever does not cancel.
 */
function thetaAt(y: tf.Tensor, { mean, slopeLeft, slopeRight, height, yLeft }: Bin): tf.Tensor {
  const xi = within(y.sub(yLeft), height);
  const rest = tf.scalar(1).sub(xi);
  const e = slopeLeft.mul(rest).sub(slopeRight.mul(xi));
  const discriminant = e.square().add(mean.square().mul(4).mul(xi).mul(rest)).relu();
  const root = e.abs().add(discriminant.add(SQRT_GUARD).sqrt());
  const rising = tf.step(e); // 1: the first form, 0: the second
  const falling = tf.scalar(1).sub(rising);
  const near = mean.mul(2).mul(xi.mul(rising).add(rest.mul(falling)));
  return near.mul(rising).add(root.mul(falling)).div(near.add(root));
}
/** The derivative of √x at 0 is infinite; this keeps it finite. The discriminant is a squared slope, at least 1e-6 at a knot. */
const SQRT_GUARD = 1e-12;

type InBox = (inside: tf.Tensor2D, knots: Knots, bins: number) => { value: tf.Tensor; logSlope: tf.Tensor };

const forwardInBox: InBox = (z, knots, bins) => {
  const bin = chosen(knots, binOf(z, knots.zLeft, bins));
  const theta = within(z.sub(bin.zLeft), bin.width);
  return { value: valueAt(theta, bin), logSlope: logSlope(theta, bin) };
};

const inverseInBox: InBox = (y, knots, bins) => {
  const bin = chosen(knots, binOf(y, knots.yLeft, bins));
  const theta = thetaAt(y, bin);
  return { value: bin.zLeft.add(theta.mul(bin.width)), logSlope: logSlope(theta, bin).neg() };
};

/** Factor on the logits of widths and heights. */
function logitScale({ scaleLogits }: Config, hidden: number): number {
  return scaleLogits ? 1 / Math.sqrt(hidden) : 1;
}

function apply(points: Points, raw: tf.Tensor2D, settings: Config, hidden: number, direction: SplineDirection): Mapped {
  if (kernelsAreOn()) return fusedRqs(points, raw, { ...settings, logitScale: logitScale(settings, hidden) }, direction);
  const inBox = direction === "forward" ? forwardInBox : inverseInBox;
  const { bins, bound } = settings;
  const [n, m] = points.shape;
  const column = points.reshape([n * m, 1]) as tf.Tensor2D;
  // Clipped *before* the spline's arithmetic: a selection afterwards hides a wild value but not its NaN gradient.
  const clipped = column.clipByValue(-bound, bound) as tf.Tensor2D;
  const { value, logSlope: slope } = inBox(clipped, knotsOf(raw.reshape([n * m, 3 * bins - 1]), settings, hidden), bins);
  const inside = tf.step(tf.scalar(bound).sub(column.abs()));
  const outside = tf.scalar(1).sub(inside);
  return {
    points: value.mul(inside).add(column.mul(outside)).reshape([n, m]) as Points,
    logDet: slope.mul(inside).reshape([n, m]).sum(1) as PerSample,
  };
}

export const rqs = defineTransform({
  type: "rqs",
  title: "Rational-quadratic spline",
  summary: "Bends a coordinate by a smooth monotone spline whose knots depend on the others; can split and squeeze at will.",
  formula: "y = y_k + h (s θ² + d₀ θ(1−θ)) / (s + (d₀ + d₁ − 2s) θ(1−θ)),  θ = (z − z_k)/w,  s = h/w",
  logDet: "Σ log[s² (d₁θ² + 2sθ(1−θ) + d₀(1−θ)²)] − 2 log[s + (d₀ + d₁ − 2s) θ(1−θ)];  0 outside the box",
  inverseBy: { kind: "closed", how: "root of a quadratic in each bin" },
  reference: {
    cite: "Durkan, Bekasov, Murray and Papamakarios 2019, Neural spline flows, eq. 4–8",
    url: "https://arxiv.org/abs/1906.04032",
  },
  config,
  examples: [{ bound: 3 }, { bins: 4, bound: 2 }, { bins: 5, bound: 3, param: "zuko" }, { bins: 8, bound: 3, scaleLogits: true }],
  objections: ({ bins, minBin }) =>
    bins * minBin < 1
      ? []
      : [
          {
            at: ["minBin"],
            code: "too-large",
            message: `${bins} bins of at least ${minBin} do not fit into the box. Keep bins × minBin below 1.`,
          },
        ],
  rawSize: ({ bins }) => 3 * bins - 1,
  identity({ bins, minSlope, param }) {
    const slope = param === "zuko" ? 0 : Math.log(Math.expm1(1 - minSlope)); // softplus(0) = 0.693 would not be slope 1
    return Array.from({ length: 3 * bins - 1 }, (_, i) => (i < 2 * bins ? 0 : slope));
  },
  forward: (points, raw, settings, _values, hidden) => apply(points, raw, settings, hidden, "forward"),
  inverse: (points, raw, settings, _values, hidden) => apply(points, raw, settings, hidden, "inverse"),
  box: ({ bound }) => bound,
  lower: (settings, hidden) => ({ ...settings, kind: "rqs", logitScale: logitScale(settings, hidden) }),
});
