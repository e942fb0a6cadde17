import { z } from "zod";
import { defineLayer } from "../layer";
import { tf } from "../tf";
import {
  elementwiseConfig,
  elementwiseForward,
  elementwiseInverse,
  elementwiseObjections,
  elementwiseParameters,
} from "./elementwise-affine";

/** A constant column has deviation 0, whose logarithm would be −∞. */
const SMALLEST_DEVIATION = 1e-6;

export const actnorm = defineLayer({
  type: "actnorm",
  title: "Activation normalisation",
  summary: "An elementwise affine map that starts so that the first batch, seen from its base side, has mean 0 and deviation 1.",
  formula: "y = z ⊙ eˢ + t;  at the first batch t = mean(y), s = log std(y)",
  logDet: "Σᵢ sᵢ, the same everywhere",
  inverseBy: { kind: "closed", how: "z = (y − t) ⊙ e⁻ˢ" },
  reference: { cite: "Kingma and Dhariwal 2018, Glow, §3.1", url: "https://arxiv.org/abs/1807.03039" },
  config: z.object({
    ...elementwiseConfig,
    initialized: z
      .boolean()
      .default(false)
      .describe("true keeps `logScale` and `shift` as written; false sets both from the first training batch."),
  }),
  examples: [
    { config: { logScale: -0.6, shift: 1.1, initialized: true }, dims: [1, 2, 3, 8] },
    { config: {}, dims: [2] },
  ],
  objections: (config, d) => elementwiseObjections(config, d),
  parameters: (config, { d }) => elementwiseParameters(config, d),
  forward: (points, values) => elementwiseForward(points, values),
  inverse: (points, values) => elementwiseInverse(points, values),
  initialize(points, { initialized }) {
    if (initialized) return null;
    const { mean, variance } = tf.moments(points, 0);
    return { shift: mean, logScale: tf.maximum(variance.sqrt(), SMALLEST_DEVIATION).log() };
  },
});
