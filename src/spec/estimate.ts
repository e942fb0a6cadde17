import type { Compute } from "../flows/compute/compute";
import type { Flow } from "../flows/flow";

/** Copies of the parameters alive while training: parameters, gradient, two moments, the kept good state (three) and what is sent to views. */
const PARAMETER_COPIES = 10;
/** Bytes that training this flow takes, about; known before anything is allocated. */
export function estimateMemory(flow: Flow, compute: Compute): number {
  return 4 * PARAMETER_COPIES * flow.layout.size + compute.bytes;
}

/** "1.4 GB" for messages. */
export function bytesText(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6).toLocaleString("en")} MB`;
}
