import type { Flow } from "../flow";
import type { TrainSpec } from "../flow-spec";
import type { Points } from "../shapes";
import { tf } from "../tf";
import { type AdamState, adamInitial, adamUpdate } from "./adam";
import { type Culprit, findCulprit } from "./culprit";
import { learningRate } from "./schedule";

/** Where batches come from. A pure function of the step, so a resumed run draws what an uninterrupted one draws. */
export interface BatchSource {
  /** Points of step s (from 1), row-major [batch · d]. */
  batch(step: number): Float32Array;
  /** Held-out points, row-major; empty when nothing is held out. */
  readonly heldOut: Float32Array;
}

/** All that a run needs to go on bit for bit; each array is as long as the parameters. */
export interface TrainingState {
  readonly step: number;
  readonly parameters: Float32Array;
  readonly adam: AdamState;
  /** Averaged parameters; null when averaging is off. */
  readonly average: Float32Array | null;
  /** Factor on the learning rate; halved after a divergence. */
  readonly rateFactor: number;
}

export type StepOutcome =
  | { readonly ok: true; readonly loss: number; readonly gradientNorm: number; readonly rate: number }
  | { readonly ok: false; readonly because: "loss-not-finite" | "gradient-not-finite"; readonly culprit: Culprit };

/** A state this many steps old at the most is kept as the last good one. */
const KEEP_EVERY = 50;

export function initialState(flow: Flow, train: TrainSpec, parameters: Float32Array): TrainingState {
  return {
    step: 0,
    parameters,
    adam: adamInitial(flow.layout.size),
    average: train.ema > 0 ? parameters.slice() : null,
    rateFactor: 1,
  };
}

export function copyState(state: TrainingState): TrainingState {
  return {
    ...state,
    parameters: state.parameters.slice(),
    adam: { m: state.adam.m.slice(), v: state.adam.v.slice() },
    average: state.average?.slice() ?? null,
  };
}

/** Maximum likelihood by Adam, one step at a time. Reads no clock; every draw comes from the source. */
export class Trainer {
  private current: TrainingState;
  private good: TrainingState;

  constructor(
    private readonly flow: Flow,
    private readonly train: TrainSpec,
    private readonly source: BatchSource,
    state: TrainingState,
  ) {
    this.current = copyState(state);
    this.good = copyState(state);
  }

  get state(): TrainingState {
    return this.current;
  }

  /** The parameters to look at: averaged ones if averaging is on. */
  get shown(): Float32Array {
    return this.current.average ?? this.current.parameters;
  }

  /**
   * One step. When the loss or the gradient is not finite nothing is updated, the state goes back to the last good one,
   * and the outcome names the first layer that is to blame.
   */
  async step(): Promise<StepOutcome> {
    const { parameters, adam, average, rateFactor } = this.current;
    const step = this.current.step + 1;
    const batch = this.source.batch(step);
    const { loss, gradient } = await this.lossAndGradient(batch);
    const norm = lengthOf(gradient);
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
      const culprit = await findCulprit(this.flow, parameters, batch, gradient);
      this.current = copyState(this.good);
      return { ok: false, because: Number.isFinite(loss) ? "gradient-not-finite" : "loss-not-finite", culprit };
    }
    if (this.current.step % KEEP_EVERY === 0) this.good = copyState(this.current);
    const rate = learningRate(this.train, step) * rateFactor;
    const { clipNorm } = this.train;
    const scale = clipNorm > 0 && norm > clipNorm ? clipNorm / norm : 1;
    for (const { offset, size } of this.flow.layout.trainable) {
      const part = (values: Float32Array) => values.subarray(offset, offset + size); // frozen numbers must not decay either
      const moments = { m: part(adam.m), v: part(adam.v) };
      adamUpdate(part(parameters), part(gradient), moments, { step, rate, weightDecay: this.train.optimizer.weightDecay, scale });
    }
    if (average) mix(average, parameters, this.train.ema, step);
    this.current = { ...this.current, step };
    return { ok: true, loss, gradientNorm: norm, rate };
  }

  /** Goes on from the kept state with half the learning rate. */
  halveRate(): void {
    this.current = { ...this.current, rateFactor: this.current.rateFactor / 2 };
    this.good = copyState(this.current);
  }

  /** Mean NLL (nats) of a batch and its gradient, flat; zero for frozen parameters. */
  private async lossAndGradient(batch: Float32Array): Promise<{ loss: number; gradient: Float32Array }> {
    const { layout, d } = this.flow;
    const all = layout.tensors(this.current.parameters);
    const free = all.filter((_, i) => layout.slots[i]?.trainable);
    const x = tf.tensor2d(batch, [batch.length / d, d]) as Points;
    const nll = (...tensors: tf.Tensor[]) => {
      let next = 0;
      const bound = this.flow.bind(all.map((tensor, i) => (layout.slots[i]?.trainable ? (tensors[next++] as tf.Tensor) : tensor)));
      return bound.logProb(x).mean().neg() as tf.Scalar;
    };
    const { value, grads } = free.length > 0 ? tf.valueAndGrads(nll)(free) : { value: tf.tidy(nll), grads: [] }; // all may be frozen
    const gradient = new Float32Array(layout.size);
    const loss = (await value.data())[0] ?? Number.NaN;
    for (const [i, slot] of layout.trainable.entries()) gradient.set((await (grads[i] as tf.Tensor).data()) as Float32Array, slot.offset);
    tf.dispose([...all, x, value, ...grads]);
    return { loss, gradient };
  }
}

function lengthOf(vector: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += (vector[i] as number) ** 2;
  return Math.sqrt(sum);
}

/** Exponential moving average with the start-up correction of a growing decay, so that the first steps do not linger. */
function mix(average: Float32Array, parameters: Float32Array, decay: number, step: number): void {
  const keep = Math.min(decay, step / (step + 10));
  for (let i = 0; i < average.length; i++) average[i] = keep * (average[i] as number) + (1 - keep) * (parameters[i] as number);
}
