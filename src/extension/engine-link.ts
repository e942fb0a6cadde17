/** The one engine process of this window: started on first need, watched, told apart from its successors. */
import * as vscode from "vscode";
import { EngineProcess } from "../launch/engine-process";
import { Listeners } from "../launch/listeners";
import { type Checkpoint, Supervisor } from "../launch/supervisor";
import { ChannelError } from "../protocol/channel";
import type { EngineClient } from "./definition";
import type { Log } from "./log";
import type { EngineDoor } from "./world";

const QUIET_START_MS = 300; // a start is usually over before anyone could read about it
const SLOW_START_MS = 3000; // then it deserves a notification with a way to cancel; sooner, that would only flash up

export class EngineLink implements EngineDoor, vscode.Disposable {
  hello: EngineDoor["hello"] = null;
  private readonly supervisor: Supervisor;
  private readonly starts = new Listeners<EngineProcess>();
  private readonly greetings = new Listeners<void>();
  private readonly deaths = new Listeners<string>();

  /** A new engine runs: it knows no session yet. */
  readonly onStarted = this.starts.add;
  /** It has said what it computes with. */
  readonly onGreeted = this.greetings.add;
  readonly onDied = this.deaths.add;
  readonly onSilent: Supervisor["onSilent"];
  readonly onAnswering: Supervisor["onAnswering"];

  constructor(
    file: string,
    private readonly log: Log,
  ) {
    this.supervisor = new Supervisor(() => new EngineProcess(file));
    this.onSilent = this.supervisor.onSilent;
    this.onAnswering = this.supervisor.onAnswering;
    this.supervisor.onStarted((engine) => this.started(engine));
    this.supervisor.onDied(({ reason }) => {
      this.hello = null;
      log.error(reason);
      this.deaths.tell(reason);
    });
  }

  get isThere(): boolean {
    return this.supervisor.current !== null;
  }

  get isSilent(): boolean {
    return this.supervisor.current?.isSilent ?? false;
  }

  get pid(): number | null {
    return this.supervisor.current?.pid ?? null;
  }

  client(): EngineClient {
    const engine = this.supervisor.ensure("program");
    if (!engine) {
      throw new ChannelError(
        "refused",
        vscode.l10n.t("The engine has ended five times within three minutes. Restart it when you have changed something."),
      );
    }
    return engine.client;
  }

  /** A person wants the engine anew, dead or alive. */
  restart(): void {
    this.hello = null;
    this.supervisor.restart();
  }

  checkpointOf(session: string): Checkpoint | null {
    return this.supervisor.checkpointOf(session);
  }

  forget(session: string): void {
    this.supervisor.forget(session);
  }

  /** Frees the engine's memory while no flow is open; the next one starts it again. */
  async stop(): Promise<void> {
    this.hello = null;
    await this.supervisor.stop();
  }

  dispose(): void {
    void this.stop();
  }

  private started(engine: EngineProcess): void {
    this.log.info(vscode.l10n.t("Engine started, process {0}.", String(engine.pid ?? "?")));
    engine.onOutput((text) => this.log.warn(text));
    engine.client.on("engine/log", ({ level, text }) => this.log[level](text));
    this.starts.tell(engine);
    void this.greet(engine);
  }

  private async greet(engine: EngineProcess): Promise<void> {
    const greeting = engine.client.request("engine/hello", {}).then(
      (hello) => {
        this.hello = hello;
        this.log.info(vscode.l10n.t("Backend: {0}. {1}", hello.backend, hello.note ?? ""));
        this.greetings.tell();
      },
      () => {}, // its ending is told by onDied
    );
    if (await isOver(greeting, QUIET_START_MS)) return;
    const title = vscode.l10n.t("Starting the flow engine");
    void vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () => greeting);
    if (await isOver(greeting, SLOW_START_MS)) return;
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title, cancellable: true },
      async (_progress, token) => {
        const cancelling = token.onCancellationRequested(() => engine.kill());
        await greeting;
        cancelling.dispose();
      },
    );
  }
}

/** Whether something ends within a time. */
function isOver(work: Promise<void>, ms: number): Promise<boolean> {
  return Promise.race([work.then(() => true), new Promise<false>((resolve) => setTimeout(() => resolve(false), ms))]);
}
