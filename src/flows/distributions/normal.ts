import { z } from "zod";
import type { PerSample } from "../shapes";
import { defineDistribution, LOG_2PI } from "./distribution";

export const normal = defineDistribution({
  type: "normal",
  title: "Standard normal",
  summary: "Mean 0 and covariance 1: the usual start of a flow.",
  formula: "log p(z) = −½‖z‖² − (d/2) log 2π",
  reference: { cite: "Rezende and Mohamed 2015, Variational inference with normalizing flows", url: "https://arxiv.org/abs/1505.05770" },
  config: z.object({}),
  examples: [{}],
  parameters: () => ({}),
  lower: () => ({ kind: "normal" }),
  logProb: (points) =>
    points
      .square()
      .sum(1)
      .mul(-0.5)
      .sub((points.shape[1] / 2) * LOG_2PI) as PerSample,
  sample: (n, d, _values, _config, random) => Float32Array.from({ length: n * d }, () => random.normal()),
});
