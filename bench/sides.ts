/** Our sides: the engine process as the editor starts it, and one of its compute threads alone. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { startThread, type Thread } from "../src/engine/thread";
import { Random } from "../src/flows/random";
import { drawMany } from "../src/flows/targets/target";
import { moons } from "../src/flows/targets/toys";
import { EngineProcess } from "../src/launch/engine-process";
import type { FlowSummary, Frame } from "../src/protocol/model";
import { SAMPLES, type Side, TRACED, WINDOW } from "./side";

/** How the engine is asked to compute; `threads: 0` lets it choose. */
export interface Setting {
  readonly kernels: "auto" | "off";
  readonly threads: number;
}

export const AS_SHIPPED: Setting = { kernels: "auto", threads: 0 };
const SESSION = "bench";
const SAMPLING = "bench-samples";

const limitsOf = (setting: Setting) => ({ memoryBytes: Number.MAX_SAFE_INTEGER, ...setting });

export class Engine implements Side {
  private readonly process: EngineProcess;
  /** Number of the last stage: the data end. */
  private stage = 0;
  private validation: number | null = null;
  private hasSampling = false;

  constructor(
    dist: string,
    private readonly setting: Setting = AS_SHIPPED,
    private readonly folder: string | null = null,
  ) {
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

  /** What the engine has against a definition, or null. */
  async objection(text: string): Promise<string | null> {
    const answer = await this.process.client.request("flow/check", { text, folder: this.folder, limits: limitsOf(this.setting) });
    if (answer.ok) return null;
    const [fault] = answer.faults;
    const unknown = fault?.code === "schema/unknown-value" ? /"([^"]+)" is not known/.exec(fault.message)?.[1] : undefined;
    if (unknown === undefined) return `the definition is not accepted: ${fault?.message ?? "no reason given"}`;
    return `not yet: no \`${unknown}\` ${fault?.path[0] === "layers" ? "layer" : String(fault?.path.at(-2) ?? "entry")}`;
  }

  async open(text: string): Promise<FlowSummary> {
    const summary = await this.openAs(SESSION, text);
    this.stage = summary.layers.length;
    return summary;
  }

  /** The same flow with another solver, which samples are drawn with. */
  async openForSamples(text: string): Promise<void> {
    await this.openAs(SAMPLING, text);
    this.hasSampling = true;
  }

  async step(steps: number): Promise<void> {
    const run = await this.process.client.request("run/step", { session: SESSION, steps });
    if (run.status.kind === "diverged") throw new Error(run.status.message);
    this.validation = run.validation;
  }

  grid(resolution: number): Promise<unknown> {
    const side = [WINDOW.low, WINDOW.high] as const;
    return this.process.client.request("evaluate/density", { session: SESSION, stage: this.stage, window: [side, side], resolution });
  }

  trace(): Promise<unknown> {
    const points = drawMany(moons, { noise: 0.1 } as never, TRACED, new Random("bench", "traced"));
    return this.process.client.request("evaluate/points", { session: SESSION, points });
  }

  samples(): Promise<unknown> {
    return this.process.client.request("evaluate/samples", { session: this.hasSampling ? SAMPLING : SESSION, n: SAMPLES });
  }

  /** Of the validation that ends every segment of steps; of a whole picture where training has none. */
  async nll(): Promise<number> {
    if (this.validation !== null) return this.validation;
    const { health } = await this.process.client.request("evaluate/frame", { session: SESSION, stage: this.stage });
    return health?.nll ?? Number.NaN;
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

  private async openAs(session: string, text: string): Promise<FlowSummary> {
    const opening = { session, revision: 1, text, folder: this.folder, limits: limitsOf(this.setting), checkpoint: null };
    const answer = await this.process.client.request("flow/open", opening);
    if (!answer.ok) throw new Error(answer.faults.map((fault) => fault.message).join("\n"));
    return answer.summary;
  }
}

/** A compute thread of the same bundle in this process: no process border, no sessions. */
export class ComputeThread {
  private constructor(private readonly thread: Thread) {}

  static async start(dist: string, text: string): Promise<ComputeThread> {
    const say = (text: string) => process.stderr.write(`${text}\n`);
    const thread = await startThread(dist, say, say);
    const definition = { text, folder: null, limits: limitsOf(AS_SHIPPED), checkpoint: null };
    await thread.client.request("flow/load", { key: SESSION, definition });
    return new ComputeThread(thread);
  }

  step(steps: number): Promise<unknown> {
    return this.thread.client.request("run/step", { key: SESSION, steps });
  }

  end(): Promise<void> {
    return this.thread.end();
  }
}

/** Largest resident memory of a process so far, MB; null where the system does not tell, or the process has ended. */
export function peakMb(pid: number | null): number | null {
  const status = `/proc/${pid}/status`;
  if (pid === null || !existsSync(status)) return null;
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, "utf8"))?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / 1000;
}
