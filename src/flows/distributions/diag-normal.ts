import { z } from "zod";
import { type PerSample, parameter } from "../shapes";
import { defineDistribution, LOG_2PI, lengthObjection } from "./distribution";

const perCoordinate = z.union([z.number(), z.array(z.number()).min(1)]);

export const diagNormal = defineDistribution({
  type: "diagNormal",
  title: "Diagonal normal",
  summary: "Independent normal coordinates with their own means and deviations, learned if wanted.",
  formula: "log p(z) = Σᵢ [−½ ((zᵢ − mᵢ) e^(−sᵢ))² − sᵢ] − (d/2) log 2π",
  reference: { cite: "Rezende and Mohamed 2015, Variational inference with normalizing flows", url: "https://arxiv.org/abs/1505.05770" },
  config: z.object({
    loc: perCoordinate.default(0).describe("Start of the means m."),
    logScale: perCoordinate.default(0).describe("Start of s, the logarithm of the deviations."),
    trainable: z.boolean().default(true).describe("Whether training moves them."),
  }),
  examples: [{ loc: 0.5, logScale: -0.3 }],
  objections: ({ loc, logScale }, d) => [...lengthObjection("loc", loc, d), ...lengthObjection("logScale", logScale, d)],
  parameters: ({ loc, logScale }, d) => ({
    loc: { shape: [d], init: { kind: "constant", value: loc }, doc: "means" },
    logScale: { shape: [d], init: { kind: "constant", value: logScale }, doc: "logarithm of the deviations" },
  }),
  lower: () => ({ kind: "diagNormal" }),
  logProb(points, values) {
    const s = parameter(values, "logScale");
    const u = points.sub(parameter(values, "loc")).mul(s.neg().exp());
    return u
      .square()
      .sum(1)
      .mul(-0.5)
      .sub(s.sum())
      .sub((points.shape[1] / 2) * LOG_2PI) as PerSample;
  },
  sample(n, d, values, _config, random) {
    const { loc, logScale } = values;
    return Float32Array.from({ length: n * d }, (_, i) => (loc?.[i % d] ?? 0) + Math.exp(logScale?.[i % d] ?? 0) * random.normal());
  },
});
