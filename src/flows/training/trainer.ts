import type { Compute, Learner } from "../compute/compute";
import type { Flow } from "../flow";
import type { TrainSpec } from "../flow-spec";
import { type Culprit, findCulprit } from "./culprit";
import { learningRate } from "./schedule";
import { copyState, type TrainingState } from "./state";

/** Where batches come from. A pure function of the step, so a resumed run draws what an uninterrupted one draws. */
export interface BatchSource {
  /** Points of step s (from 1), row-major [batch · d]. */
  batch(step: number): Float32Array;
  /** Held-out points, row-major; empty when nothing is held out. */
  readonly heldOut: Float32Array;
}

export type StepOutcome =
  | { readonly ok: true; readonly loss: number; readonly gradientNorm: number; readonly rate: number }
  | { readonly ok: false; readonly because: "loss-not-finite" | "gradient-not-finite"; readonly culprit: Culprit };

/** A state this many steps old at the most is kept as the last good one. */
const KEEP_EVERY = 50;

/** Maximum likelihood by Adam, one step at a time. Reads no clock; every draw comes from the source. */
export class Trainer {
  private readonly learner: Learner;
  private rateFactor: number;
  /** Number of the last step. */
  stepsDone: number;
  private good: TrainingState;

  constructor(
    private readonly flow: Flow,
    private readonly compute: Compute,
    private readonly train: TrainSpec,
    private readonly source: BatchSource,
    state: TrainingState,
  ) {
    this.learner = compute.learner(state);
    this.rateFactor = state.rateFactor;
    this.stepsDone = state.step;
    this.good = copyState(state);
  }

  get state(): TrainingState {
    return { ...this.learner.state, rateFactor: this.rateFactor };
  }

  /** The parameters to look at: averaged ones if averaging is on. */
  get shown(): Float32Array {
    return this.learner.state.average ?? this.learner.state.parameters;
  }

  /**
   * One step. When the loss or the gradient is not finite nothing is updated, the state goes back to the last good one,
   * and the outcome names the first layer that is to blame.
   */
  async step(): Promise<StepOutcome> {
    const { learner, train } = this;
    const before = this.stepsDone;
    const candidate = before % KEEP_EVERY === 0 ? copyState(this.state) : null;
    const batch = this.source.batch(before + 1);
    const rate = learningRate(train, before + 1) * this.rateFactor;
    const { clipNorm, ema, optimizer } = train;
    const { loss, gradientNorm } = await learner.step(batch, { step: before + 1, rate, clipNorm, ema, weightDecay: optimizer.weightDecay });
    if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) {
      this.stepsDone = before + 1;
      this.good = candidate ?? this.good; // its loss is known to be finite now
      return { ok: true, loss, gradientNorm, rate };
    }
    const { gradient } = await learner.gradient(batch);
    const culprit = await findCulprit(this.flow, this.compute.evaluator, learner.state.parameters, batch, gradient);
    learner.load(this.good);
    this.stepsDone = this.good.step;
    return { ok: false, because: Number.isFinite(loss) ? "gradient-not-finite" : "loss-not-finite", culprit };
  }

  /** Goes on from the kept state with half the learning rate. */
  halveRate(): void {
    this.rateFactor /= 2;
    this.good = copyState(this.state);
  }

  dispose(): void {
    this.learner.dispose();
  }
}
