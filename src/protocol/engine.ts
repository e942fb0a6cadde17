/** The contract between the extension host (or the command line) and the engine process. */
import type { Fault, FlowSummary, Frame, PointTrace, Progress, RunState, StagePicture, Window } from "./model";

export type OpenAnswer =
  | { readonly ok: true; readonly summary: FlowSummary; readonly warnings: readonly Fault[]; readonly run: RunState }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** What a flow may take of the machine, and how it is computed there. */
export interface Limits {
  /** The user can raise it; a definition whose estimate is above it is refused. */
  readonly memoryBytes: number;
  /** auto: fused kernels compute whatever they can; off: everything goes through TensorFlow.js. */
  readonly kernels: "auto" | "off";
  /** Compute threads of a training run; 0 leaves the number to the engine. */
  readonly threads: number;
}

export interface EngineMethods {
  "engine/hello": (p: Record<string, never>) => { readonly backend: string; readonly note: string | null; readonly pid: number };
  /** Checks a definition and keeps it as the session's flow. A run goes on if only the view or the budget changed. */
  "flow/open": (p: {
    readonly session: string;
    readonly revision: number;
    readonly text: string;
    /** Folder that relative paths start from; null when the document has none. */
    readonly folder: string | null;
    readonly limits: Limits;
    /** State of a former run of the same definition, from `run/checkpoint`. */
    readonly checkpoint: Uint8Array | null;
  }) => OpenAnswer;
  /** The same check without a session: for the command line and for diagnostics. */
  "flow/check": (p: { readonly text: string; readonly folder: string | null; readonly limits: Limits }) => OpenAnswer;
  "flow/close": (p: { readonly session: string }) => null;
  /** Starts or resumes; progress arrives as events. Resolves when training has begun. */
  "run/train": (p: { readonly session: string }) => RunState;
  /** Resolves when the step in flight has ended. */
  "run/pause": (p: { readonly session: string }) => RunState;
  "run/step": (p: { readonly session: string; readonly steps: number }) => RunState;
  /** Back to the initial parameters, step 0. */
  "run/reset": (p: { readonly session: string }) => RunState;
  /** After a divergence: continue from the last good state with half the learning rate. */
  "run/resumeGently": (p: { readonly session: string }) => RunState;
  /** Parameters, optimizer moments and step as one file image; continuing from it is bitwise the same run. */
  "run/checkpoint": (p: { readonly session: string }) => Uint8Array;
  /** Which stage gets the full resolution from now on, and whether frames are wanted at all (a hidden view wants none). */
  "view/attend": (p: { readonly session: string; readonly stage: number; readonly live: boolean }) => null;
  /** The view has drawn frame `sequence`; the next one may be sent. */
  "view/drawn": (p: { readonly session: string; readonly sequence: number }) => null;
  /** One frame for the present parameters. */
  "evaluate/frame": (p: { readonly session: string; readonly stage: number }) => Frame;
  "evaluate/density": (p: {
    readonly session: string;
    readonly stage: number;
    readonly window: Window | null;
    readonly resolution: number;
  }) => StagePicture;
  /** Traces points of data space, [n * d], back to the base. */
  "evaluate/points": (p: { readonly session: string; readonly points: Float32Array }) => {
    readonly step: number;
    readonly traces: readonly PointTrace[];
  };
  /** The present parameters alone, as a .safetensors image under `<layer id>.<parameter>`. */
  "evaluate/weights": (p: { readonly session: string }) => Uint8Array;
  /** Draws n samples, [n * d]. */
  "evaluate/samples": (p: { readonly session: string; readonly n: number }) => Float32Array;
  /** The whole training curve so far. */
  "run/history": (p: { readonly session: string }) => readonly Progress[];
}

export interface EngineEvents {
  "run/progress": { readonly session: string; readonly revision: number; readonly records: readonly Progress[]; readonly run: RunState };
  "run/state": { readonly session: string; readonly revision: number; readonly run: RunState };
  "run/checkpoint": { readonly session: string; readonly revision: number; readonly step: number; readonly checkpoint: Uint8Array };
  "view/frame": { readonly session: string; readonly frame: Frame };
  "engine/log": { readonly level: "info" | "warn" | "error"; readonly text: string };
}
