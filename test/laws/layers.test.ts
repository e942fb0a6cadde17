/** The laws of every layer, generated from the catalogue: one test for each law × layer × example × dimension × backend. */
import assert from "node:assert/strict";
import { tf } from "../../src/flows/tf";
import { onEveryBackend } from "../support/backend";
import { DIRECTIONS, type LayerCase, layerCases, Parameters, pointsOf, rowsOf } from "../support/cases";
import { hasKernel, withoutKernels } from "../support/kernels";
import { assertCancel, assertClose, assertLogDetIsThatOfTheJacobian, assertUndone, run, type TensorMap } from "../support/laws";
import { referenceLogDet } from "../support/reference";
import { CANCELLATION, EXACT, JACOBIAN, ORACLE_LOG_DET, ORACLE_POINTS, ROUND_TRIP } from "../support/tolerances";

const DRAWS = [0, 1, 2];
const POINTS = 32;
/** A log-det this far from 0 is far above every tolerance, so a wrong one is seen. */
const VISIBLE = 0.1;

interface Drawn {
  readonly parameters: Parameters;
  readonly points: Float32Array;
  readonly forward: TensorMap;
  readonly inverse: TensorMap;
}

function draws(layer: LayerCase): Drawn[] {
  return DRAWS.map((draw) => {
    const parameters = new Parameters(layer, draw);
    return {
      parameters,
      points: pointsOf(layer.context.d, POINTS, draw),
      forward: (x) => parameters.map("forward", x),
      inverse: (x) => parameters.map("inverse", x),
    };
  });
}

describe("every layer", () => {
  onEveryBackend(() => {
    for (const layer of layerCases) describe(layer.name, () => laws(layer));
    for (const layer of layerCases.filter(hasKernel)) withoutKernels(layer.name, () => laws(layer));
  });
});

function laws(layer: LayerCase): void {
  const { d } = layer.context;

  it("inverse undoes forward, and forward undoes inverse", () => {
    for (const { forward, inverse, points } of draws(layer)) {
      assertUndone(forward, inverse, points, d, ROUND_TRIP);
      assertUndone(inverse, forward, points, d, ROUND_TRIP);
    }
  });

  it("the log-dets of the two directions cancel", () => {
    for (const { forward, inverse, points } of draws(layer)) {
      assertCancel(forward, inverse, points, d, CANCELLATION);
      assertCancel(inverse, forward, points, d, CANCELLATION);
    }
  });

  it("the log-det is that of the autodiff Jacobian, in both directions", () => {
    for (const { forward, inverse, points } of draws(layer)) {
      assertLogDetIsThatOfTheJacobian(forward, points, d, JACOBIAN);
      assertLogDetIsThatOfTheJacobian(inverse, points, d, JACOBIAN);
    }
  });

  it("values and log-dets are those of the double-precision oracle, in both directions", () => {
    for (const { parameters, forward, inverse, points } of draws(layer)) {
      const oracle = parameters.reference();
      const rows = rowsOf(points, d);
      const there = run(forward, points, d);
      assertClose(
        there.points,
        rows.flatMap((z) => oracle.forward(z)),
        ORACLE_POINTS,
        "forward",
      );
      assertClose(
        there.logDet,
        rows.map((z) => referenceLogDet(oracle, z)),
        ORACLE_LOG_DET,
        "log-det of forward",
      );
      const back = run(inverse, points, d);
      const preimages = rows.map((y) => oracle.inverse(y));
      assertClose(back.points, preimages.flat(), ORACLE_POINTS, "inverse");
      assertClose(
        back.logDet,
        preimages.map((z) => -referenceLogDet(oracle, z)),
        ORACLE_LOG_DET,
        "log-det of inverse",
      );
    }
  });

  if (layer.preservesVolume)
    it("the log-det is exactly 0, as the entry says", () => {
      for (const { forward, inverse, points } of draws(layer))
        for (const map of [forward, inverse]) assertClose(run(map, points, d).logDet, new Float32Array(POINTS), EXACT, "log-det");
    });
  else
    it("the examples show log-dets far from 0, so that a wrong one would be seen", () => {
      const largest = draws(layer).map(({ forward, points }) => Math.max(...run(forward, points, d).logDet.map(Math.abs)));
      assert.ok(Math.max(...largest) > VISIBLE, `the largest of all is ${Math.max(...largest)}`);
    });

  it("n points give n points of the same dimension and n log-dets, for n = 1 as well", () => {
    for (const { parameters, points } of draws(layer))
      for (const n of [1, POINTS])
        for (const direction of DIRECTIONS)
          tf.tidy(() => {
            const image = parameters.map(direction, tf.tensor2d(points.slice(0, n * d), [n, d]));
            assert.deepEqual([image.points.shape, image.logDet.shape], [[n, d], [n]]);
            assert.deepEqual([image.points.dtype, image.logDet.dtype], ["float32", "float32"]);
          });
  });

  it("the image of a point does not depend on the other points of its batch", () => {
    for (const { forward, inverse, points } of draws(layer))
      for (const map of [forward, inverse]) {
        const together = run(map, points, d);
        const alone = rowsOf(points, d).map((row) => run(map, Float32Array.from(row), d));
        assertClose(
          alone.flatMap((image) => [...image.points]),
          together.points,
          ORACLE_POINTS,
          "points one by one",
        );
        assertClose(
          alone.flatMap((image) => [...image.logDet]),
          together.logDet,
          ORACLE_LOG_DET,
          "log-dets one by one",
        );
      }
  });

  it("leaves no tensor behind, with and without gradients", () => {
    for (const { parameters, forward, inverse, points } of draws(layer)) {
      const before = tf.memory();
      run(forward, points, d);
      run(inverse, points, d);
      for (const direction of DIRECTIONS)
        tf.tidy(() => {
          const values = parameters.tensors();
          const names = Object.keys(values);
          tf.grads((x, ...tensors) => {
            const given = Object.fromEntries(names.map((name, i) => [name, tensors[i] as tf.Tensor]));
            const image = parameters.map(direction, x as tf.Tensor2D, given);
            return image.points.sum().add(image.logDet.sum());
          })([tf.tensor2d(points, [POINTS, d]), ...Object.values(values)]);
        });
      const after = tf.memory();
      assert.deepEqual(
        [after.numTensors, after.numDataBuffers, after.numBytes],
        [before.numTensors, before.numDataBuffers, before.numBytes],
      );
    }
  });
}
