import type { BoundFlow, Flow } from "../flow";
import type { PerSample, Points } from "../shapes";
import { tf } from "../tf";
import { adamUpdate } from "../training/adam";
import { copyState, type TrainingState } from "../training/state";
import { averageKeep, type Learner, type StepRule } from "./compute";

/** log p(x) of a flow whose parameters are these tensors. */
export type LogProb = (bound: BoundFlow, x: Points, tensors: readonly tf.Tensor[]) => PerSample;

/** Trains by the gradients of tfjs; the optimizer works on the flat arrays, since tfjs' own take longer than a whole step. */
export function tensorLearner(flow: Flow, start: TrainingState, logProb: LogProb = (bound, x) => bound.logProb(x)): Learner {
  let state = copyState(start);
  return {
    get state() {
      return state;
    },
    async step(batch, rule) {
      const { loss, gradient } = await lossAndGradient(flow, logProb, state.parameters, batch);
      const gradientNorm = lengthOf(gradient);
      if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) return { loss, gradientNorm };
      update(flow, state, gradient, gradientNorm, rule);
      state = { ...state, step: rule.step };
      return { loss, gradientNorm };
    },
    gradient: (batch) => lossAndGradient(flow, logProb, state.parameters, batch),
    load(other) {
      state = copyState(other);
    },
    dispose() {},
  };
}

function update(flow: Flow, state: TrainingState, gradient: Float32Array, norm: number, rule: StepRule): void {
  const { parameters, adam, average } = state;
  const { clipNorm, step, rate, weightDecay } = rule;
  const scale = clipNorm > 0 && norm > clipNorm ? clipNorm / norm : 1;
  for (const { offset, size } of flow.layout.trainable) {
    const part = (values: Float32Array) => values.subarray(offset, offset + size); // frozen numbers must not decay either
    const moments = { m: part(adam.m), v: part(adam.v) };
    adamUpdate(part(parameters), part(gradient), moments, { step, rate, weightDecay, scale });
  }
  if (!average) return;
  const keep = averageKeep(rule.ema, step);
  for (let i = 0; i < average.length; i++) average[i] = keep * (average[i] as number) + (1 - keep) * (parameters[i] as number);
}

/** Mean NLL (nats) of a batch and its gradient, flat; zero for frozen parameters. */
async function lossAndGradient(
  flow: Flow,
  logProb: LogProb,
  parameters: Float32Array,
  batch: Float32Array,
): Promise<{ loss: number; gradient: Float32Array }> {
  const { layout, d } = flow;
  const all = layout.tensors(parameters);
  const free = all.filter((_, i) => layout.slots[i]?.trainable);
  const x = tf.tensor2d(batch, [batch.length / d, d]) as Points;
  const nll = (...tensors: tf.Tensor[]) => {
    let next = 0;
    const present = all.map((tensor, i) => (layout.slots[i]?.trainable ? (tensors[next++] as tf.Tensor) : tensor));
    return logProb(flow.bind(present), x, present).mean().neg() as tf.Scalar;
  };
  const { value, grads } = free.length > 0 ? tf.valueAndGrads(nll)(free) : { value: tf.tidy(nll), grads: [] }; // all may be frozen
  const gradient = new Float32Array(layout.size);
  const loss = (await value.data())[0] ?? Number.NaN;
  for (const [i, slot] of layout.trainable.entries()) gradient.set((await (grads[i] as tf.Tensor).data()) as Float32Array, slot.offset);
  tf.dispose([...all, x, value, ...grads]);
  return { loss, gradient };
}

function lengthOf(vector: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += (vector[i] as number) ** 2;
  return Math.sqrt(sum);
}
