import { z } from "zod";
import { defineLayer, type LayerContext } from "../layer";
import { type ParameterValues, parameter } from "../shapes";
import { tf } from "../tf";

/** Each squaring doubles the rounding error, so few of them: for ‖A − Aᵀ‖ ≤ 2⁴ · 2 the first Taylor term left out is 2¹⁷/17! < 1e-9. */
const SQUARINGS = 4;
const TAYLOR_TERMS = 16;

/** e^(A − Aᵀ), shape [d, d]: orthogonal with determinant 1. In two dimensions by cosine and sine, else by scaling and squaring. */
function rotationMatrix(values: ParameterValues, { d }: LayerContext): tf.Tensor2D {
  if (d === 2) {
    const angle = parameter(values, "angle").reshape([1, 1]);
    const cos = angle.cos();
    const sin = angle.sin();
    // rows of the transpose, since points are rows: y = z Rᵀ
    return tf.concat([tf.concat([cos, sin], 1), tf.concat([sin.neg(), cos], 1)], 0) as tf.Tensor2D;
  }
  const a = parameter(values, "A") as tf.Tensor2D;
  const b = a.sub(a.transpose()).mul(2 ** -SQUARINGS) as tf.Tensor2D;
  let sum = tf.eye(d).add(b) as tf.Tensor2D;
  let term = b;
  for (let k = 2; k <= TAYLOR_TERMS; k++) {
    term = tf.matMul(term, b).mul(1 / k) as tf.Tensor2D;
    sum = sum.add(term) as tf.Tensor2D;
  }
  for (let k = 0; k < SQUARINGS; k++) sum = tf.matMul(sum, sum) as tf.Tensor2D;
  return sum.transpose() as tf.Tensor2D;
}

export const rotation = defineLayer({
  type: "rotation",
  title: "Rotation",
  summary: "Turns the space about the origin; densities turn with it and keep their height.",
  formula: "y = e^(A − Aᵀ) z;  in 2-D a turn by `angle`",
  logDet: "0: volume is preserved",
  inverseBy: { kind: "closed", how: "the transpose" },
  reference: { cite: "Lezcano-Casado and Martínez-Rubio 2019, Cheap orthogonal constraints, §3", url: "https://arxiv.org/abs/1901.08428" },
  config: z.object({
    angle: z
      .number()
      .optional()
      .describe("Start of the angle in radians, counter-clockwise; two dimensions only. Left out: a random angle from the seed."),
    A: z
      .array(z.array(z.number()))
      .optional()
      .describe("Start of A, d rows of d numbers, for more than two dimensions. Left out: random numbers from the seed."),
  }),
  examples: [
    { config: { angle: 0.7 }, dims: [2] },
    { config: {}, dims: [2, 3, 8] },
  ],
  objections({ angle, A }, d) {
    if (d < 2)
      return [
        { at: [], code: "dimension", message: "a rotation needs at least two coordinates, but the flow has dimension 1. Remove it." },
      ];
    if (angle !== undefined && d !== 2)
      return [
        {
          at: ["angle"],
          code: "dimension",
          message: `one angle describes a rotation in two dimensions only, and the flow has ${d}. Use "A".`,
        },
      ];
    if (A !== undefined && d === 2) return [{ at: ["A"], code: "dimension", message: 'in two dimensions use "angle" instead of "A".' }];
    if (A !== undefined && (A.length !== d || A.some((row) => row.length !== d)))
      return [{ at: ["A"], code: "length", message: `must have ${d} rows of ${d} numbers.` }];
    return [];
  },
  parameters: ({ angle, A }, { d }) =>
    d === 2
      ? {
          angle: {
            shape: [],
            init: angle === undefined ? { kind: "uniform", bound: Math.PI } : { kind: "constant", value: angle },
            doc: "angle in radians",
          },
        }
      : {
          A: {
            shape: [d, d],
            init: A ? { kind: "constant", value: A.flat() } : { kind: "normal", sd: 0.5 },
            doc: "generator; only A − Aᵀ counts",
          },
        },
  lower: () => ({ kind: "rotation" }),
  forward: (points, values, _config, context) => ({
    points: tf.matMul(points, rotationMatrix(values, context)),
    logDet: tf.zeros([points.shape[0]]) as tf.Tensor1D,
  }),
  inverse: (points, values, _config, context) => ({
    points: tf.matMul(points, rotationMatrix(values, context), false, true),
    logDet: tf.zeros([points.shape[0]]) as tf.Tensor1D,
  }),
});
