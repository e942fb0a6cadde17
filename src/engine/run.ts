/** One training run inside a compute thread: steps in a loop that yields to messages, records at a bounded rate. */
import type { Flow } from "../flows/flow";
import type { Culprit } from "../flows/training/culprit";
import { Trainer } from "../flows/training/trainer";
import { writeCheckpoint } from "../interop/checkpoint";
import type { Progress, RunState, RunStatus } from "../protocol/model";
import type { Snapshot } from "./compute-contract";
import type { LoadedFlow } from "./loaded-flow";

/** Records reach the views at most this often. */
const RECORD_EVERY_MS = 100;
/** Messages (a pause, a question for the present parameters) get their turn this often: steps may take a fraction of a millisecond. */
const TURN_EVERY_MS = 20;
/** States go out to be kept at most this often: each is a copy of all numbers that crosses two processes and is written to disk. */
const CHECKPOINT_EVERY_MS = 1000;
/** Held-out points in a validation during training; the full set is scored when a frame is looked at. */
const VALIDATION_POINTS = 2000;
/** Validations in a whole run. */
const VALIDATIONS = 100;

export interface RunListener {
  records(records: readonly Progress[], run: RunState): void;
  checkpoint(step: number, checkpoint: Uint8Array): void;
}

export class Run {
  private readonly trainer: Trainer;
  private readonly flow: Flow;
  private readonly validateEvery: number;
  private status: RunStatus;
  private loop: Promise<void> | null = null;
  private wantsPause = false;
  private record: { steps: number; loss: number; low: number; high: number } = emptyRecord();
  private pending: Progress[] = [];
  private lastSent = 0;
  private lastLoss: number | null = null;
  private lastValidation: number | null = null;
  private best = { validation: Number.POSITIVE_INFINITY, since: 0 };
  private trainedMs = 0;
  private speed: number | null = null;

  constructor(
    private readonly loaded: LoadedFlow,
    private readonly listener: RunListener,
  ) {
    if (!loaded.source) throw new Error("a flow without a target cannot be trained");
    this.flow = loaded.flow;
    this.trainer = new Trainer(loaded.flow, loaded.compute, loaded.flow.spec.train, loaded.source, loaded.state);
    this.status = loaded.status;
    this.validateEvery = Math.max(10, Math.round(this.train.steps / VALIDATIONS));
  }

  get state(): RunState {
    return {
      status: this.status,
      step: this.trainer.stepsDone,
      steps: this.train.steps,
      stepsPerSecond: this.speed,
      nll: this.lastLoss,
      validation: this.lastValidation,
    };
  }

  get snapshot(): Snapshot {
    return { step: this.trainer.stepsDone, parameters: this.trainer.shown.slice() };
  }

  get checkpoint(): Uint8Array {
    return writeCheckpoint(this.flow, this.trainer.state);
  }

  /** Begins or goes on; returns at once. */
  start(): RunState {
    if (this.loop !== null || this.trainer.stepsDone >= this.train.steps) return this.state;
    this.wantsPause = false;
    this.status = { kind: "training" };
    this.loop = this.advance(this.train.steps).finally(() => {
      this.loop = null;
    });
    return this.state;
  }

  /** Resolves when the step in flight has ended. */
  async pause(): Promise<RunState> {
    this.wantsPause = true;
    await this.loop;
    return this.state;
  }

  /** Exactly `count` steps more, past the planned number too. */
  async stepBy(count: number): Promise<RunState> {
    if (this.loop !== null) await this.pause();
    this.wantsPause = false;
    this.status = { kind: "training" };
    this.loop = this.advance(this.trainer.stepsDone + count).finally(() => {
      this.loop = null;
    });
    await this.loop;
    return this.state;
  }

  dispose(): void {
    this.trainer.dispose();
  }

  resumeGently(): RunState {
    this.trainer.halveRate();
    return this.start();
  }

  private get train() {
    return this.flow.spec.train;
  }

