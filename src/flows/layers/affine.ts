import { z } from "zod";
import { defineLayer } from "../layer";
import {
  elementwiseConfig,
  elementwiseForward,
  elementwiseInverse,
  elementwiseObjections,
  elementwiseParameters,
} from "./elementwise-affine";

export const affine = defineLayer({
  type: "affine",
  title: "Elementwise affine",
  summary: "Stretches and moves each coordinate by its own constants.",
  formula: "y = z ⊙ eˢ + t",
  logDet: "Σᵢ sᵢ, the same everywhere",
  inverseBy: { kind: "closed", how: "z = (y − t) ⊙ e⁻ˢ" },
  reference: {
    cite: "Dinh, Sohl-Dickstein and Bengio 2017, Density estimation using Real NVP, §3.2",
    url: "https://arxiv.org/abs/1605.08803",
  },
  config: z.object(elementwiseConfig),
  examples: [
    { config: { logScale: 0.4, shift: -0.7 }, dims: [1, 2, 3, 8] },
    { config: { logScale: [0.9, -0.3], shift: [0.5, 2] }, dims: [2] },
  ],
  objections: (config, d) => elementwiseObjections(config, d),
  parameters: (config, { d }) => elementwiseParameters(config, d),
  lower: () => ({ kind: "elementwise" }),
  forward: (points, values) => elementwiseForward(points, values),
  inverse: (points, values) => elementwiseInverse(points, values),
});
