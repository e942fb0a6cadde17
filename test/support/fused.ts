/** The fused kernels for the laws: both compiled variants by name, and whole flows computed by them. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { Compute } from "../../src/flows/compute/compute";
import { kernelCompute } from "../../src/flows/compute/kernel-compute";
import { lower, wholeProgram } from "../../src/flows/compute/lowering";
import type { Flow } from "../../src/flows/flow";
import { initialState } from "../../src/flows/training/state";
import { FlowKernels, type KernelSource } from "../../src/kernels/flow-kernels";
import { loadKernels, type Variant } from "../../src/kernels/module";
import type { FlowProgram } from "../../src/kernels/program";
import { DIST } from "./engine";
import { assertClose } from "./laws";
import { norm } from "./numeric";
import { FUSED_GRADIENT, FUSED_LOG_DENSITY } from "./tolerances";

const SOURCES = path.join(__dirname, "../../src/kernels/assembly");
const FILES: Readonly<Record<Variant, string>> = { SIMD: "kernels-simd.wasm", "relaxed SIMD": "kernels-relaxed.wasm" };

export function kernelSource(variant: Variant): KernelSource {
  const bytes = bytesOf(variant);
  return { module: new WebAssembly.Module(bytes), variant, threadFile: path.join(DIST, "kernel-thread.js") };
}

function bytesOf(variant: Variant) {
  return readFileSync(path.join(DIST, "wasm", FILES[variant]));
}

/** One group of tests for each compiled variant; each Node that we support takes both. */
export function onEveryVariant(define: (source: KernelSource) => void): void {
  loadKernels(path.join(DIST, "wasm")); // lets Node 20 accept relaxed SIMD
  for (const variant of Object.keys(FILES) as Variant[]) {
    describe(`with ${variant}`, () => {
      before(() => assertBuilt(variant));
      define(kernelSource(variant));
    });
  }
}

/** Kernels older than their sources and the host read each other's records wrongly, and laws fail where nothing is wrong. */
function assertBuilt(variant: Variant): void {
  const changed = readdirSync(SOURCES).map((name) => statSync(path.join(SOURCES, name)).mtimeMs);
  const built = statSync(path.join(DIST, "wasm", FILES[variant])).mtimeMs;
  assert.ok(built > Math.max(...changed), `${FILES[variant]} is older than ${SOURCES}: run \`npm run build\``);
}

export function programOf(flow: Flow): FlowProgram {
  const program = wholeProgram(flow, lower(flow));
  assert.ok(program, "some layer has no kernel");
  return program;
}

export function fusedCompute(flow: Flow, source: KernelSource, threads = 1): Compute {
  const lowering = lower(flow);
  return kernelCompute(flow, programOf(flow), lowering, source, threads);
}

/** Kernels of a flow, which end with `use`. */
export function withKernels<T>(flow: Flow, source: KernelSource, threads: number, use: (kernels: FlowKernels) => T): T {
  const kernels = new FlowKernels(programOf(flow), source, threads, flow.spec.train.batch);
  try {
    return use(kernels);
  } finally {
    kernels.dispose();
  }
}

/** A loss and its gradient. */
export interface Answer {
  readonly loss: number;
  readonly gradient: ArrayLike<number>;
}

export function likelihood(kernels: FlowKernels, points: Float32Array): Answer {
  const { loss } = kernels.likelihood(points);
  return { loss, gradient: kernels.gradient.slice() };
}

/** What a way of computing answers for parameters. */
export async function answerOf(compute: Compute, flow: Flow, parameters: Float32Array, points: Float32Array): Promise<Answer> {
  const learner = compute.learner(initialState(flow, flow.spec.train, parameters));
  const answer = await learner.gradient(points);
  learner.dispose();
  return answer;
}

/** Gradients are measured in units of their length. */
export function assertSameAnswer(actual: Answer, expected: Answer, what: string): void {
  assertClose([actual.loss], [expected.loss], FUSED_LOG_DENSITY, `loss ${what}`);
  const length = norm(expected.gradient);
  const scaled = (gradient: ArrayLike<number>) => Array.from(gradient, (value) => value / length);
  assertClose(scaled(actual.gradient), scaled(expected.gradient), FUSED_GRADIENT, `gradient ${what}`);
}
