import type { Flow } from "../flows/flow";

/** Copies of the parameters alive while training: parameters, gradient, two moments, the kept good state (three) and what is sent to views. */
const PARAMETER_COPIES = 10;
/** Floats on the tape for one sample and one output of a network: activations, their gradients and intermediate results. */
const TAPE_FACTOR = 6;
/** Cost of the framework itself: code, kernels and start-up heap. */
const FIXED_BYTES = 120e6;

/** Bytes that training this flow takes, about; known before anything is allocated. */
export function estimateMemory(flow: Flow): number {
  const outputs = flow.layout.slots.reduce((sum, slot) => sum + (slot.spec.shape[0] ?? 1), 0);
  return FIXED_BYTES + 4 * (PARAMETER_COPIES * flow.layout.size + TAPE_FACTOR * flow.spec.train.batch * outputs);
}

/** "1.4 GB" for messages. */
export function bytesText(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6).toLocaleString("en")} MB`;
}
