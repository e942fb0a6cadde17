import type { Flow } from "../flow";
import type { Compute } from "./compute";
import { secondsPerTensorStep } from "./estimate";
import { tensorEvaluator } from "./tensor-evaluator";
import { tensorLearner } from "./tensor-learner";

/** Floats on the tape for one sample and one output of a network: activations, their gradients and intermediate results. */
const TAPE_FACTOR = 6;
/** Of TensorFlow.js itself: code, kernels and start-up heap. */
const LIBRARY_BYTES = 120e6;

/** What tensor operations take while they train. */
export function tensorBytes(flow: Flow): number {
  const outputs = flow.layout.slots.reduce((sum, slot) => sum + (slot.spec.shape[0] ?? 1), 0);
  return LIBRARY_BYTES + 4 * TAPE_FACTOR * flow.spec.train.batch * outputs;
}

/** A flow computed by tensor operations. The backend must have been started. */
export function tensorCompute(flow: Flow): Compute {
  return {
    path: "tfjs",
    layers: flow.layers.map(() => "tfjs"),
    threads: 1,
    secondsPerStep: secondsPerTensorStep(flow),
    bytes: tensorBytes(flow),
    evaluator: tensorEvaluator(flow),
    learner: (state) => tensorLearner(flow, state),
    dispose() {},
  };
}
