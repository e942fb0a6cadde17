/** The training run of a session: its state, its curve, and the commands that change it. */
import { ChannelError } from "../protocol/channel";
import type { EngineEvents } from "../protocol/engine";
import type { Progress, RunState } from "../protocol/model";
import type { EngineClient } from "./definition";

interface Surroundings {
  readonly session: string;
  readonly client: () => EngineClient;
  /** Records to show; `restarted` when they replace all earlier ones. */
  readonly progressed: (records: readonly Progress[], restarted: boolean) => void;
  readonly changed: () => void;
}

export class Run {
  state: RunState | null = null;
  history: readonly Progress[] = [];

  constructor(private readonly around: Surroundings) {}

  get isTraining(): boolean {
    return this.state?.status.kind === "training";
  }

  get step(): number {
    return this.state?.step ?? 0;
  }

  // The engine tells each new state as an event before it answers. The answer is not taken: by the time that it is read, an event of
  // the same moment may have told the end of the run, which comes within a millisecond where steps are short.

  async train(): Promise<void> {
    await this.client().request("run/train", this.params);
  }

  async pause(): Promise<void> {
    if (this.state) await this.client().request("run/pause", this.params);
  }

  async steps(steps: number): Promise<void> {
    await this.client().request("run/step", { ...this.params, steps });
  }

  async resumeGently(): Promise<void> {
    await this.client().request("run/resumeGently", this.params);
  }

  async reset(): Promise<void> {
    const state = await this.client().request("run/reset", this.params);
    this.history = [];
    this.become(state);
    this.around.progressed([], true);
  }

  /** A definition was opened: its run is new, or goes on from a checkpoint. A new engine does not know the curve so far; we may. */
  async opened(state: RunState, remembered: readonly Progress[]): Promise<void> {
    this.state = state;
    const told = state.step > 0 ? await this.client().request("run/history", this.params) : [];
    this.history = told.length > 0 ? told : remembered.filter(({ step }) => step <= state.step);
    this.around.progressed(this.history, true);
  }

  progress({ records, run }: EngineEvents["run/progress"]): void {
    // A step that was undone (a reset, a divergence) takes its records along.
    const first = records[0]?.step ?? Number.POSITIVE_INFINITY;
    const kept = this.history.filter((record) => record.step < first);
    const restarted = kept.length < this.history.length;
    this.history = [...kept, ...records];
    const before = this.state?.status.kind;
    this.state = run;
    this.around.progressed(restarted ? this.history : records, restarted);
    if (run.status.kind !== before) this.around.changed();
  }

  become(state: RunState): void {
    this.state = state;
    this.around.changed();
  }

  /** The engine is gone, and the training with it; what is shown is what was last known. */
  interrupted(): void {
    if (this.state && this.isTraining) this.state = { ...this.state, status: { kind: "paused" }, stepsPerSecond: null };
  }

  /** The whole run as bytes, or null when it has not begun or the engine cannot say. */
  async checkpoint(): Promise<Uint8Array | null> {
    if (this.step === 0) return null;
    try {
      return await this.client().request("run/checkpoint", this.params);
    } catch (error) {
      if (error instanceof ChannelError) return null; // the newest one that the engine sent by itself still counts
      throw error;
    }
  }

  private get params() {
    return { session: this.around.session };
  }

  private client(): EngineClient {
    return this.around.client();
  }
}
