import { z } from "zod";
import { type ParameterValues, type PerSample, type Points, parameter } from "../shapes";
import { tf } from "../tf";
import { defineTransform } from "./transform";

/** Offsets of the scale maps of nflows; they keep the scale away from 0. */
const SIGMOID_SHIFT = 2;
const SCALE_FLOOR = 1e-3;
const LARGEST_CLAMPED_SCALE = 3;

const scaleMapSchema = z
  .discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("softclip"),
      slope: z.number().gt(0).lt(1).default(1e-3).describe("log s = a / (1 + |a / log slope|), so s stays between slope and 1/slope."),
    }),
    z.strictObject({ type: z.literal("exp") }),
    z.strictObject({ type: z.literal("sigmoid2") }),
    z.strictObject({ type: z.literal("softplus") }),
    z.strictObject({ type: z.literal("softplus-clamped") }),
    z.strictObject({
      type: z.literal("glow"),
      direction: z.enum(["sigmoid", "sigmoid_inv"]).default("sigmoid").describe("sigmoid divides by σ(a + 2), sigmoid_inv multiplies."),
    }),
    z.strictObject({ type: z.literal("tanh") }),
    z.strictObject({ type: z.literal("atan"), clamp: z.number().positive().default(2).describe("Bound of log s.") }),
  ])
  .default({ type: "softclip", slope: 1e-3 })
  .describe("How a raw output a becomes a positive scale s(a).");

type ScaleMap = z.output<typeof scaleMapSchema>;

/** log s(a), elementwise, in a form that neither overflows nor loses small scales. */
function logScale(a: tf.Tensor, map: ScaleMap, values: ParameterValues): tf.Tensor {
  switch (map.type) {
    case "softclip":
      return softclip(a, -Math.log(map.slope));
    case "exp":
      return a;
    case "sigmoid2":
      return a.add(SIGMOID_SHIFT).sigmoid().add(SCALE_FLOOR).log();
    case "softplus":
      return a.softplus().add(SCALE_FLOOR).log();
    case "softplus-clamped":
      return a.softplus().add(SCALE_FLOOR).minimum(LARGEST_CLAMPED_SCALE).log();
    case "glow": {
      const logSigmoid = a.add(SIGMOID_SHIFT).neg().softplus().neg();
      return map.direction === "sigmoid" ? logSigmoid.neg() : logSigmoid;
    }
    case "tanh":
      return a.tanh().mul(parameter(values, "k"));
    case "atan":
      return a.atan().mul(0.636 * map.clamp); // 0.636 ≈ 2/π as FrEIA writes it, so imported weights give the same scale
  }
}

/** a / (1 + |a| / limit), with its derivative 1 / (1 + |a| / limit)² instead of the twenty operations that tfjs takes to find it. */
function softclip(a: tf.Tensor, limit: number): tf.Tensor {
  const operation = tf.customGrad((...given) => {
    const [input, save] = given as [tf.Tensor, tf.GradSaveFunc];
    const bottom = input.abs().div(limit).add(1);
    save([bottom]);
    return { value: input.div(bottom), gradFunc: (byOutput, saved) => byOutput.div((saved[0] as tf.Tensor).square()) };
  });
  return operation(a);
}

/** The raw output at which s = 1, where there is one. */
function rawAtOne(map: ScaleMap): number {
  switch (map.type) {
    case "sigmoid2":
      return Math.log((1 - SCALE_FLOOR) / SCALE_FLOOR) - SIGMOID_SHIFT;
    case "softplus":
    case "softplus-clamped":
      return Math.log(Math.expm1(1 - SCALE_FLOOR));
    case "glow":
      return 5; // σ(7) = 0.9991: exactly 1 is not reached
    case "softclip":
    case "exp":
    case "tanh":
    case "atan":
      return 0;
  }
}

/** The kernels' name of a scale map, and its number. */
function lowered(map: ScaleMap) {
  switch (map.type) {
    case "softclip":
      return { map: map.type, number: -Math.log(map.slope) };
    case "atan":
      return { map: map.type, number: map.clamp };
    case "glow":
      return { map: map.direction === "sigmoid" ? ("glow" as const) : ("glow-inverse" as const), number: 0 };
    default:
      return { map: map.type, number: 0 };
  }
}

/** raw [n, 2m] → shift and log-scale, each [n, m]; for each coordinate first t, then a. */
function split(points: Points, raw: tf.Tensor2D, scaleMap: ScaleMap, values: ParameterValues) {
  const [n, m] = points.shape;
  if (m === 1) {
    const [t, a] = tf.split(raw, 2, 1) as [tf.Tensor, tf.Tensor];
    return { t, s: logScale(a, scaleMap, values) };
  }
  const pairs = raw.reshape([n * m, 2]);
  const [t, a] = tf.split(pairs, 2, 1) as [tf.Tensor, tf.Tensor];
  return { t: t.reshape([n, m]), s: logScale(a.reshape([n, m]), scaleMap, values) };
}

export const affineTransform = defineTransform({
  type: "affine",
  title: "Affine",
  summary: "Stretches and moves a coordinate by amounts that depend on the others.",
  formula: "y = z s(a) + t",
  logDet: "Σ log s(a)",
  inverseBy: { kind: "closed", how: "z = (y − t) / s(a)" },
  reference: {
    cite: "Dinh, Sohl-Dickstein and Bengio 2017, Density estimation using Real NVP, eq. 4–8",
    url: "https://arxiv.org/abs/1605.08803",
  },
  config: z.object({ scaleMap: scaleMapSchema }),
  examples: [
    {},
    { scaleMap: { type: "exp" } },
    { scaleMap: { type: "sigmoid2" } },
    { scaleMap: { type: "softplus" } },
    { scaleMap: { type: "softplus-clamped" } },
    { scaleMap: { type: "glow" } },
    { scaleMap: { type: "glow", direction: "sigmoid_inv" } },
    { scaleMap: { type: "tanh" } },
    { scaleMap: { type: "atan" } },
  ],
  rawSize: () => 2,
  identity: ({ scaleMap }) => [0, rawAtOne(scaleMap)],
  parameters: ({ scaleMap }) =>
    scaleMap.type === "tanh" ? { k: { shape: [], init: { kind: "constant", value: 1 }, doc: "factor of tanh in log s" } } : {},
  lower: ({ scaleMap }) => ({ kind: "affine", ...lowered(scaleMap) }),
  forward(points, raw, { scaleMap }, values) {
    const { t, s } = split(points, raw, scaleMap, values);
    return { points: points.mul(s.exp()).add(t) as Points, logDet: s.sum(1) as PerSample };
  },
  inverse(points, raw, { scaleMap }, values) {
    const { t, s } = split(points, raw, scaleMap, values);
    return { points: points.sub(t).mul(s.neg().exp()) as Points, logDet: s.sum(1).neg() as PerSample };
  },
});
