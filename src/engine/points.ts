/** Points followed through every layer, with the numbers of the formula and the Jacobians behind them. */
import type { Evaluator, Walk } from "../flows/compute/compute";
import type { PointTrace } from "../protocol/model";
import type { LoadedFlow } from "./loaded-flow";

/** Traces data points [n · d] back to the base. Jacobians only in two dimensions. */
export async function tracePoints({ flow, compute }: LoadedFlow, parameters: Float32Array, points: Float32Array): Promise<PointTrace[]> {
  const { d } = flow;
  const n = points.length / d;
  const K = flow.layers.length;
  const walk = await compute.evaluator.walk(parameters, points, K, 0);
  const logBase = await compute.evaluator.logBase(parameters, walk.stages.slice(0, n * d));
  const jacobians = d === 2 ? await cumulativeJacobians(compute.evaluator, parameters, walk, K) : new Float32Array(0);
  return Array.from({ length: n }, (_, i) => {
    const own = Float32Array.from({ length: K }, (_v, k) => walk.logDets[k * n + i] as number);
    const start = logBase[i] as number;
    const stages = new Float32Array((K + 1) * d);
    for (let k = 0; k <= K; k++) stages.set(walk.stages.subarray((k * n + i) * d, (k * n + i + 1) * d), k * d);
    const logDensities = new Float32Array(K + 1);
    let running = start;
    logDensities[0] = running;
    own.forEach((logDet, k) => {
      running -= logDet;
      logDensities[k + 1] = running;
    });
    return {
      stages,
      logDets: own,
      logBase: start,
      logDensities,
      ...ellipses(jacobians.subarray(i * (K + 1) * 4, (i + 1) * (K + 1) * 4), d === 2 ? K + 1 : 0),
    };
  });
}

/** ∂z_k/∂z_0 for k = 0 … K at each point, [n, K + 1, 2, 2]; products of the layers' own Jacobians. */
async function cumulativeJacobians(evaluator: Evaluator, parameters: Float32Array, { n, stages }: Walk, K: number): Promise<Float32Array> {
  const all = new Float32Array(n * (K + 1) * 4);
  for (let i = 0; i < n; i++) all.set([1, 0, 0, 1], i * (K + 1) * 4);
  for (let k = 1; k <= K; k++) {
    const own = await evaluator.jacobians(parameters, k, stages.slice((k - 1) * n * 2, k * n * 2));
    for (let i = 0; i < n; i++) {
      const at = (i * (K + 1) + k) * 4;
      const [a, b, c, e] = own.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
      const [p, q, r, s] = all.subarray(at - 4, at) as unknown as [number, number, number, number];
      all.set([a * p + b * r, a * q + b * s, c * p + e * r, c * q + e * s], at);
    }
  }
  return all;
}

/** Condition numbers σ₁/σ₂ of ∂x/∂z₀ at data points [n · 2]; the largest one, or null where it cannot be had. */
export async function largestCondition(loaded: LoadedFlow, parameters: Float32Array, points: Float32Array): Promise<number | null> {
  if (loaded.flow.d !== 2 || points.length === 0) return null;
  const traces = await tracePoints(loaded, parameters, points);
  const K = loaded.flow.layers.length;
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
