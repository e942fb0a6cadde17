/** Chooses how a flow is computed. */
import type { KernelSource } from "../../kernels/flow-kernels";
import type { Flow } from "../flow";
import type { Compute } from "./compute";
import { secondsPerStep } from "./estimate";
import { kernelCompute } from "./kernel-compute";
import { type Lowering, lower, wholeProgram } from "./lowering";
import { mixedCompute } from "./mixed-compute";
import { tensorCompute } from "./tensor-compute";

/** Below this a step is so short that threads would spend it waiting for each other, ms. */
const WORTH_SHARING_MS = 0.3;
const MOST_THREADS = 4;

export interface Means {
  /** Null: tensor operations only. */
  readonly kernels: KernelSource | null;
  /** Training threads that are asked for; 0 leaves it to the flow and the processors. */
  readonly threads: number;
  readonly processors: number;
}

/** What a flow needs beside the kernels. */
export function needsTensors(flow: Flow, kernels: KernelSource | null, lowering: Lowering = lower(flow)): boolean {
  return kernels === null || wholeProgram(flow, lowering) === null;
}

/** `lowering` may say that fewer layers have kernels than is true. Where tensors are needed, their backend must have been started. */
export function chooseCompute(flow: Flow, { kernels, threads, processors }: Means, lowering: Lowering = lower(flow)): Compute {
  if (!kernels) return tensorCompute(flow);
  const program = wholeProgram(flow, lowering);
  if (program) return kernelCompute(flow, program, lowering, kernels, threads || threadsFor(flow, lowering, processors));
  return lowering.layers.some((layer) => layer !== null) ? mixedCompute(flow, lowering, kernels) : tensorCompute(flow);
}

/** Pictures and the editor want processors too: half of them at the most, and one where there are only two. */
function threadsFor(flow: Flow, lowering: Lowering, processors: number): number {
  if (1000 * secondsPerStep(flow, lowering, 1) < WORTH_SHARING_MS) return 1;
  return Math.max(1, Math.min(MOST_THREADS, Math.floor(processors / 2)));
}
