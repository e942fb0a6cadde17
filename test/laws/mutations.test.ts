/**
 * The laws can fail: each layer and transform gets a deliberately wrong log-det, and law 3 (log-det against the autodiff Jacobian) must
 * catch it. The first two laws alone would not, since a wrong log-det that is wrong in both directions still cancels.
 */
import assert from "node:assert/strict";
import type { Mapped } from "../../src/flows/shapes";
import { parameter } from "../../src/flows/shapes";
import { tf } from "../../src/flows/tf";
import { transforms } from "../../src/flows/transforms";
import { onEveryBackend } from "../support/backend";
import { type Direction, type LayerCase, layerCases, Parameters, pointsOf } from "../support/cases";
import { assertCancel, assertLogDetIsThatOfTheJacobian, assertUndone, type TensorMap } from "../support/laws";
import { CANCELLATION, JACOBIAN, ROUND_TRIP } from "../support/tolerances";

const POINTS = 16;
const CAUGHT = /log-det against the autodiff Jacobian/;

/** A wrong log-det made from the right one. `share` is the term of the first coordinate that the map changes. */
type Mutation = (logDet: tf.Tensor, given: { terms: number; sign: 1 | -1; share: () => tf.Tensor }) => tf.Tensor;

const mutations: Readonly<Record<string, Mutation>> = {
  "with the wrong sign": (logDet) => logDet.neg(),
  "with a mean instead of the sum": (logDet, { terms }) => logDet.div(terms),
  "with one term missing": (logDet, { share }) => logDet.sub(share()),
  "with one term counted twice": (logDet, { share }) => logDet.add(share()),
  "that is the mean of the batch for every point": (logDet) => tf.zerosLike(logDet).add(logDet.mean()),
  "that forgets a constant": (logDet, { sign }) => logDet.sub(0.01 * sign),
  "that is 0": (logDet) => tf.zerosLike(logDet),
};

/** Number of terms in the sum, and whether the log-det is the same everywhere. */
function shapeOf({ type, config, context: { d } }: LayerCase): { terms: number; constant: boolean } {
  if (type === "coupling") return { terms: (config.mask as number[]).filter((bit) => bit === 0).length, constant: false };
  return { terms: type === "planar" ? 1 : d, constant: type === "affine" || type === "actnorm" };
}

/** The first term of the sum: ∂y_i/∂z_i of the first changed coordinate of a map that leaves the others to themselves. */
function firstTerm({ type, config }: LayerCase, direction: Direction, parameters: Parameters, points: tf.Tensor2D): tf.Tensor {
  if (type !== "coupling") {
    const s = parameter(parameters.tensors(), "logScale").slice([0], [1]).sum();
    return direction === "forward" ? s : s.neg();
  }
  const first = (config.mask as number[]).indexOf(0);
  const only = tf.oneHot(tf.tensor1d([first], "int32"), points.shape[1]).toFloat();
  const slopes = tf.grad((x) =>
    parameters
      .map(direction, x as tf.Tensor2D)
      .points.mul(only)
      .sum(),
  )(points);
  return slopes.mul(only).sum(1).log();
}

function mutate(layer: LayerCase, parameters: Parameters, direction: Direction, mutation: Mutation): TensorMap {
  return (points) => {
    const image = parameters.map(direction, points);
    const logDet = mutation(image.logDet, {
      terms: shapeOf(layer).terms,
      sign: direction === "forward" ? 1 : -1,
      share: () => firstTerm(layer, direction, parameters, points),
    });
    return { points: image.points, logDet } as Mapped;
  };
}

/** Where the mutation is no mutation: a mean of one term, a missing term where there is no sum, a constant that is one anyway. */
function applies(layer: LayerCase, name: string): boolean {
  const { terms, constant } = shapeOf(layer);
  if (layer.preservesVolume) return name === "that forgets a constant";
  if (name.includes("mean instead")) return terms > 1;
  if (name.includes("one term")) return layer.type !== "planar";
  if (name.includes("mean of the batch")) return !constant;
  return true;
}

describe("a wrong log-det is caught", () => {
  onEveryBackend(() => {
    for (const layer of layerCases)
      for (const [name, mutation] of Object.entries(mutations))
        if (applies(layer, name))
          it(`${layer.name}, ${name}`, () => {
            const { d } = layer.context;
            const parameters = new Parameters(layer, 0);
            const points = pointsOf(d, POINTS, "mutations");
            const [forward, inverse] = (["forward", "inverse"] as const).map((way) => mutate(layer, parameters, way, mutation)) as [
              TensorMap,
              TensorMap,
            ];
            assert.throws(() => assertLogDetIsThatOfTheJacobian(forward, points, d, JACOBIAN), CAUGHT);
            assert.throws(() => assertLogDetIsThatOfTheJacobian(inverse, points, d, JACOBIAN), CAUGHT);
          });
  });

  onEveryBackend(() => {
    for (const layer of layerCases.filter(({ type }) => type === "planar"))
      it(`${layer.name}, with u in the place of the constrained û`, () => {
        const { d } = layer.context;
        const parameters = new Parameters(layer, 0);
        const wrong: TensorMap = (points) => {
          const values = parameters.tensors();
          const [w, u, b] = ["w", "u", "b"].map((name) => parameter(values, name)) as [tf.Tensor1D, tf.Tensor1D, tf.Scalar];
          const tanh = points.mul(w).sum(1).add(b).tanh();
          const logDet = tf.scalar(1).sub(tanh.square()).mul(w.mul(u).sum()).add(1).abs().log() as tf.Tensor1D;
          return { points: parameters.map("forward", points).points, logDet };
        };
        assert.throws(() => assertLogDetIsThatOfTheJacobian(wrong, pointsOf(d, POINTS, "mutations"), d, JACOBIAN), CAUGHT);
      });

    it("only by the Jacobian: a mean instead of the sum, in both directions, passes the laws of the round trip and of the cancelling log-dets", () => {
      const layer = layerCases.find(({ type, context }) => type === "affine" && context.d === 2) as LayerCase;
      const parameters = new Parameters(layer, 0);
      const points = pointsOf(2, POINTS, "mutations");
      const mutation = mutations["with a mean instead of the sum"] as Mutation;
      const [forward, inverse] = (["forward", "inverse"] as const).map((way) => mutate(layer, parameters, way, mutation)) as [
        TensorMap,
        TensorMap,
      ];
      assertUndone(forward, inverse, points, 2, ROUND_TRIP);
      assertCancel(forward, inverse, points, 2, CANCELLATION);
      assert.throws(() => assertLogDetIsThatOfTheJacobian(forward, points, 2, JACOBIAN), CAUGHT);
    });
  });

  it("for every transform of the catalogue, through at least one coupling", () => {
    const covered = new Set(layerCases.map(({ config }) => (config.transform as { type: string } | undefined)?.type));
    assert.deepEqual(
      transforms.filter(({ type }) => !covered.has(type)),
      [],
    );
  });
});
