import { z } from "zod";
import { defineLayer } from "../layer";
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
  lower: () => ({ kind: "elementwise" }),
  forward: (points, values) => elementwiseForward(points, values),
  inverse: (points, values) => elementwiseInverse(points, values),
  initialize(points, { initialized }, { d }) {
    if (initialized) return null;
    const n = points.length / d;
    const shift = new Float32Array(d);
    const logScale = new Float32Array(d);
    for (let i = 0; i < d; i++) {
      let mean = 0;
      for (let at = i; at < points.length; at += d) mean += (points[at] as number) / n;
      let variance = 0;
      for (let at = i; at < points.length; at += d) variance += ((points[at] as number) - mean) ** 2 / n;
      shift[i] = mean;
      logScale[i] = Math.log(Math.max(Math.sqrt(variance), SMALLEST_DEVIATION));
    }
    return { shift, logScale };
  },
});
