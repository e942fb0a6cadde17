/**
 * Threads that work on one plan together. Thread 0 is the caller's; the others wait for commands in shared memory: first awake, since the
 * next one mostly comes within microseconds, then asleep. Each command is done when all threads have done their share, so everything
 * written before one command is seen by all in the next.
 */
import { Worker } from "node:worker_threads";
import { instantiate, type KernelExports, type KernelModule } from "./module";

/** Words of the control block. */
export enum Control {
  /** Rises with each command. */
  Generation,
  Command,
  /** Threads that have not finished the present command. */
  Pending,
  /** 1: some thread lacked room for a table. 2: some thread stopped with an error. */
  Failed,
  Size,
}

const COMMANDS = ["end", "prepare", "likelihood", "reduce", "update", "walk", "pullback"] as const;
export type Command = (typeof COMMANDS)[number];

/** What a thread needs to begin. */
export interface ThreadStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly plan: number;
  readonly control: number;
  readonly thread: number;
  readonly threads: number;
}

/** Looks at the control block before a thread goes to sleep; some 50 µs. */
const PATIENCE = 20_000;
/** A helper that takes so much longer than the caller did has died. */
const STALL_MS = 20_000;
const STALL_FACTOR = 20;

export class Crew {
  private readonly exports: KernelExports;
  private readonly control: Int32Array;
  private readonly workers: Worker[] = [];
  private fault: Error | null = null;

  constructor(
    { module }: KernelModule,
    memory: WebAssembly.Memory,
    private readonly plan: number,
    control: number,
    readonly threads: number,
    threadFile: string,
  ) {
    this.exports = instantiate(module, memory);
    this.control = new Int32Array(memory.buffer, control, Control.Size);
    for (let thread = 1; thread < threads; thread++) {
      const workerData: ThreadStart = { module, memory, plan, control, thread, threads };
      this.workers.push(new Worker(threadFile, { workerData }));
    }
    for (const worker of this.workers) {
      worker.on("error", (error) => {
        this.fault = error; // a script that could not be loaded: nobody else is told
      });
      worker.unref();
    }
  }

  /** Does a command on all threads; false if one of them said that it failed. */
  run(command: Command): boolean {
    const { control, workers } = this;
    if (workers.length === 0) return perform(this.exports, command, this.plan, 0, 1) === 0;
    if (this.fault) throw this.fault;
    Atomics.store(control, Control.Command, COMMANDS.indexOf(command));
    Atomics.store(control, Control.Failed, 0);
    Atomics.store(control, Control.Pending, workers.length);
    Atomics.add(control, Control.Generation, 1);
    Atomics.notify(control, Control.Generation);
    const begun = performance.now();
    const lacking = perform(this.exports, command, this.plan, 0, this.threads);
    const limit = STALL_MS + STALL_FACTOR * (performance.now() - begun); // all shares are about as large as this one
    if (!awaitChange(control, Control.Pending, (pending) => pending === 0, limit))
      throw new Error(`a thread of the kernels has not answered for ${(limit / 1000).toFixed(0)} s`);
    const others = Atomics.load(control, Control.Failed);
    if (others === 2) throw new Error("a thread of the kernels stopped with an error");
    return lacking === 0 && others === 0;
  }

  gradientNorm(): number {
    return this.exports.gradientNorm(this.plan);
  }

  end(): void {
    const { control } = this;
    Atomics.store(control, Control.Command, COMMANDS.indexOf("end"));
    Atomics.add(control, Control.Generation, 1);
    Atomics.notify(control, Control.Generation);
    for (const worker of this.workers) void worker.terminate();
  }
}

/** The life of a helping thread: one command after the other. */
export function serveCommands({ module, memory, plan, control: at, thread, threads }: ThreadStart): void {
  const exports = instantiate(module, memory);
  const control = new Int32Array(memory.buffer, at, Control.Size);
  let generation = 0; // a command that was given before this thread existed waits here
  while (true) {
    const seen = generation;
    awaitChange(control, Control.Generation, (present) => present !== seen, Number.POSITIVE_INFINITY);
    generation = Atomics.load(control, Control.Generation);
    const command = COMMANDS[Atomics.load(control, Control.Command)] ?? "end";
    if (command === "end") return;
    try {
      // an error of another thread counts for more than a lack of room
      if (perform(exports, command, plan, thread, threads) !== 0) Atomics.compareExchange(control, Control.Failed, 0, 1);
    } catch (error) {
      Atomics.store(control, Control.Failed, 2); // the caller waits, and is told; the error itself goes to the thread's output
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    }
    if (Atomics.sub(control, Control.Pending, 1) === 1) Atomics.notify(control, Control.Pending);
  }
}

function perform(exports: KernelExports, command: Command, plan: number, thread: number, threads: number): number {
  switch (command) {
    case "prepare":
      return exports.prepare(plan, thread, threads);
    case "likelihood":
      exports.clear(plan, thread);
      exports.likelihood(plan, thread, threads);
      return 0;
    case "pullback":
      exports.clear(plan, thread);
      exports.pullback(plan, thread, threads);
      return 0;
    case "reduce":
      exports.reduce(plan, thread, threads);
      return 0;
    case "update":
      exports.update(plan, thread, threads);
      return exports.prepare(plan, thread, threads); // the same thread has the same layers: nothing to wait for in between
    case "walk":
      exports.walk(plan, thread, threads);
      return 0;
    case "end":
      return 0;
  }
}

/**
 * Waits until a word satisfies the condition, and says whether it did: looks often at first, then sleeps, at most `limit` ms without a
 * change. Only JavaScript waits: Node 20 runs WebAssembly's own instruction wrongly.
 */
function awaitChange(control: Int32Array, index: number, arrived: (value: number) => boolean, limit: number): boolean {
  for (let look = 0; ; look++) {
    const value = Atomics.load(control, index);
    if (arrived(value)) return true;
    if (look > PATIENCE && Atomics.wait(control, index, value, limit) === "timed-out") return false;
  }
}
