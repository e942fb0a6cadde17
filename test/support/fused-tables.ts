/** Networks of one number, which the fused kernels turn into tables: built from given weights, and once more as dense networks. */
import { BASE, type Flow } from "../../src/flows/flow";
import { rowsOf } from "./cases";
import { flowOf, type Part } from "./flows";
import { referenceMlp, type Values } from "./reference-transforms";

export interface Network {
  readonly hidden: readonly number[];
  readonly activation: "relu" | "leaky-relu";
  /** Weight and bias of each linear layer, row by row. */
  readonly linear: readonly { readonly weight: readonly number[]; readonly bias: readonly number[] }[];
}

/** An additive coupling, so that the network's output itself is added to the second coordinate. */
export function flowOfNetwork({ hidden, activation }: Pick<Network, "hidden" | "activation">): Flow {
  return flowOf(2, [{ type: "coupling", mask: [1, 0], transform: { type: "additive" }, net: { type: "mlp", hidden, activation } }]);
}

export function parametersOf(flow: Flow, { linear }: Network): Float32Array {
  const parameters = new Float32Array(flow.layout.size);
  for (const { name, offset } of flow.layout.slots) {
    const [, i, what] = name.split(".");
    parameters.set(linear[Number(i)]?.[what as "weight" | "bias"] as number[], offset);
  }
  return parameters;
}

/** Points whose first coordinates are these, and whose second is 0. */
export function pointsAt(inputs: readonly number[]): Float32Array {
  return Float32Array.from(inputs.flatMap((a) => [a, 0]));
}

/** The network's output at each point in double precision, and the sum of all its terms' sizes, which rounding errors are measured by. */
export function exactOutputs(flow: Flow, parameters: Float32Array, points: Float32Array) {
  const net = flow.layers[0]?.instance.config.net as { hidden: number[]; activation: string };
  const values = (of: (value: number) => number): Values =>
    Object.fromEntries(
      flow.layout.slots.map(({ name, offset, size }) => [name, Array.from(parameters.subarray(offset, offset + size), of)]),
    );
  const inputs = rowsOf(points, 2).map(([a]) => a as number);
  const at = (a: number, own: Values) => referenceMlp(net, [a], own)[0] as number;
  return {
    outputs: inputs.map((a) =>
      at(
        a,
        values((value) => value),
      ),
    ),
    sizes: inputs.map((a) => at(Math.abs(a), values(Math.abs))),
  };
}

/**
 * The same couplings in three dimensions: the third coordinate is kept by all of them, so their networks have a second input and are no
 * tables any more. Where it is 0 the functions are the same, and log p is smaller by half of log 2π.
 */
export function denseTwin(flow: Flow): Flow {
  const parts = flow.layers.map(({ instance: { type, invert, config } }): Part => {
    return { type, invert, ...config, mask: [...(config.mask as number[]), 1] };
  });
  return flowOf(3, parts, { type: "normal" }, flow.spec.train);
}

/** From the parameters of a flow to those of its twin, where weights of the second input are 0; and gradients back. */
export function toTwin(flow: Flow, twin: Flow, parameters: Float32Array): Float32Array {
  const all = new Float32Array(twin.layout.size);
  pairs(flow, twin, (own, other) => {
    all[other] = parameters[own] as number;
  });
  return all;
}

export function fromTwin(flow: Flow, twin: Flow, values: ArrayLike<number>): Float32Array {
  const all = new Float32Array(flow.layout.size);
  pairs(flow, twin, (own, other) => {
    all[own] = values[other] as number;
  });
  return all;
}

function pairs(flow: Flow, twin: Flow, each: (own: number, other: number) => void): void {
  for (const slot of flow.layout.slots.filter(({ owner }) => owner !== BASE)) {
    const other = twin.layout.slots.find(({ key }) => key === slot.key);
    const step = (other?.size ?? 0) / slot.size; // 2 for weights of the input
    for (let i = 0; i < slot.size; i++) each(slot.offset + i, (other?.offset ?? 0) + step * i);
  }
}

/** Points [n · 2] with a third coordinate 0. */
export function withZero(points: Float32Array): Float32Array {
  return Float32Array.from(rowsOf(points, 2).flatMap(([x, y]) => [x as number, y as number, 0]));
}
