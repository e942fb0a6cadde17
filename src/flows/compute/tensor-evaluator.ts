import type { BoundFlow, Flow } from "../flow";
import type { Points } from "../shapes";
import { tf } from "../tf";
import type { DensityQuestion, Evaluator, Walk } from "./compute";

/** Evaluates a flow by tensor operations. */
export function tensorEvaluator(flow: Flow): Evaluator {
  const { d } = flow;
  const matrix = (points: Float32Array) => tf.tensor2d(points, [points.length / d, d]);
  return {
    async walk(parameters, points, from, to): Promise<Walk> {
      const result = flow.with(parameters, (bound) => {
        const { stages, logDets } = follow(bound, matrix(points), from, to);
        return { stages: tf.concat(stages, 0), logDets: logDets.length > 0 ? tf.concat(logDets) : tf.zeros([0]) };
      });
      const walk = { n: points.length / d, stages: await valuesOf(result.stages), logDets: await valuesOf(result.logDets) };
      tf.dispose(result);
      return walk;
    },
    async logBase(parameters, z) {
      const result = flow.with(parameters, (bound) => bound.logBase(matrix(z)));
      const values = await valuesOf(result);
      result.dispose();
      return values;
    },
    logDensities: (parameters, questions) => joined(flow, parameters, questions),
    async jacobians(parameters, k, points) {
      const result = flow.with(parameters, (bound) => layerJacobian(bound, k, matrix(points)));
      const values = await valuesOf(result);
      result.dispose();
      return values;
    },
    dispose() {},
  };
}

async function valuesOf(tensor: tf.Tensor): Promise<Float32Array> {
  return (await tensor.data()) as Float32Array;
}

function follow(bound: BoundFlow, start: Points, from: number, to: number): { stages: Points[]; logDets: tf.Tensor1D[] } {
  const stages = [start];
  const logDets: tf.Tensor1D[] = [];
  for (let k = from; k > to; k--) {
    const back = bound.toBase(k, stages[0] as Points);
    stages.unshift(back.points);
    logDets.unshift(back.logDet.neg());
  }
  for (let k = from + 1; k <= to; k++) {
    const on = bound.toData(k, stages[stages.length - 1] as Points);
    stages.push(on.points);
    logDets.push(on.logDet);
  }
  return { stages, logDets };
}

/**
 * Several questions in one pass over the layers: walking from the data to the base, the points of each stage join the batch where their
 * layer begins, so each layer runs once, on all points above it.
 */
async function joined(flow: Flow, parameters: Float32Array, questions: readonly DensityQuestion[]): Promise<Float32Array[]> {
  if (questions.length === 0) return [];
  const order = questions.map((_, i) => i).sort((a, b) => (questions[b]?.stage ?? 0) - (questions[a]?.stage ?? 0));
  const highest = questions[order[0] as number]?.stage ?? 0;
  const all = flow.with(parameters, (bound) => {
    let points: tf.Tensor2D | null = null;
    let logDensity: tf.Tensor1D | null = null; // of what was carried so far: minus the log-dets
    for (let k = highest; k >= 0; k--) {
      for (const i of order) {
        const question = questions[i] as DensityQuestion;
        if (question.stage !== k) continue;
        const n = question.points.length / flow.d;
        const more = tf.tensor2d(question.points, [n, flow.d]);
        points = points ? tf.concat([points, more], 0) : more;
        const zeros = tf.zeros([n]) as tf.Tensor1D;
        logDensity = logDensity ? tf.concat([logDensity, zeros]) : zeros;
      }
      if (k === 0) break;
      const back = bound.toBase(k, points as Points);
      points = back.points;
      logDensity = (logDensity as tf.Tensor1D).add(back.logDet);
    }
    return bound.logBase(points as Points).add(logDensity as tf.Tensor1D);
  });
  const values = await valuesOf(all);
  all.dispose();
  const answers: Float32Array[] = questions.map(() => new Float32Array(0));
  let at = 0;
  for (const i of order) {
    const n = (questions[i]?.points.length ?? 0) / flow.d;
    answers[i] = values.slice(at, at + n);
    at += n;
  }
  return answers;
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
