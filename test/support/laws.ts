/** Laws as functions, so that the same check that passes a layer can be shown to fail a wrong one. */
import assert from "node:assert/strict";
import type { Mapped, Points } from "../../src/flows/shapes";
import { tf } from "../../src/flows/tf";
import { rowsOf } from "./cases";
import { logAbsDet } from "./numeric";
import type { Tolerance } from "./tolerances";

export type TensorMap = (points: Points) => Mapped;

export interface Image {
  readonly points: Float32Array;
  readonly logDet: Float32Array;
}

/** Runs a map on numbers and leaves no tensor behind. */
export function run(map: TensorMap, flat: Float32Array, d: number): Image {
  return tf.tidy(() => {
    const { points, logDet } = map(tf.tensor2d(flat, [flat.length / d, d]));
    return { points: points.dataSync<"float32">().slice(), logDet: logDet.dataSync<"float32">().slice() };
  });
}

/** |actual − expected| ≤ abs + rel·|expected| for every element; infinities must be equal, NaN never passes. */
export function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, { abs, rel }: Tolerance, what: string): void {
  assert.equal(actual.length, expected.length, `${what}: ${actual.length} numbers instead of ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i] as number, expected[i] as number];
    const passes = a === e || Math.abs(a - e) <= abs + rel * Math.abs(e);
    if (!passes)
      assert.fail(`${what}: element ${i} is ${a} instead of ${e}, off by ${Math.abs(a - e)} with ${abs} + ${rel}·|expected| allowed`);
  }
}

/** Jacobians ∂y_i/∂x_j of every row by one backward pass for each output coordinate. */
export function autodiffJacobians(map: TensorMap, flat: Float32Array, d: number): number[][][] {
  const n = flat.length / d;
  const rows = Array.from({ length: d }, (_, i) =>
    tf.tidy(() => {
      const only = tf.tensor2d(
        Float32Array.from({ length: d }, (_, j) => (i === j ? 1 : 0)),
        [1, d],
      );
      const gradient = tf.grad((x) =>
        map(x as Points)
          .points.mul(only)
          .sum(),
      )(tf.tensor2d(flat, [n, d]));
      return rowsOf(gradient.dataSync(), d);
    }),
  );
  return Array.from({ length: n }, (_, row) => rows.map((gradients) => gradients[row] as number[]));
}

/** Law 3: log-det is log|det| of the autodiff Jacobian, determinant in double precision. */
export function assertLogDetIsThatOfTheJacobian(map: TensorMap, flat: Float32Array, d: number, tolerance: Tolerance): void {
  const expected = autodiffJacobians(map, flat, d).map((jacobian) => logAbsDet(jacobian).log);
  assertClose(run(map, flat, d).logDet, expected, tolerance, "log-det against the autodiff Jacobian");
}

/** Slopes with which the image and its log-det follow each coordinate of the point; 0 where they do not. */
function logDetGradients(map: TensorMap, flat: Float32Array, d: number): number[][] {
  return tf.tidy(() => {
    // the term with weight 0 keeps the point in the tape of maps whose log-det does not depend on it
    const loss = (x: tf.Tensor) => {
      const { points, logDet } = map(x as Points);
      return logDet.sum().add(points.sum().mul(0));
    };
    return rowsOf(
      tf
        .grad(loss)(tf.tensor2d(flat, [flat.length / d, d]))
        .dataSync(),
      d,
    );
  });
}

/** Law 1: `back` undoes `there`, up to what one rounding of the image must cost. */
export function assertUndone(there: TensorMap, back: TensorMap, flat: Float32Array, d: number, factor: number): void {
  const image = run(there, flat, d);
  const jacobians = autodiffJacobians(back, image.points, d);
  const again = run(back, image.points, d);
  flat.forEach((value, at) => {
    const [row, i] = [Math.floor(at / d), at % d];
    const slopes = jacobians[row]?.[i] as number[];
    const condition = slopes.reduce((sum, slope, j) => sum + Math.abs(slope) * (1 + Math.abs(image.points[row * d + j] as number)), 0);
    const off = Math.abs((again.points[at] as number) - value);
    const allowed = factor * (1 + Math.abs(value) + condition);
    assert.ok(off <= allowed, `there and back: row ${row}, coordinate ${i} is off by ${off} with ${allowed} allowed`);
  });
}

/** Law 2: the log-dets of `there` and of `back` at the image cancel, up to what one rounding of the image must cost. */
export function assertCancel(there: TensorMap, back: TensorMap, flat: Float32Array, d: number, factor: number): void {
  const image = run(there, flat, d);
  const again = run(back, image.points, d);
  const gradients = logDetGradients(back, image.points, d);
  image.logDet.forEach((logDet, row) => {
    const slopes = gradients[row] as number[];
    const condition = slopes.reduce((sum, slope, j) => sum + Math.abs(slope) * (1 + Math.abs(image.points[row * d + j] as number)), 0);
    const off = Math.abs((again.logDet[row] as number) + logDet);
    const allowed = factor * (1 + Math.abs(logDet) + condition);
    assert.ok(off <= allowed, `log-dets there and back: row ${row} leaves ${off} with ${allowed} allowed`);
  });
}
