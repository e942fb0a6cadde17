/** bench/torch_twin.py as a process that is asked one line at a time. */
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import type { JobName } from "./jobs";
import { SAMPLES, type Side, TRACED, WINDOW } from "./side";

const PYTHON = "/usr/bin/python3"; // Debian's torch is built for the system's Python
const PROGRAM = path.join(__dirname, "torch_twin.py");
/**
 * Freed memory stays with the process: given back and asked for again in every step it costs torch up to a third of its time (measured).
 * It takes no more memory at the peak.
 */
const KEEP_MEMORY = { MALLOC_MMAP_THRESHOLD_: "1073741824", MALLOC_TRIM_THRESHOLD_: "2147483647" };

/** The libraries that a twin can be written with instead, and the jobs that they know. */
export const LIBRARIES: Readonly<Record<string, readonly JobName[]>> = {
  zuko: ["J1", "J2", "J3", "J9"],
  nflows: ["J1", "J2", "J3", "J4", "J9"],
  normflows: ["J1", "J2", "J4", "J5", "J9"],
};

export interface TwinOptions {
  /** Table of points, for the job that has no toy. */
  readonly csv?: string;
  readonly library?: string;
  /** Folder with the library's checkout. */
  readonly directory?: string;
}

interface Answer {
  readonly torch?: string;
  readonly python?: string;
  readonly blas?: string;
  readonly library?: string | null;
  readonly nll?: number | null;
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export class TorchTwin implements Side {
  private readonly child: ChildProcess;
  private readonly waiting: Waiting[] = [];
  private readonly ended: Promise<void>;
  private ending: Error | null = null;
  private lastWords = "";

  constructor(job: JobName, threads: number, options: TwinOptions = {}) {
    const child = spawn(PYTHON, ["-B", "-W", "ignore", PROGRAM, job, String(threads), JSON.stringify(options)], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...KEEP_MEMORY },
    });
    this.child = child;
    createInterface({ input: child.stdout }).on("line", (line) => this.waiting.shift()?.resolve(JSON.parse(line) as Answer));
    child.stderr.on("data", (chunk) => {
      this.lastWords = (this.lastWords + String(chunk)).slice(-2000);
    });
    child.stdin.on("error", () => {}); // a question to a process that is ending: `close` tells the rest
    this.ended = new Promise((resolve) => {
      const finish = (reason: string) => {
        this.ending = new Error(reason);
        for (const { reject } of this.waiting.splice(0)) reject(this.ending);
        resolve();
      };
      child.on("error", ({ message }) => finish(message));
      child.on("close", (code) => finish(this.lastWords.trim().split("\n").at(-1) || `the twin ended with ${code}`));
    });
  }

  get pid(): number | null {
    return this.child.pid ?? null;
  }

  hello = () => this.ask({ do: "hello" });
  step = (steps: number) => this.ask({ do: "steps", steps });
  grid = (resolution: number) => this.ask({ do: "grid", resolution, ...WINDOW });
  trace = () => this.ask({ do: "trace", count: TRACED });
  samples = () => this.ask({ do: "samples", count: SAMPLES });
  nll = async () => (await this.ask({ do: "nll" })).nll ?? Number.NaN;

  end(): Promise<void> {
    this.child.stdin?.end();
    return this.ended;
  }

  private ask(question: object): Promise<Answer> {
    if (this.ending) return Promise.reject(this.ending);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.child.stdin?.write(`${JSON.stringify(question)}\n`);
    });
  }
}

export type TorchState = { readonly ok: true; readonly versions: string } | { readonly ok: false; readonly because: string };

/** Whether there is a PyTorch that it is fair to compare with, and if not, why. */
export async function inspectTorch(): Promise<TorchState> {
  const twin = new TorchTwin("J1", 1);
  try {
    await twin.step(1);
    const { torch, python, blas } = await twin.hello();
    if (blas === "reference")
      return {
        ok: false,
        because: `torch ${torch} would run on the reference BLAS, about 5 times slower than it can; apt-get install libopenblas0-pthread`,
      };
    return { ok: true, versions: `torch ${torch} (${blas}), Python ${python}` };
  } catch (error) {
    return { ok: false, because: `${PYTHON} cannot run the torch twin: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    await twin.end();
  }
}
