import { z } from "zod";
import { type PerSample, parameter } from "../shapes";
import { tf } from "../tf";
import { defineDistribution, LOG_2PI } from "./distribution";

/** Spread of the random starting centres, in base units. */
const CENTRE_SPREAD = 2;

export const mixture = defineDistribution({
  type: "mixture",
  title: "Mixture of normals",
  summary:
    "k diagonal normals with learned centres, deviations and weights: a base that already has islands, so that the flow need not tear one apart.",
  formula: "log p(z) = log Σ_j softmax(logits)_j N(z; loc_j, diag e^(2·logScale_j))",
  reference: {
    cite: "Izmailov, Kirichenko, Finzi and Wilson 2020, Semi-supervised learning with normalizing flows",
    url: "https://arxiv.org/abs/1912.13025",
  },
  config: z.object({
    k: z.int().min(1).max(64).default(8).describe("Number of components."),
    loc: z.array(z.array(z.number())).optional().describe("Start of the centres, k rows of d numbers. Left out: random from the seed."),
    logScale: z.number().default(0).describe("Start of the logarithm of all deviations."),
    logits: z.array(z.number()).optional().describe("Start of the logits of the weights. Left out: equal weights."),
    trainable: z.boolean().default(true).describe("Whether training moves them."),
  }),
  examples: [{ k: 3, logScale: -0.2, logits: [0.5, 0, -0.7] }],
  objections({ k, loc, logits }, d) {
    if (loc && (loc.length !== k || loc.some((row) => row.length !== d)))
      return [{ at: ["loc"], code: "length", message: `must have ${k} rows of ${d} numbers.` }];
    if (logits && logits.length !== k)
      return [{ at: ["logits"], code: "length", message: `has ${logits.length} numbers for ${k} components. Give ${k} of them.` }];
    return [];
  },
  parameters: ({ k, loc, logScale, logits }, d) => ({
    loc: { shape: [k, d], init: loc ? { kind: "constant", value: loc.flat() } : { kind: "normal", sd: CENTRE_SPREAD }, doc: "centres" },
    logScale: { shape: [k, d], init: { kind: "constant", value: logScale }, doc: "logarithm of the deviations" },
    logits: { shape: [k], init: { kind: "constant", value: logits ?? 0 }, doc: "logits of the weights" },
  }),
  lower: ({ k }) => ({ kind: "mixture", components: k }),
  logProb(points, values, { k }) {
    const [n, d] = points.shape;
    const s = parameter(values, "logScale").reshape([1, k, d]);
    const u = points
      .reshape([n, 1, d])
      .sub(parameter(values, "loc").reshape([1, k, d]))
      .mul(s.neg().exp());
    const each = u
      .square()
      .sum(2)
      .mul(-0.5)
      .sub(s.sum(2))
      .sub((d / 2) * LOG_2PI);
    return tf.logSumExp(each.add(parameter(values, "logits").reshape([1, k]).logSoftmax()), 1) as PerSample;
  },
  sample(n, d, values, { k }, random) {
    const { loc, logScale, logits } = values;
    const weights = Array.from({ length: k }, (_, j) => Math.exp(logits?.[j] ?? 0));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const points = new Float32Array(n * d);
    for (let i = 0; i < n; i++) {
      let left = random.uniform() * total;
      let j = 0;
      while (j < k - 1 && left >= (weights[j] ?? 0)) left -= weights[j++] ?? 0;
      for (let c = 0; c < d; c++) points[i * d + c] = (loc?.[j * d + c] ?? 0) + Math.exp(logScale?.[j * d + c] ?? 0) * random.normal();
    }
    return points;
  },
});
