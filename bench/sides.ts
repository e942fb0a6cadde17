/** Our sides: the engine process as the editor starts it, and one of its compute threads alone. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { startThread, type Thread } from "../src/engine/thread";
import { EngineProcess } from "../src/launch/engine-process";
import type { FlowSummary, Frame } from "../src/protocol/model";

export const GRID = { resolution: 256, low: -4, high: 4 };
const LIMITS = { memoryBytes: Number.MAX_SAFE_INTEGER };
const SESSION = "bench";

/** What can be asked of every side of a comparison. */
export interface Side {
  step(steps: number): Promise<unknown>;
  /** log-density on the grid that {@link GRID} describes. */
  grid(): Promise<unknown>;
  /** Mean NLL of held-out points, nats. */
  nll(): Promise<number>;
  readonly pid: number | null;
  end(): Promise<void>;
}

export class Engine implements Side {
  private readonly process: EngineProcess;
  /** Number of the last stage: the data end. */
  private stage = 0;
  private validation = Number.NaN;

  constructor(dist: string) {
    this.process = new EngineProcess(path.join(dist, "engine.js"));
    this.process.onOutput((text) => process.stderr.write(text));
    this.process.client.on("engine/log", ({ text }) => process.stderr.write(`${text}\n`));
  }

  get pid(): number | null {
    return this.process.pid;
  }

  get backend(): Promise<string> {
    return this.process.client.request("engine/hello", {}).then(({ backend }) => backend);
  }

  async open(text: string): Promise<FlowSummary> {
    const opening = { session: SESSION, revision: 1, text, folder: null, limits: LIMITS, checkpoint: null };
    const answer = await this.process.client.request("flow/open", opening);
    if (!answer.ok) throw new Error(answer.faults.map((fault) => fault.message).join("\n"));
    this.stage = answer.summary.layers.length;
    return answer.summary;
  }

  async step(steps: number): Promise<void> {
    const run = await this.process.client.request("run/step", { session: SESSION, steps });
    if (run.status.kind === "diverged") throw new Error(run.status.message);
    this.validation = run.validation ?? Number.NaN;
  }

  grid(): Promise<unknown> {
    const side = [GRID.low, GRID.high] as const;
    const question = { session: SESSION, stage: this.stage, window: [side, side] as const, resolution: GRID.resolution };
    return this.process.client.request("evaluate/density", question);
  }

  /** Of the validation that ends every segment of steps. */
  async nll(): Promise<number> {
    return this.validation;
  }

  /** Whether frames are wanted; the data end is attended. */
  async attend(live: boolean): Promise<void> {
    await this.process.client.request("view/attend", { session: SESSION, stage: this.stage, live });
  }

  onFrame(listener: (frame: Frame) => void): void {
    this.process.client.on("view/frame", ({ frame }) => listener(frame));
  }

  onProgress(listener: () => void): () => void {
    return this.process.client.on("run/progress", listener);
  }

  /** Tells the engine that a view has drawn a frame and may be sent the next one. */
  async drawn({ sequence }: Frame): Promise<void> {
    await this.process.client.request("view/drawn", { session: SESSION, sequence });
  }

  async end(): Promise<void> {
    await this.process.stop();
  }
}

/** A compute thread of the same bundle in this process: no process border, no sessions. */
export class ComputeThread {
  private constructor(private readonly thread: Thread) {}

  static async start(dist: string, text: string): Promise<ComputeThread> {
    const thread = await startThread(dist, (reason) => process.stderr.write(`${reason}\n`));
    await thread.client.request("flow/load", { key: SESSION, definition: { text, folder: null, limits: LIMITS, checkpoint: null } });
    return new ComputeThread(thread);
  }

  step(steps: number): Promise<unknown> {
    return this.thread.client.request("run/step", { key: SESSION, steps });
  }

  end(): Promise<void> {
    return this.thread.end();
  }
}

/** Largest resident memory of a process so far, MB; null where the system does not tell. */
export function peakMb(pid: number | null): number | null {
  if (pid === null || process.platform !== "linux") return null;
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / 1000;
}
