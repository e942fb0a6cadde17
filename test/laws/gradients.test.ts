/**
 * Gradients of every layer with respect to every number of every parameter and to the points, in both directions, against central
 * differences of the double-precision oracle.
 */

import { Random } from "../../src/flows/random";
import { tf } from "../../src/flows/tf";
import { onEveryBackend } from "../support/backend";
import { DIRECTIONS, type Direction, type LayerCase, layerCase, layerCases, Parameters, pointsOf, rowsOf } from "../support/cases";
import { hasKernel, withoutKernels } from "../support/kernels";
import { assertClose } from "../support/laws";
import { referenceLogDet } from "../support/reference";
import { GRADIENT } from "../support/tolerances";

const POINTS = 3;
/** Rounding of the inner differences (1e-10) and truncation of this step (its square) both stay below 1e-6. */
const STEP = 1e-4;

const activations = ["relu", "leaky-relu", "tanh", "elu", "silu", "softplus"] as const;
/** The catalogue's examples use only some of the networks' activations; here are the others. */
const more = activations.map((activation) =>
  layerCase("coupling", { mask: [0, 1], transform: { type: "affine" }, net: { type: "mlp", hidden: [6, 5], activation } }, 2),
);

/** A scalar that every number of the image takes part in: Σ c·y + Σ e·log-det, with seeded c and e. */
interface Weights {
  readonly points: Float32Array;
  readonly logDet: Float32Array;
}

function weightsOf({ name, context: { d } }: LayerCase): Weights {
  const random = new Random("weights", name);
  const draw = (n: number) => Float32Array.from({ length: n }, () => random.normal());
  return { points: draw(POINTS * d), logDet: draw(POINTS) };
}

function oracleLoss(
  parameters: Parameters,
  direction: Direction,
  flat: ArrayLike<number>,
  points: ArrayLike<number>,
  weights: Weights,
): number {
  const { d } = parameters.of.context;
  const map = parameters.reference(flat);
  return rowsOf(points, d).reduce((sum, point, row) => {
    const z = direction === "forward" ? point : map.inverse(point);
    const image = direction === "forward" ? map.forward(point) : z;
    const logDet = (direction === "forward" ? 1 : -1) * referenceLogDet(map, z);
    return image.reduce(
      (s, value, i) => s + (weights.points[row * d + i] as number) * value,
      sum + (weights.logDet[row] as number) * logDet,
    );
  }, 0);
}

/** Central differences in each number of `at`. */
function differences(loss: (at: Float64Array) => number, at: ArrayLike<number>): number[] {
  return Array.from(at, (_, i) => {
    const moved = (by: number) => {
      const copy = Float64Array.from(at);
      copy[i] = (copy[i] as number) + by;
      return loss(copy);
    };
    return (moved(STEP) - moved(-STEP)) / (2 * STEP);
  });
}

interface Gradients {
  readonly parameters: number[];
  readonly points: number[];
}

const known = new Map<string, Gradients>(); // the oracle's answer is the same for both backends

function oracleGradients(parameters: Parameters, direction: Direction, points: Float32Array, weights: Weights): Gradients {
  const key = `${parameters.of.name} ${direction}`;
  const found = known.get(key) ?? {
    parameters: differences((flat) => oracleLoss(parameters, direction, flat, points, weights), parameters.flat),
    points: differences((moved) => oracleLoss(parameters, direction, parameters.flat, moved, weights), points),
  };
  known.set(key, found);
  return found;
}

function engineGradients(parameters: Parameters, direction: Direction, points: Float32Array, weights: Weights): Gradients {
  const { d } = parameters.of.context;
  return tf.tidy(() => {
    const values = parameters.tensors();
    const names = Object.keys(values);
    const c = tf.tensor2d(weights.points, [POINTS, d]);
    const e = tf.tensor1d(weights.logDet);
    const [ofPoints, ...ofValues] = tf.grads((x, ...tensors) => {
      const given = Object.fromEntries(names.map((name, i) => [name, tensors[i] as tf.Tensor]));
      const image = parameters.map(direction, x as tf.Tensor2D, given);
      return image.points.mul(c).sum().add(image.logDet.mul(e).sum());
    })([tf.tensor2d(points, [POINTS, d]), ...Object.values(values)]);
    return { parameters: ofValues.flatMap((gradient) => [...gradient.dataSync()]), points: [...(ofPoints as tf.Tensor).dataSync()] };
  });
}

describe("gradients of every layer", () => {
  onEveryBackend(() => {
    for (const layer of [...layerCases, ...more]) laws(layer);
    withoutKernels("splines", () => {
      for (const layer of layerCases.filter(hasKernel)) laws(layer);
    });
  });
});

function laws(layer: LayerCase): void {
  for (const direction of DIRECTIONS)
    it(`${direction} of ${layer.name}: those of all parameters and of the points agree with differences of the oracle`, () => {
      const parameters = new Parameters(layer, 1);
      const points = pointsOf(layer.context.d, POINTS, "gradients");
      const weights = weightsOf(layer);
      const expected = oracleGradients(parameters, direction, points, weights);
      const actual = engineGradients(parameters, direction, points, weights);
      assertClose(actual.points, expected.points, GRADIENT, "gradient of the points");
      assertClose(
        actual.parameters,
        expected.parameters,
        GRADIENT,
        `gradient of ${parameters.layout.slots.map(({ name, offset }) => `${name} (from ${offset})`).join(", ")}`,
      );
    });
}
