import { z } from "zod";
import type { NetProgram } from "../../kernels/program";
import { type ParameterSpec, type ParameterValues, parameter } from "../shapes";
import { tf } from "../tf";

/** Activations whose first derivative works on every backend; relu is the default because its networks are piecewise linear. */
const activations = {
  relu: (x: tf.Tensor) => x.relu(),
  "leaky-relu": (x: tf.Tensor) => x.relu().sub(x.neg().relu().mul(0.01)),
  tanh: (x: tf.Tensor) => x.tanh(),
  elu: (x: tf.Tensor) => x.elu(),
  silu: (x: tf.Tensor) => x.mul(x.sigmoid()),
  softplus: (x: tf.Tensor) => x.softplus(),
} as const;

export const mlpSchema = z
  .strictObject({
    type: z.literal("mlp"),
    hidden: z.array(z.int().min(1)).min(1).max(8).default([64, 64]).describe("Widths of the hidden layers."),
    activation: z
      .enum(Object.keys(activations) as [keyof typeof activations, ...(keyof typeof activations)[]])
      .default("relu")
      .describe("Function after each hidden layer."),
  })
  .describe("A fully connected network; its last layer starts at zero, so that the layer starts as the identity.");

export type Mlp = z.output<typeof mlpSchema>;

/** Layer widths from input to output. */
function widths(net: Mlp, inputs: number, outputs: number): number[] {
  return [inputs, ...net.hidden, outputs];
}

/** Parameters `net.i.weight` (out, in) and `net.i.bias` (out). `lastBias` is repeated to fill the last layer, which starts at zero weight. */
export function mlpParameters(net: Mlp, inputs: number, outputs: number, lastBias: readonly number[]): Record<string, ParameterSpec> {
  const sides = widths(net, inputs, outputs);
  const specs: Record<string, ParameterSpec> = {};
  for (let i = 0; i + 1 < sides.length; i++) {
    const from = sides[i] as number;
    const to = sides[i + 1] as number;
    const last = i + 2 === sides.length;
    const bound = 1 / Math.sqrt(from);
    const repeated = Array.from({ length: to }, (_, j) => lastBias[j % lastBias.length] ?? 0);
    specs[`net.${i}.weight`] = {
      shape: [to, from],
      init: last ? { kind: "constant", value: 0 } : { kind: "uniform", bound },
      doc: `weight of layer ${i + 1}, (out, in)`,
    };
    specs[`net.${i}.bias`] = {
      shape: [to],
      init: last ? { kind: "constant", value: repeated } : { kind: "uniform", bound },
      doc: `bias of layer ${i + 1}`,
    };
  }
  return specs;
}

/** The network as the fused kernels take it. */
export function mlpLower(net: Mlp, inputs: number, outputs: number, place: (name: string) => number): NetProgram {
  const linear = Array.from({ length: net.hidden.length + 1 }, (_, i) => ({
    weight: place(`net.${i}.weight`),
    bias: place(`net.${i}.bias`),
  }));
  return { inputs, hidden: net.hidden, outputs, activation: net.activation, linear };
}

/** [n, inputs] → [n, outputs]. */
export function mlpApply(net: Mlp, x: tf.Tensor2D, values: ParameterValues): tf.Tensor2D {
  const count = net.hidden.length + 1;
  let h = x;
  for (let i = 0; i < count; i++) {
    const weight = parameter(values, `net.${i}.weight`) as tf.Tensor2D;
    const sum = linear(h, weight, parameter(values, `net.${i}.bias`));
    h = i + 1 === count ? sum : (activations[net.activation](sum) as tf.Tensor2D);
  }
  return h;
}

/**
 * x Wᵀ + b, with its own gradient: a product that wasm is told to transpose is ten times slower than the same one after a transposition,
 * and tfjs's own gradient of any product asks for two of those.
 */
function linear(x: tf.Tensor2D, weight: tf.Tensor2D, bias: tf.Tensor): tf.Tensor2D {
  const operation = tf.customGrad((...given) => {
    const [input, matrix, offset, save] = given as [tf.Tensor2D, tf.Tensor2D, tf.Tensor, tf.GradSaveFunc];
    save([input, matrix]);
    return { value: tf.matMul(input, matrix.transpose()).add(offset), gradFunc: linearGradient };
  });
  return operation(x, weight, bias) as tf.Tensor2D;
}

/** By x, W and b. */
function linearGradient(bySum: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] {
  const [x, weight] = saved as [tf.Tensor2D, tf.Tensor2D];
  const byColumns = bySum.transpose();
  return [tf.matMul(bySum, weight), tf.matMul(byColumns, x), byColumns.sum(1)];
}
