/** Networks of one number that tables can fall apart at. */
import type { Network } from "./fused-tables";

type Linear = Network["linear"][number];

const layer = (weight: readonly number[], bias: readonly number[]): Linear => ({ weight, bias });
const repeat = (n: number, value: number): number[] => new Array(n).fill(value);

function relu(...linear: readonly Linear[]): Network {
  return { hidden: linear.slice(0, -1).map(({ bias }) => bias.length), activation: "relu", linear };
}

/** Networks by what is odd about them. */
export const oddNetworks: Readonly<Record<string, Network>> = {
  "one unit": relu(layer([1.5], [-0.3]), layer([0.7], [0.2])),
  "one unit in each layer": relu(layer([-1.5], [0.9]), layer([0.7], [-0.4]), layer([1.1], [0.2])),
  "weights that are all 0": relu(layer(repeat(3, 0), repeat(3, 0)), layer(repeat(6, 0), repeat(2, 0)), layer(repeat(2, 0), [0.4])),
  "a first layer that does not look at its input": relu(
    layer([0, 0], [0.5, -0.5]),
    layer([1, 1, -1, 1], [0.1, 0.2]),
    layer([1, -2], [0.4]),
  ),
  "a second layer that does not look at the first": relu(
    layer([1, -1], [0.5, 0.5]),
    layer(repeat(6, 0), [0.3, -0.3, 0.2]),
    layer([1, 2, 3], [0.4]),
  ),
  "units that are all dead": relu(layer([1e-3, -1e-3], [-1, -1]), layer([1, 1, 1, -1], [-0.5, -0.5]), layer([1, -2], [0.4])),
  "a second layer that is dead": relu(layer([1, -1], [0.3, 0.3]), layer([-1, -1, -2, -1], [-0.5, -0.5]), layer([1, -2], [0.4])),
  "breakpoints that are all the same": relu(
    layer([1, -1, 2, -3], [-0.5, 0.5, -1, 1.5]),
    layer([1, 2, 3, 4, -1, 2, -3, 4], [0.1, -0.9]),
    layer([1, -2], [0.4]),
  ),
  "units that are all the same": relu(
    layer(repeat(3, 1.5), repeat(3, -0.5)),
    layer(repeat(9, 0.5), repeat(3, -0.7)),
    layer(repeat(3, 1), [0.4]),
  ),
  "zeros of the second layer that are all the same": relu(layer([1], [4]), layer([1, -1, 2], [-4.5, 4.5, -9]), layer([1, 2, 4], [0.4])),
  "breakpoints at ±1e30 and beyond": relu(
    layer([1, -1, 1e-30, 1e-35], [0.2, 0.3, 1, -1]),
    layer([1, 2, 3, 4, -1, 2, -3, 4], [0.1, -0.9]),
    layer([1, -2], [0.4]),
  ),
  "a breakpoint far to the left": relu(layer([1e-7, -1], [1, 1]), layer([1, 1], [0])),
  "a breakpoint far to the right": relu(layer([-1e-7, 1], [1, 1]), layer([1, 1], [0])),
  "breakpoints far on both sides of a second layer": relu(
    layer([1e-6, -1e-6, -1], [1, 1, 40]),
    layer([1, 1, 1, -1, -1, 1], [-41.5, -38.2]),
    layer([1, 1], [0]),
  ),
  "a slope too small for float32": relu(layer([-1e-20], [0]), layer([1e-20, -1e-20], [-1, 1]), layer([1, 1], [0])),
};

/** With ReLU: breakpoints at −1, 0.5 and 2, and zeros of the second layer at −1.75, 0, 0.5 and 1.25, all of them float32 numbers. */
export const kinkedNetwork = relu(
  layer([1, -1, 2], [1, 0.5, -4]),
  layer([1, 0, 0, 0, 1, 0, 1, 1, 0, -1, 0, 0.5], [-1, -2.25, -1.5, 2.25]),
  layer([1, -2, 0.5, 3], [0.4]),
);
/** Those that stay where they are when units leak: zeros of the second layer do not. */
export const KINKS = { relu: [-1.75, -1, 0, 0.5, 1.25, 2], "leaky-relu": [-1, 0.5, 2] };
