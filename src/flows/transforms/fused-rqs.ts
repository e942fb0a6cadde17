import { rationalQuadratic, rationalQuadraticGradient, type SplineDirection } from "../../kernels/rational-quadratic";
import type { SplineSettings } from "../../kernels/spline-knots";
import type { Mapped, PerSample, Points } from "../shapes";
import { tf } from "../tf";

/**
 * The spline as one operation with one gradient instead of some hundred. Here alone values are read within a flow (dataSync): on cpu and
 * wasm they already lie in this thread's memory, so that nothing waits. Second derivatives are not taped.
 */
export function fusedRqs(points: Points, raw: tf.Tensor2D, settings: SplineSettings, direction: SplineDirection): Mapped {
  const [n, m] = points.shape;
  const operation = tf.customGrad((pointsTensor, rawTensor) => {
    const given = { points: (pointsTensor as Points).dataSync<"float32">(), raw: (rawTensor as tf.Tensor2D).dataSync<"float32">() };
    const image = { value: new Float32Array(n * m), logSlope: new Float32Array(n * m) };
    rationalQuadratic(direction, settings, given, image);
    const gradFunc = (byPacked: tf.Tensor) => {
      const byImage = unpack(byPacked.dataSync<"float32">(), n, m);
      const byGiven = { points: new Float32Array(n * m), raw: new Float32Array(given.raw.length) };
      rationalQuadraticGradient(direction, settings, given, byImage, byGiven);
      return [tf.tensor(byGiven.points, points.shape), tf.tensor(byGiven.raw, raw.shape)];
    };
    return { value: tf.tensor1d(pack(image.value, image.logSlope, n, m)), gradFunc };
  });
  // an operation with its own gradient has one output: all values, then all log-dets
  const [value, logDet] = tf.split(operation(points, raw), [n * m, n]) as [tf.Tensor, PerSample];
  return { points: value.reshape([n, m]) as Points, logDet };
}

/** [n · m] values, then the sum of the m log-slopes of each sample. */
function pack(value: Float32Array, logSlope: Float32Array, n: number, m: number): Float32Array {
  const packed = new Float32Array(n * m + n);
  packed.set(value);
  for (let row = 0; row < n; row++) {
    let sum = 0;
    for (let i = row * m; i < (row + 1) * m; i++) sum += logSlope[i] as number;
    packed[n * m + row] = sum;
  }
  return packed;
}

/** The gradient of what {@link pack} does: each log-slope of a sample gets that of their sum. */
function unpack(packed: Float32Array, n: number, m: number): { value: Float32Array; logSlope: Float32Array } {
  const logSlope = new Float32Array(n * m);
  for (let row = 0; row < n; row++) logSlope.fill(packed[n * m + row] as number, row * m, (row + 1) * m);
  return { value: packed.subarray(0, n * m), logSlope };
}
