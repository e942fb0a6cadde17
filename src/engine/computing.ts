/** What a compute thread computes with: fused kernels, and TensorFlow.js where a flow needs it or they are switched off. */
import { availableParallelism } from "node:os";
import path from "node:path";
import { chooseCompute, needsTensors } from "../flows/compute/choose";
import type { Compute } from "../flows/compute/compute";
import type { Flow } from "../flows/flow";
import { useKernels } from "../flows/kernels-setting";
import { startBackend } from "../flows/tf";
import type { KernelSource } from "../kernels/flow-kernels";
import { loadKernels } from "../kernels/module";
import { describe } from "../protocol/channel";
import type { Limits } from "../protocol/engine";

type Warn = (text: string) => void;

export class Computing {
  private backend: Promise<void> | null = null;
  private readonly kernels: KernelSource | null;
  /** What computes, for people: "fused kernels, relaxed SIMD". */
  readonly name: string;
  /** Why it is not what it should be, or null. */
  readonly note: string | null;

  /** `folder` has the bundles, and the WebAssembly files in `wasm`. */
  constructor(
    private readonly folder: string,
    private readonly warn: Warn,
  ) {
    const { kernels, name, note } = findKernels(folder);
    this.kernels = kernels;
    this.name = name;
    this.note = note;
  }

  async forFlow(flow: Flow, limits: Limits): Promise<Compute> {
    const kernels = limits.kernels === "off" ? null : this.kernels;
    useKernels(limits.kernels !== "off"); // the spline that tensor operations call by themselves; one setting for all flows of a window
    if (needsTensors(flow, kernels)) await this.tensors();
    return chooseCompute(flow, { kernels, threads: limits.threads, processors: availableParallelism() });
  }

  /** How a flow is computed, for people. */
  nameOf({ path: way, threads }: Compute): string {
    const crew = threads === 1 ? "1 thread" : `${threads} threads`;
    switch (way) {
      case "segment":
        return `${this.name}, exact segments, ${crew}`;
      case "dense":
        return `${this.name}, dense networks, ${crew}`;
      case "mixed":
        return `${this.name}, and TensorFlow.js for some layers`;
      case "tfjs":
        return "TensorFlow.js";
    }
  }

  /** Starts the backend of TensorFlow.js, once. */
  private tensors(): Promise<void> {
    this.backend ??= startBackend("wasm", path.join(this.folder, "wasm") + path.sep).then(({ note }) => {
      if (note) this.warn(note);
    });
    return this.backend;
  }
}

function findKernels(folder: string): { kernels: KernelSource | null; name: string; note: string | null } {
  try {
    const kernels = { ...loadKernels(path.join(folder, "wasm")), threadFile: path.join(folder, "kernel-thread.js") };
    return { kernels, name: `fused kernels, ${kernels.variant}`, note: null };
  } catch (error) {
    const note = `The fused kernels could not start (${describe(error)}), so everything goes through TensorFlow.js, many times slower.`;
    return { kernels: null, name: "TensorFlow.js", note };
  }
}
