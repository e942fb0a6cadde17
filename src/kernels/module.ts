/** The compiled kernels: with relaxed SIMD (fused multiply-add) where this machine has it, else with plain SIMD. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { setFlagsFromString } from "node:v8";

export type Variant = "relaxed SIMD" | "SIMD";

export interface KernelModule {
  readonly module: WebAssembly.Module;
  readonly variant: Variant;
}

/** The functions of assembly/index.ts. Addresses and sizes are numbers. */
export interface KernelExports {
  prepare(plan: number, thread: number, threads: number): number;
  clear(plan: number, thread: number): void;
  likelihood(plan: number, thread: number, threads: number): void;
  reduce(plan: number, thread: number, threads: number): void;
  update(plan: number, thread: number, threads: number): void;
  walk(plan: number, thread: number, threads: number): void;
  pullback(plan: number, thread: number, threads: number): void;
  gradientNorm(plan: number): number;
  mlpTape(net: number): number;
  mlpScratch(net: number): number;
  rqsSaved(bins: number): number;
  planarSaved(): number;
  baseScratchRows(settings: number): number;
  rotationScratch(d: number): number;
}

/** V8 before Node 22 has relaxed SIMD behind this flag; later ones do not know the flag any more. */
const NODE_WITH_FLAG = 20;

/** Reads and compiles the kernels in `folder`. Throws where WebAssembly or its SIMD is missing. */
export function loadKernels(folder: string): KernelModule {
  const relaxed = readFileSync(path.join(folder, "kernels-relaxed.wasm"));
  if (!WebAssembly.validate(relaxed) && majorVersion() === NODE_WITH_FLAG) setFlagsFromString("--experimental-wasm-relaxed-simd");
  if (WebAssembly.validate(relaxed)) return { module: new WebAssembly.Module(relaxed), variant: "relaxed SIMD" };
  return { module: new WebAssembly.Module(readFileSync(path.join(folder, "kernels-simd.wasm"))), variant: "SIMD" };
}

export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): KernelExports {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelExports;
}

function majorVersion(): number {
  return Number(process.versions.node.split(".")[0]);
}
