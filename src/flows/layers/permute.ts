import { z } from "zod";
import { defineLayer, type LayerContext } from "../layer";
import { Random } from "../random";
import type { Points } from "../shapes";
import { tf } from "../tf";

interface Config {
  readonly order: "reverse" | "shuffle" | number[];
}

/** The index list of the definition's order: y[i] = z[list[i]]. */
function orderOf({ order }: Config, { d, seed }: LayerContext): number[] {
  if (order === "reverse") return Array.from({ length: d }, (_, i) => d - 1 - i);
  if (order === "shuffle") return [...new Random(seed, "permute").permutation(d)];
  return order;
}

/** The order as a matrix of zeros and ones, [d, d]: gather has no gradient on the wasm backend, a product has. */
function matrixOf(config: Config, context: LayerContext): tf.Tensor2D {
  const order = orderOf(config, context);
  const d = context.d;
  const cells = new Float32Array(d * d);
  order.forEach((from, to) => {
    cells[from * d + to] = 1;
  });
  return tf.tensor2d(cells, [d, d]);
}

export const permute = defineLayer({
  type: "permute",
  title: "Permutation",
  summary: "Exchanges coordinates, so that the next coupling changes those that the last one kept.",
  formula: "yᵢ = z_order(i)",
  logDet: "0: volume is preserved",
  inverseBy: { kind: "closed", how: "the inverse order" },
  reference: { cite: "Dinh, Krueger and Bengio 2015, NICE, §3.2", url: "https://arxiv.org/abs/1410.8516" },
  config: z.object({
    order: z
      .union([z.enum(["reverse", "shuffle"]), z.array(z.int().min(0)).min(1)])
      .default("reverse")
      .describe('"reverse", "shuffle" (a random order that follows from the seed), or the list of coordinates, counted from 0.'),
  }),
  examples: [
    { config: { order: "reverse" }, dims: [2, 3, 8] },
    { config: { order: "shuffle" }, dims: [2, 8] },
    { config: { order: [2, 0, 1] }, dims: [3] },
  ],
  objections({ order }, d) {
    if (typeof order === "string") return [];
    const all = [...order].sort((a, b) => a - b);
    if (order.length === d && all.every((value, i) => value === i)) return [];
    return [
      {
        at: ["order"],
        code: "not-a-permutation",
        message: `[${order.join(", ")}] is not an order of the ${d} coordinates 0 … ${d - 1}. Name each of them once, or use "reverse".`,
        instead: "reverse",
      },
    ];
  },
  parameters: () => ({}),
  lower: (config, context) => ({ kind: "permute", order: orderOf(config, context) }),
  forward: (points, _values, config, context) => ({
    points: tf.matMul(points, matrixOf(config, context)) as Points,
    logDet: tf.zeros([points.shape[0]]) as tf.Tensor1D,
  }),
  inverse: (points, _values, config, context) => ({
    points: tf.matMul(points, matrixOf(config, context), false, true) as Points,
    logDet: tf.zeros([points.shape[0]]) as tf.Tensor1D,
  }),
  shortLabel: ({ order }) => (typeof order === "string" ? order : order.map((i) => i + 1).join(" ")),
});
