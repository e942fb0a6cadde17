import type { FlowKernels } from "../../kernels/flow-kernels";
import type { DensityQuestion, Evaluator, Walk } from "./compute";

/** Evaluates a flow by fused kernels; `dispose` ends them. */
export function kernelEvaluator(kernels: FlowKernels): Evaluator {
  const { d, parameters: size } = kernels.program;
  let loaded: Float32Array | null = null;
  /** Parameters that are in the kernels' memory already are not prepared again. */
  const load = (parameters: Float32Array) => {
    if (loaded && equal(loaded, parameters)) return;
    kernels.load(parameters);
    loaded = parameters.slice(0, size);
  };
  return {
    async walk(parameters, points, from, to) {
      load(parameters);
      return walk(kernels, points, from, to);
    },
    async logBase(parameters, z) {
      load(parameters);
      return totals(kernels, z, 0);
    },
    async logDensities(parameters, questions: readonly DensityQuestion[]) {
      load(parameters);
      return questions.map(({ stage, points }) => totals(kernels, points, stage));
    },
    async jacobians(parameters, k, points) {
      load(parameters);
      return jacobians(kernels, k, points);
    },
    dispose: () => kernels.dispose(),
  };

  /** log p_k of points after layer `stage`: the walk to the base, and the base. */
  function totals(from: FlowKernels, points: Float32Array, stage: number): Float32Array {
    const all = new Float32Array(points.length / d);
    for (const { first, piece } of pieces(points, d, from.piece))
      all.set(from.walk(piece, stage, 0, { stages: false, base: true }).total, first);
    return all;
  }
}

function equal(a: Float32Array, b: Float32Array): boolean {
  return a.every((value, i) => value === b[i]); // NaN is never equal, so such parameters are always loaded anew
}

function walk(kernels: FlowKernels, points: Float32Array, from: number, to: number): Walk {
  const { d } = kernels.program;
  const n = points.length / d;
  const count = Math.abs(from - to);
  const stages = new Float32Array((count + 1) * n * d);
  const logDets = new Float32Array(count * n);
  const towardsBase = from > to;
  for (const { first, piece } of pieces(points, d, kernels.piece)) {
    const width = piece.length;
    const part = kernels.walk(piece, from, to, { stages: true, base: false });
    for (let at = 0; at <= count; at++) {
      const stage = towardsBase ? count - at : at;
      stages.set(part.stages.subarray(at * width, (at + 1) * width), stage * n * d + first * d);
    }
    for (let at = 0; at < count; at++) {
      const stage = towardsBase ? count - 1 - at : at;
      const own = part.logDets.subarray((at * width) / d, ((at + 1) * width) / d);
      logDets.set(towardsBase ? own.map((value) => -value) : own, stage * n + first);
    }
  }
  return { n, stages, logDets };
}

/** ∂f_k/∂z [n · d · d], one backward pass for each output coordinate. */
function jacobians(kernels: FlowKernels, k: number, points: Float32Array): Float32Array {
  const { d } = kernels.program;
  const n = points.length / d;
  const all = new Float32Array(n * d * d);
  for (const { first, piece } of pieces(points, d, kernels.piece)) {
    const count = piece.length / d;
    const total = new Float32Array(count);
    for (let i = 0; i < d; i++) {
      const last = new Float32Array(piece.length);
      for (let s = 0; s < count; s++) last[s * d + i] = 1;
      const { byPoints } = kernels.pullback(piece, k - 1, k, { last, total, base: false }, false);
      for (let s = 0; s < count; s++) all.set(byPoints.subarray(s * d, (s + 1) * d), ((first + s) * d + i) * d);
    }
  }
  return all;
}

/** Points in pieces of at most `most` samples. */
function* pieces(points: Float32Array, d: number, most: number): Generator<{ readonly first: number; readonly piece: Float32Array }> {
  for (let first = 0; first * d < points.length; first += most) yield { first, piece: points.subarray(first * d, (first + most) * d) };
}
