/** The engine as a process of its own, seen from its parent: the extension host or the command line. */
import { type ChildProcess, fork } from "node:child_process";
import { Client, describe, type Port } from "../protocol/channel";
import type { EngineEvents, EngineMethods } from "../protocol/engine";
import { type EngineEnding, explainEnding } from "./ending";
import { Heartbeat } from "./heartbeat";
import { Listeners } from "./listeners";

export type { EngineEnding } from "./ending";

const STOP_PATIENCE_MS = 2000; // a step in flight may end and a last checkpoint be written; then the process is killed
const LAST_MESSAGES_MS = 100; // after `exit`, messages already sent may still be in the pipes
const LAST_WORDS_LENGTH = 4000;

interface EngineOptions {
  /** Node to run it with; the parent's own by default. */
  readonly execPath?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly workingDirectory?: string;
}

export class EngineProcess {
  readonly client: Client<EngineMethods, EngineEvents>;
  private readonly child: ChildProcess | null;
  private readonly heartbeat: Heartbeat | null = null;
  private readonly endings = new Listeners<EngineEnding>();
  private readonly output = new Listeners<string>();
  private readonly ended: Promise<EngineEnding>;
  private ending: EngineEnding | null = null;
  private stopping = false;
  private lastWords = "";

  /** What the engine and its runtime print, as it comes. */
  readonly onOutput = this.output.add;
  readonly onSilent: (listener: (seconds: number) => void) => () => void;
  readonly onAnswering: (listener: () => void) => () => void;

  constructor(file: string, options: EngineOptions = {}) {
    let resolveEnded: (ending: EngineEnding) => void = () => {};
    this.ended = new Promise((resolve) => {
      resolveEnded = resolve;
    });
    this.endings.add(resolveEnded);

    this.child = this.spawn(file, options);
    this.client = new Client(portOf(this.child));
    if (this.child && this.ending === null) this.heartbeat = new Heartbeat(() => this.client.request("engine/hello", {}));
    this.onSilent = this.heartbeat?.onSilent ?? (() => () => {});
    this.onAnswering = this.heartbeat?.onAnswering ?? (() => () => {});
  }

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  get isRunning(): boolean {
    return this.ending === null;
  }

  get isSilent(): boolean {
    return this.heartbeat?.isSilent ?? false;
  }

  /** Tells every ending, also one that {@link stop} asked for; an engine that has ended already tells it at once. */
  onEnded(listener: (ending: EngineEnding) => void): () => void {
    if (this.ending === null) return this.endings.add(listener);
    const { ending } = this;
    queueMicrotask(() => listener(ending));
    return () => {};
  }

  /** Closes the channel, on which the engine ends by itself; kills it when it does not. */
  async stop(): Promise<EngineEnding> {
    if (this.ending !== null || !this.child) return this.ended;
    this.stopping = true;
    if (this.child.connected) this.child.disconnect();
    const killer = setTimeout(() => this.kill(), STOP_PATIENCE_MS);
    try {
      return await this.ended;
    } finally {
      clearTimeout(killer);
    }
  }

  /** Ends it at once; for an engine that does not answer. */
  kill(): void {
    this.stopping = true;
    this.child?.kill("SIGKILL");
  }

  private spawn(file: string, options: EngineOptions): ChildProcess | null {
    let child: ChildProcess;
    try {
      child = fork(file, [], {
        serialization: "advanced", // typed arrays arrive as typed arrays
        execArgv: [], // the extension host's own flags are not for us
        env: withoutEditorVariables(options.env ?? process.env),
        stdio: ["ignore", "pipe", "pipe", "ipc"],
        ...(options.execPath === undefined ? {} : { execPath: options.execPath }),
        ...(options.workingDirectory === undefined ? {} : { cwd: options.workingDirectory }),
      });
    } catch (error) {
      queueMicrotask(() => this.finish(null, null, describe(error)));
      return null;
    }
    child.on("error", (error) => {
      // Without a pid it never ran. With one, the error is that of a message to a process that is ending: `exit` tells the rest.
      if (child.pid === undefined) this.finish(null, null, describe(error));
    });
    child.on("disconnect", () => {
      this.client.dispose("the engine has ended");
      // An engine that closes its channel but lives on cannot be reached any more.
      setTimeout(() => child.kill("SIGKILL"), STOP_PATIENCE_MS).unref();
    });
    // `close` comes when the pipes are empty, so that last messages and last words are not lost; a pipe held open does not delay us.
    child.on("exit", (code, signal) => setTimeout(() => this.finish(code, signal, null), LAST_MESSAGES_MS));
    child.on("close", (code, signal) => this.finish(code, signal as string | null, null));
    child.stdout?.on("data", (chunk) => this.output.tell(String(chunk)));
    child.stderr?.on("data", (chunk) => {
      this.lastWords = (this.lastWords + String(chunk)).slice(-LAST_WORDS_LENGTH);
      this.output.tell(String(chunk));
    });
    return child;
  }

  private finish(code: number | null, signal: string | null, spawnError: string | null): void {
    if (this.ending !== null) return;
    this.ending = explainEnding({ code, signal, spawnError, lastWords: this.lastWords, stopped: this.stopping });
    this.heartbeat?.stop();
    this.client.dispose(this.ending.reason);
    this.endings.tell(this.ending);
  }
}

function portOf(child: ChildProcess | null): Port {
  return {
    // With a callback, a message to a process that has just ended is reported to it instead of being thrown as an `error` event;
    // the pending request is settled by the ending.
    post: (message) => child?.send(message as object, () => {}),
    onMessage: (listener) => child?.on("message", listener),
  };
}

/** VS Code's own variables (its sockets, its error handling) would make the child take itself for an extension host. */
function withoutEditorVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("VSCODE_")));
}