  private async advance(until: number): Promise<void> {
    const begun = Date.now();
    const before = this.trainedMs;
    let speedFrom = { at: begun, step: this.trainer.stepsDone };
    let lastTurn = begun;
    let kept = { at: 0, step: this.trainer.stepsDone }; // the first one waits for its steps only
    while (this.trainer.stepsDone < until && !this.wantsPause) {
      const outcome = await this.trainer.step();
      if (!outcome.ok) {
        this.status = {
          kind: "diverged",
          atStep: this.trainer.stepsDone,
          layer: outcome.culprit.layer,
          message: this.explain(outcome.culprit),
        };
        break;
      }
      const step = this.trainer.stepsDone;
      this.note(outcome.loss);
      const due = step % this.validateEvery === 0 || step === until;
      if (due) await this.validate();
      const now = Date.now();
      if (due || now - this.lastSent >= RECORD_EVERY_MS) this.closeRecord(step, outcome.gradientNorm, outcome.rate, due);
      this.trainedMs = before + now - begun;
      if (now - this.lastSent >= RECORD_EVERY_MS) {
        if (now - speedFrom.at > 500) {
          this.speed = (1000 * (step - speedFrom.step)) / (now - speedFrom.at);
          speedFrom = { at: now, step };
        }
        this.send(now);
      }
      if (now - lastTurn >= TURN_EVERY_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        lastTurn = Date.now();
      }
      if (step - kept.step >= this.train.checkpointEvery && now - kept.at >= CHECKPOINT_EVERY_MS) {
        this.listener.checkpoint(step, this.checkpoint);
        kept = { at: now, step };
      }
      const reason = this.reasonToStop(step);
      if (reason) {
        this.status = { kind: "finished", because: reason };
        break;
      }
    }
    if (this.status.kind === "training") this.status = { kind: "paused" };
    if (this.status.kind === "paused" && this.trainer.stepsDone >= this.train.steps) this.status = { kind: "finished", because: "steps" };
    this.speed = null;
    this.send(Date.now());
    this.listener.checkpoint(this.trainer.stepsDone, this.checkpoint);
  }

  private reasonToStop(step: number): "steps" | "time-limit" | "patience" | null {
    const { timeLimitSeconds, validation, steps } = this.train;
    if (step === steps) return "steps";
    if (timeLimitSeconds > 0 && this.trainedMs > 1000 * timeLimitSeconds) return "time-limit";
    if (validation.patience > 0 && this.best.since >= validation.patience) return "patience";
    return null;
  }

  private note(loss: number): void {
    const { record } = this;
    this.lastLoss = loss;
    this.record = { steps: record.steps + 1, loss: record.loss + loss, low: Math.min(record.low, loss), high: Math.max(record.high, loss) };
  }

  private closeRecord(step: number, gradientNorm: number, learningRate: number, validated: boolean): void {
    const { steps, loss, low, high } = this.record;
    this.pending.push({
      step,
      loss: loss / steps,
      lossLow: low,
      lossHigh: high,
      validation: validated ? this.lastValidation : null,
      gradientNorm,
      learningRate,
    });
    this.record = emptyRecord();
  }

  private send(now: number): void {
    this.listener.records(this.pending, this.state);
    this.pending = [];
    this.lastSent = now;
  }

  private async validate(): Promise<void> {
    const heldOut = this.loaded.source?.heldOut.subarray(0, VALIDATION_POINTS * this.flow.d);
    if (!heldOut || heldOut.length === 0) return;
    const question = { stage: this.flow.layers.length, points: heldOut };
    const [logProb] = await this.loaded.compute.evaluator.logDensities(this.trainer.shown, [question]);
    const validation = -(logProb?.reduce((sum, value) => sum + value, 0) ?? Number.NaN) / (heldOut.length / this.flow.d);
    this.lastValidation = validation;
    this.best = validation < this.best.validation ? { validation, since: 0 } : { ...this.best, since: this.best.since + 1 };
  }

  private explain({ layer, what, rows, firstRow }: Culprit): string {
    const { batch } = this.train;
    const thing = { points: "the points", "log-det": "the log-det", "log-density": "the log-density", gradient: "the gradient" }[what];
    const placed = layer === null ? null : this.flow.layers[layer - 1];
    const where = placed ? `Layer ${layer}, ${placed.instance.type} "${placed.instance.id}"` : "The base distribution";
    const which = rows > 0 ? ` for ${rows} of ${batch} points (the first is row ${firstRow + 1} of the batch)` : "";
    return `${where}: ${thing} stopped being finite${which}. The parameters of step ${this.trainer.stepsDone} are kept.`;
  }
}

function emptyRecord() {
  return { steps: 0, loss: 0, low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
}
