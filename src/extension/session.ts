/**
 * One document's flow: its definition, its run, its pictures and pins. It belongs to the document and not to a page, so that a run
 * goes on when its view is closed. Knows nothing of VS Code.
 */
import { Listeners } from "../launch/listeners";
import { ChannelError } from "../protocol/channel";
import type { EngineEvents } from "../protocol/engine";
import type { Fault, Frame, Progress } from "../protocol/model";
import type { ViewState } from "../protocol/view";
import { Definition, type EngineClient } from "./definition";
import { KeptRuns } from "./kept-runs";
import { isExpected, Pictures } from "./pictures";
import { PinBoard } from "./pin-board";
import { Run } from "./run";
import { type Trouble, viewState } from "./view-state";
import { type DocumentDoor, Refusal, type World } from "./world";

export class Session {
  readonly definition: Definition;
  readonly run: Run;
  readonly pictures: Pictures;
  readonly pins: PinBoard;
  private readonly changes = new Listeners<void>();
  private readonly ticks = new Listeners<void>();
  private readonly selections = new Listeners<void>();
  private trouble: Trouble | null = null;
  private disposed = false;
  private hovering: AbortController | null = null;

  /** Tells every change of what {@link state} says, except new numbers of a run. */
  readonly onChanged = this.changes.add;
  /** Tells new numbers of a run, many times a second. */
  readonly onTick = this.ticks.add;
  /** Tells that another stage or pin is selected. */
  readonly onSelected = this.selections.add;

  constructor(
    readonly id: string,
    private readonly world: World,
    public document: DocumentDoor,
    readonly keptRuns: KeptRuns = new KeptRuns(),
  ) {
    const client = () => this.engine;
    const runningClient = () => (world.engine.isThere ? world.engine.client() : null);
    const changed = () => this.changed();
    const failed = (error: unknown) => this.failed(error);
    const isTraining = () => this.run.isTraining;
    const tell = { session: id, changed, failed };
    this.run = new Run({ ...tell, client, progressed: (records, restarted) => this.progressed(records, restarted) });
    this.definition = new Definition({
      ...tell,
      client,
      text: () => this.document.text(),
      folder: () => this.document.folder(),
      limits: () => world.limits(),
      keptRuns,
      recalled: this.recall().catch(failed),
      isTraining,
      leaving: () => this.keepRun(),
      carryOver: (open) => this.carryOver(open),
      opened: async (opened, run, isSameRun) => {
        await this.run.opened(run, isSameRun ? this.run.history : (keptRuns.find(opened.text)?.history ?? []));
        this.changed();
        this.pictures.opened();
      },
    });
    this.pictures = new Pictures({
      ...tell,
      client: runningClient,
      opened: () => this.definition.opened,
      renewed: () => void this.pins.retrace(),
    });
    this.pins = new PinBoard({
      load: () => this.document.loadPins(),
      save: (pins) => this.document.savePins(pins),
      dim: () => this.definition.opened?.summary.dim ?? null,
      trace: async (points) => (await runningClient()?.request("evaluate/points", { session: id, points })) ?? null,
      changed: () => this.pictures.audience.tell("pins", this.pins.traces),
      failed,
    });
  }

  get state(): ViewState {
    const { document, definition, run, trouble, world } = this;
    return viewState({ document, definition, run, trouble, say: world.say, engine: world.engine.hello });
  }

  /** Faults and warnings, and the text that their places belong to. */
  get problems(): { readonly text: string; readonly list: readonly Fault[] } | null {
    const { findings } = this.definition;
    return findings && { text: findings.text, list: [...findings.faults, ...findings.warnings] };
  }

  /** The engine, started if need be; after a death only {@link engineStarted} makes it usable again. */
  get engine(): EngineClient {
    if (this.trouble?.kind === "engine-ended") throw new ChannelError("closed", this.trouble.reason);
    return this.world.engine.client();
  }

  async train(): Promise<void> {
    await this.readyToRun();
    await this.run.train();
  }

  pause(): Promise<void> {
    return this.run.pause();
  }

  async step(steps: number): Promise<void> {
    await this.readyToRun();
    await this.run.steps(steps);
  }

  /** After a divergence: from the last good state with half the learning rate. */
  async resumeGently(): Promise<void> {
    await this.readyToRun();
    await this.run.resumeGently();
  }

  /** Refuses what {@link reset} would refuse. */
  async readyToReset(): Promise<void> {
    this.allowRun();
    await this.definition.settle();
    if ((this.definition.findings?.faults.length ?? 0) > 0) throw new Refusal(this.world.say.fixFirst);
  }

  /** Back to step 0, with the text as it is now. */
  async reset(): Promise<void> {
    await this.readyToReset();
    if (this.run.isTraining) await this.run.pause();
    await this.definition.settle();
    const text = this.definition.opened?.text;
    if (text === undefined) throw new Refusal(this.world.say.nothingOpened);
    this.keptRuns.drop(text);
    this.document.dropRun();
    await this.run.reset();
    this.world.engine.forget(this.id); // else a restarted engine would bring back what was thrown away
  }

  select(choice: { readonly stage?: number; readonly pin?: string | null }): void {
    if (this.pictures.select(choice)) this.selections.tell();
  }

  /** Numbers of one point; an older question is withdrawn. */
  async traceHover(x: readonly number[], signal: AbortSignal) {
    this.hovering?.abort();
    const controller = new AbortController();
    this.hovering = controller;
    signal.addEventListener("abort", () => controller.abort());
    const points = Float32Array.from(x);
    const { step, traces } = await this.engine.request("evaluate/points", { session: this.id, points }, controller.signal);
    const trace = traces[0];
    if (!trace) throw new ChannelError("no-trace", "the engine traced no point");
    return { step, trace };
  }

