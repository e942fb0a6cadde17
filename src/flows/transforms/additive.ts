import { z } from "zod";
import type { Points } from "../shapes";
import { tf } from "../tf";
import { defineTransform } from "./transform";

export const additive = defineTransform({
  type: "additive",
  title: "Additive",
  summary: "Moves a coordinate by an amount that depends on the others; volume is preserved.",
  formula: "y = z + t",
  logDet: "0: volume is preserved",
  inverseBy: { kind: "closed", how: "z = y − t" },
  reference: { cite: "Dinh, Krueger and Bengio 2015, NICE, §3.2", url: "https://arxiv.org/abs/1410.8516" },
  config: z.object({}),
  examples: [{}],
  rawSize: () => 1,
  identity: () => [0],
  lower: () => ({ kind: "additive" }),
  forward: (points, raw) => ({ points: points.add(raw) as Points, logDet: tf.zeros([points.shape[0]]) as tf.Tensor1D }),
  inverse: (points, raw) => ({ points: points.sub(raw) as Points, logDet: tf.zeros([points.shape[0]]) as tf.Tensor1D }),
});
