/** Points followed through every layer, with the numbers of the formula and the Jacobians behind them. */
import type { BoundFlow, Flow, Trace } from "../flows/flow";
import { tf } from "../flows/tf";
import type { PointTrace } from "../protocol/model";

/** Traces data points [n · d] back to the base. Jacobians only in two dimensions. */
export async function tracePoints(flow: Flow, parameters: Float32Array, points: Float32Array): Promise<PointTrace[]> {
  const d = flow.d;
  const n = points.length / d;
  const K = flow.layers.length;
  const { stages, logDets, logBase, jacobians } = flow.with(parameters, (bound) => {
    const trace = bound.normalize(tf.tensor2d(points, [n, d]));
    return {
      stages: tf.stack([...trace.stages], 1), // [n, K + 1, d]
      logDets: K > 0 ? tf.stack([...trace.logDets], 1) : tf.zeros([n, 0]),
      logBase: bound.logBase(trace.stages[0] as tf.Tensor2D),
      jacobians: d === 2 ? cumulativeJacobians(flow, bound, trace) : tf.zeros([0]),
    };
  });
  const data = {
    stages: (await stages.data()) as Float32Array,
    logDets: (await logDets.data()) as Float32Array,
    logBase: (await logBase.data()) as Float32Array,
    jacobians: (await jacobians.data()) as Float32Array,
  };
  tf.dispose([stages, logDets, logBase, jacobians]);
  return Array.from({ length: n }, (_, i) => {
    const own = data.logDets.slice(i * K, (i + 1) * K);
    const start = data.logBase[i] as number;
    const logDensities = new Float32Array(K + 1);
    let running = start;
    logDensities[0] = running;
    own.forEach((logDet, k) => {
      running -= logDet;
      logDensities[k + 1] = running;
    });
    const width = (K + 1) * d;
    return {
      stages: data.stages.slice(i * width, (i + 1) * width),
      logDets: own,
      logBase: start,
      logDensities,
      ...ellipses(data.jacobians.subarray(i * (K + 1) * 4, (i + 1) * (K + 1) * 4), d === 2 ? K + 1 : 0),
    };
  });
}

/** ∂z_k/∂z_0 for k = 0 … K at each point, [n, K + 1, 2, 2]; products of the layers' own Jacobians. */
function cumulativeJacobians(flow: Flow, bound: BoundFlow, trace: Trace): tf.Tensor {
  const n = (trace.stages[0] as tf.Tensor2D).shape[0];
  let product = tf.eye(2).expandDims(0).tile([n, 1, 1]);
  const all = [product];
  for (let k = 1; k <= flow.layers.length; k++) {
    product = tf.matMul(layerJacobian(bound, k, trace.stages[k - 1] as tf.Tensor2D), product);
    all.push(product);
  }
  return tf.stack(all, 1);
}

/** ∂f_k/∂z at each point, [n, d, d], by reverse mode: one backward pass for each output coordinate. */
function layerJacobian(bound: BoundFlow, k: number, z: tf.Tensor2D): tf.Tensor {
  const d = z.shape[1];
  const rows = Array.from({ length: d }, (_, i) => {
    const coordinate = (input: tf.Tensor) => tf.slice(bound.toData(k, input as tf.Tensor2D).points, [0, i], [-1, 1]).sum();
    return tf.grad(coordinate)(z);
  });
  return tf.stack(rows, 1);
}

/** Condition numbers σ₁/σ₂ of ∂x/∂z₀ at data points [n · 2]; the largest one, or null where it cannot be had. */
export async function largestCondition(flow: Flow, parameters: Float32Array, points: Float32Array): Promise<number | null> {
  if (flow.d !== 2 || points.length === 0) return null;
  const traces = await tracePoints(flow, parameters, points);
  const K = flow.layers.length;
  const conditions = traces.map(({ singularValues }) =>
    singularValues ? (singularValues[2 * K] ?? 0) / (singularValues[2 * K + 1] ?? 1) : 0,
  );
  return conditions.reduce((largest, value) => Math.max(largest, Number.isNaN(value) ? Number.POSITIVE_INFINITY : value), 0);
}

/** Singular values and the angle of the first left vector of 2×2 matrices [count · 4]. */
function ellipses(matrices: Float32Array, count: number): { singularValues: Float32Array | null; angles: Float32Array | null } {
  if (count === 0) return { singularValues: null, angles: null };
  const singularValues = new Float32Array(2 * count);
  const angles = new Float32Array(count);
  for (let k = 0; k < count; k++) {
    const [a, b, c, e] = matrices.subarray(4 * k, 4 * k + 4) as unknown as [number, number, number, number];
    // J Jᵀ = [[p, q], [q, r]]: its eigenvalues are the squares of the singular values, its eigenvectors the axes of the ellipse
    const p = a * a + b * b;
    const q = a * c + b * e;
    const r = c * c + e * e;
    const middle = (p + r) / 2;
    const half = Math.hypot((p - r) / 2, q);
    const first = Math.sqrt(middle + half);
    singularValues[2 * k] = first;
    singularValues[2 * k + 1] = first > 0 ? Math.abs(a * e - b * c) / first : 0; // |det| / σ₁: no cancellation
    angles[k] = 0.5 * Math.atan2(2 * q, p - r);
  }
  return { singularValues, angles };
}
