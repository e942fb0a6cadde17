/** How many multiply-adds this machine can do in WebAssembly: a loop that touches nothing but registers. */
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { spreadOf } from "./measure";

export interface Peak {
  /** GFLOP/s of one thread and of all that are compared, by number of threads. */
  readonly gflops: Readonly<Record<number, number>>;
  /** "relaxed_madd" where this Node has it, else "mul and add". */
  readonly instruction: string;
}

const CHAINS = 12; // independent sums: more than the latency of a multiply-add, fewer than there are registers
const FLOPS = CHAINS * 4 * 2;
const SPIN_MS = 150;
const ROUNDS = 5;
const RELAXED = "relaxed_madd";
const PLAIN = "mul and add";

/** x ← x/2 + 1 in every lane: stays near 2, so that no value is special. */
function source(instruction: string): string {
  const step = (x: string) => (instruction === RELAXED ? `f32x4.relaxed_madd(${x}, half, one)` : `f32x4.add(f32x4.mul(${x}, half), one)`);
  const chains = Array.from({ length: CHAINS }, (_, i) => `x${i}`);
  return `export function spin(turns: i32): f32 {
  const half = f32x4.splat(0.5), one = f32x4.splat(1);
  let ${chains.map((x, i) => `${x} = f32x4.splat(${i + 1})`).join(", ")};
  for (let i = 0; i < turns; i++) { ${chains.map((x) => `${x} = ${step(x)};`).join(" ")} }
  return f32x4.extract_lane(${chains.reduce((sum, x) => `f32x4.add(${sum}, ${x})`)}, 0);
}`;
}

const SPINNER = `
const { parentPort, workerData } = require("node:worker_threads");
const { spin } = new WebAssembly.Instance(new WebAssembly.Module(workerData.wasm)).exports;
const rate = (turns) => { const begun = performance.now(); spin(turns); return turns / (performance.now() - begun); };
let turns = rate(1e6) * ${SPIN_MS};
turns = rate(turns) * ${SPIN_MS}; // by now it is optimised code
parentPort.on("message", () => parentPort.postMessage(rate(turns)));
parentPort.postMessage(0);
`;

export async function measurePeak(threads: readonly number[]): Promise<Peak> {
  if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd"); // later versions have it on
  const relaxed = await assemble(RELAXED);
  const instruction = WebAssembly.validate(relaxed as BufferSource) ? RELAXED : PLAIN;
  const wasm = instruction === RELAXED ? relaxed : await assemble(PLAIN);
  const gflops: Record<number, number> = {};
  for (const count of threads) gflops[count] = await together(wasm, count);
  return { gflops, instruction };
}

/** Named in a variable: the package's types would declare a `require` of their own for the whole project. */
const COMPILER: string = "assemblyscript/asc";

interface Compiler {
  compileString(
    source: string,
    options: object,
  ): Promise<{ readonly error: Error | null; readonly binary: Uint8Array | null; readonly stderr: { toString(): string } }>;
}

async function assemble(instruction: string): Promise<Uint8Array> {
  const { default: asc } = (await import(COMPILER)) as { readonly default: Compiler };
  const options = { optimizeLevel: 3, noAssert: true, runtime: "stub", enable: ["simd", "relaxed-simd"] };
  const { error, binary, stderr } = await asc.compileString(source(instruction), options);
  if (error || !binary) throw new Error(`the peak loop did not compile: ${error?.message ?? ""} ${stderr.toString()}`);
  return binary;
}

/** GFLOP/s of threads that spin at the same time: the best round, since a peak is what can be reached. */
async function together(wasm: Uint8Array, count: number): Promise<number> {
  const workers = Array.from({ length: count }, () => new Worker(SPINNER, { eval: true, workerData: { wasm } }));
  const next = (worker: Worker) => new Promise<number>((resolve, reject) => worker.once("message", resolve).once("error", reject));
  try {
    await Promise.all(workers.map(next));
    const rounds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const answers = Promise.all(workers.map(next));
      for (const worker of workers) worker.postMessage(null);
      rounds.push((await answers).reduce((sum, turnsPerMs) => sum + (turnsPerMs * FLOPS) / 1e6, 0));
    }
    return spreadOf(rounds).max;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
