import { bytesOf, FlowKernels, type KernelSource } from "../../kernels/flow-kernels";
import type { FlowProgram } from "../../kernels/program";
import type { Flow } from "../flow";
import type { Compute, Evaluator } from "./compute";
import { secondsPerStep } from "./estimate";
import { kernelEvaluator } from "./kernel-evaluator";
import { kernelLearner } from "./kernel-learner";
import { type Lowering, pathOf } from "./lowering";

/** Of the engine process without a flow. */
const PROCESS_BYTES = 60e6;

/** A flow computed by fused kernels alone. Evaluation takes one thread, since a run may train beside it; training takes `threads`. */
export function kernelCompute(flow: Flow, program: FlowProgram, lowering: Lowering, source: KernelSource, threads: number): Compute {
  const layers = lowering.layers.map(pathOf);
  let evaluator: Evaluator | null = null;
  return {
    path: layers.includes("dense") ? "dense" : "segment",
    layers,
    threads,
    secondsPerStep: secondsPerStep(flow, lowering, threads),
    bytes: PROCESS_BYTES + bytesOf(program, source, 1, 1) + bytesOf(program, source, threads, flow.spec.train.batch),
    get evaluator() {
      evaluator ??= kernelEvaluator(new FlowKernels(program, source, 1, 1));
      return evaluator;
    },
    learner: (state) => kernelLearner(new FlowKernels(program, source, threads, flow.spec.train.batch), state),
    dispose() {
      evaluator?.dispose();
      evaluator = null;
    },
  };
}