  runProgressed(event: EngineEvents["run/progress"]): void {
    if (!this.isStale(event.revision)) this.run.progress(event);
  }

  runChanged(event: EngineEvents["run/state"]): void {
    if (this.isStale(event.revision)) return;
    this.run.become(event.run);
    // While someone looks, pins follow the pictures; else they follow the run whenever it rests.
    if (!this.run.isTraining && !this.pictures.audience.isWatching) void this.pins.retrace();
  }

  frameArrived(frame: Frame): void {
    this.pictures.arrived(frame);
    this.ticks.tell(); // a frame brings the NLL over all held-out points
  }

  /** A new engine knows nothing: it is given the definition and the newest checkpoint. The run stays paused until someone asks. */
  engineStarted(): void {
    if (!this.trouble && !this.definition.opened) return; // this session's own first question started it
    this.run.interrupted();
    this.trouble = null;
    this.changed();
    const text = this.definition.opened?.text;
    const newest = this.world.engine.checkpointOf(this.id);
    const kept = text === undefined ? null : this.keptRuns.find(text);
    void this.definition.reopen(newest && newest.step >= (kept?.step ?? 0) ? newest.bytes : (kept?.checkpoint ?? null));
  }

  engineDied(reason: string): void {
    this.run.interrupted();
    this.trouble = { kind: "engine-ended", reason, safeStep: this.world.engine.checkpointOf(this.id)?.step ?? null };
    this.changed();
  }

  engineSilent(seconds: number): void {
    this.trouble = { kind: "engine-silent", seconds };
    this.changed();
  }

  engineAnswers(): void {
    this.trouble = null;
    this.changed();
  }

  /** Keeps the run as it is now, or else as its newest checkpoint has it, for the time when its definition comes back. */
  async keepRun(): Promise<void> {
    const { opened } = this.definition;
    const { step, history } = this.run;
    if (!opened || step === 0) return;
    const present = await this.run.checkpoint();
    if (present) return this.keptRuns.keep({ text: opened.text, step, checkpoint: present, history });
    const newest = this.world.engine.checkpointOf(this.id);
    if (newest?.revision === opened.revision)
      this.keptRuns.keep({ text: opened.text, step: newest.step, checkpoint: newest.bytes, history });
  }

  /** The engine sent the state of the run: it goes to disk, for the next window. */
  checkpointArrived({ revision, step, checkpoint }: EngineEvents["run/checkpoint"]): void {
    const { opened } = this.definition;
    if (opened?.revision === revision && step > 0)
      this.document.saveRun({ text: opened.text, step, checkpoint, history: this.run.history });
  }

  /** Writes the newest checkpoint once more, under the document's new name. */
  archive(): void {
    const newest = this.world.engine.checkpointOf(this.id);
    if (newest) this.checkpointArrived({ session: this.id, revision: newest.revision, step: newest.step, checkpoint: newest.bytes });
  }

  /** What an earlier window left on disk, unless this one knows a later state. */
  private async recall(): Promise<void> {
    const run = await this.document.loadRun();
    if (run && (this.keptRuns.find(run.text)?.step ?? 0) < run.step) this.keptRuns.keep(run);
  }

  /** Ends the session; its run is kept for the case that the document is opened again. */
  async close(): Promise<void> {
    if (this.disposed) return;
    if (this.world.engine.isThere && this.definition.opened) {
      await this.keepRun();
      if (this.world.engine.isThere) this.engine.request("flow/close", { session: this.id }).catch((error: unknown) => this.failed(error));
    }
    this.disposed = true;
    this.definition.dispose();
    this.pictures.audience.dispose();
    this.world.engine.forget(this.id);
  }

  changed(): void {
    if (this.disposed) return;
    this.pictures.audience.tell("state", this.state);
    this.changes.tell();
  }

  private progressed(records: readonly Progress[], restarted: boolean): void {
    if (this.disposed || !this.run.state) return;
    this.pictures.audience.tell("progress", { records, run: this.run.state, restarted });
    this.ticks.tell();
  }

  /** Opens another text for the same run: it goes on from where it is, and trains on if it trained. */
  private async carryOver(open: (checkpoint: Uint8Array | null) => Promise<void>): Promise<void> {
    const wasTraining = this.run.isTraining;
    if (wasTraining) await this.run.pause();
    await open(await this.run.checkpoint());
    if (wasTraining) await this.run.train();
  }

  private async readyToRun(): Promise<void> {
    this.allowRun();
    if (this.trouble?.kind === "engine-ended") throw new Refusal(this.trouble.reason);
    await this.definition.settle();
    if ((this.definition.findings?.faults.length ?? 0) > 0) throw new Refusal(this.world.say.fixFirst);
    if (!this.definition.opened || this.definition.blank) throw new Refusal(this.world.say.nothingOpened);
  }

  private allowRun(): void {
    const permission = this.document.permission();
    if (!permission.allowed) throw new Refusal(permission.why);
  }

  private isStale(revision: number): boolean {
    return revision < (this.definition.opened?.revision ?? 0);
  }

  private failed(error: unknown): void {
    if (isExpected(error) || this.disposed) return;
    if (error instanceof ChannelError && error.code === "refused") this.engineDied(error.message);
    else this.world.report(error);
  }
}
