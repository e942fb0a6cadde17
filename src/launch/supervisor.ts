/** Keeps one engine process: starts it when asked, remembers the newest checkpoint of each session, refuses to restart in a loop. */
import type { EngineEnding, EngineProcess } from "./engine-process";
import { Listeners } from "./listeners";

export const DEATHS_BEFORE_REFUSAL = 5;
export const DEATHS_WINDOW_MS = 3 * 60_000; // the rule of language clients: five crashes in three minutes

/** Parameters, optimizer and step of a run, as the engine sent them. */
export interface Checkpoint {
  readonly revision: number;
  readonly step: number;
  readonly bytes: Uint8Array;
}

/** Who wants an engine: a person who pressed a button is never refused. */
type Asker = "person" | "program";

export class Supervisor {
  private engine: EngineProcess | null = null;
  private readonly checkpoints = new Map<string, Checkpoint>();
  private deaths: number[] = [];
  private readonly starts = new Listeners<EngineProcess>();
  private readonly endings = new Listeners<EngineEnding>();
  private readonly silences = new Listeners<number>();
  private readonly answers = new Listeners<void>();

  readonly onStarted = this.starts.add;
  /** Tells that the present engine is gone. One that was replaced or stopped through here is no news. */
  readonly onDied = this.endings.add;
  readonly onSilent = this.silences.add;
  readonly onAnswering = this.answers.add;

  constructor(
    private readonly launch: () => EngineProcess,
    private readonly now: () => number = Date.now,
  ) {}

  /** The engine that runs now, or null. */
  get current(): EngineProcess | null {
    return this.engine;
  }

  /** The running engine, or a new one; null when it died so often that only a person may start it again. */
  ensure(asker: Asker): EngineProcess | null {
    if (this.engine) return this.engine;
    if (asker === "program" && this.recentDeaths() >= DEATHS_BEFORE_REFUSAL) return null;
    return this.start();
  }

  /** Ends the present engine, however it does, and starts another. */
  restart(): EngineProcess {
    const former = this.engine;
    this.engine = null;
    former?.kill();
    return this.start();
  }

  async stop(): Promise<void> {
    const former = this.engine;
    this.engine = null;
    await former?.stop();
  }

  checkpointOf(session: string): Checkpoint | null {
    return this.checkpoints.get(session) ?? null;
  }

  keepCheckpoint(session: string, checkpoint: Checkpoint): void {
    this.checkpoints.set(session, checkpoint);
  }

  forget(session: string): void {
    this.checkpoints.delete(session);
  }

  private start(): EngineProcess {
    const engine = this.launch();
    this.engine = engine;
    engine.client.on("run/checkpoint", ({ session, revision, step, checkpoint }) => {
      this.keepCheckpoint(session, { revision, step, bytes: checkpoint });
    });
    engine.onSilent((seconds) => engine === this.engine && this.silences.tell(seconds));
    engine.onAnswering(() => engine === this.engine && this.answers.tell());
    engine.onEnded((ending) => {
      if (engine !== this.engine) return; // replaced or stopped by us
      this.engine = null;
      if (!ending.expected) this.deaths.push(this.now());
      this.endings.tell(ending);
    });
    this.starts.tell(engine);
    return engine;
  }

  private recentDeaths(): number {
    const since = this.now() - DEATHS_WINDOW_MS;
    this.deaths = this.deaths.filter((time) => time > since);
    return this.deaths.length;
  }
}
