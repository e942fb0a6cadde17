import { z } from "zod";
import type { PerSample } from "../shapes";
import { tf } from "../tf";
import { defineDistribution, lengthObjection } from "./distribution";

const perCoordinate = z.union([z.number(), z.array(z.number()).min(1)]);
const spread = (value: number | readonly number[], d: number) =>
  Array.from({ length: d }, (_, i) => (typeof value === "number" ? value : (value[i] ?? 0)));

export const uniform = defineDistribution({
  type: "uniform",
  title: "Uniform box",
  summary:
    "The same density everywhere in a box and none outside: log p is −∞ there, and points of the data must not be carried out of it.",
  formula: "log p(z) = −Σᵢ log(highᵢ − lowᵢ) inside, −∞ outside",
  reference: {
    cite: "Papamakarios, Nalisnick, Rezende, Mohamed and Lakshminarayanan 2021, Normalizing flows, §2.1",
    url: "https://arxiv.org/abs/1912.02762",
  },
  config: z.object({
    low: perCoordinate.default(-1).describe("Lower edges."),
    high: perCoordinate.default(1).describe("Upper edges."),
  }),
  examples: [{ low: -2, high: 2.5 }],
  objections({ low, high }, d) {
    const lengths = [...lengthObjection("low", low, d), ...lengthObjection("high", high, d)];
    if (lengths.length > 0) return lengths;
    const lows = spread(low, d);
    const bad = spread(high, d).findIndex((edge, i) => edge <= (lows[i] ?? 0));
    return bad < 0
      ? []
      : [
          {
            at: ["high"],
            code: "order",
            message: `coordinate ${bad + 1} ends at ${spread(high, d)[bad]}, which is not above its low edge ${lows[bad]}.`,
          },
        ];
  },
  parameters: () => ({}),
  lower: ({ low, high }, d) => ({ kind: "uniform", low: spread(low, d), high: spread(high, d) }),
  logProb(points, _values, { low, high }) {
    const d = points.shape[1];
    const lows = spread(low, d);
    const highs = spread(high, d);
    // the box is closed: samples reach its edges by rounding
    const beyond = tf.step(tf.sub(lows, points)).add(tf.step(points.sub(highs)));
    const inside = tf.scalar(1).sub(beyond).min(1);
    const volume = highs.reduce((sum, edge, i) => sum + Math.log(edge - (lows[i] ?? 0)), 0);
    return inside.log().sub(volume) as PerSample; // log 1 = 0 inside, log 0 = −∞ outside
  },
  sample(n, d, _values, { low, high }, random) {
    const lows = spread(low, d);
    const highs = spread(high, d);
    return Float32Array.from(
      { length: n * d },
      (_, i) => (lows[i % d] ?? 0) + random.uniform() * ((highs[i % d] ?? 0) - (lows[i % d] ?? 0)),
    );
  },
});
