/** The contract between the engine process and one of its compute threads. Everything with tensors happens on that side. */
import type { Limits, OpenAnswer } from "../protocol/engine";
import type { Frame, PointTrace, Progress, RunState, StagePicture, Window } from "../protocol/model";

/** A definition as a thread needs it to build the flow. */
export interface Definition {
  readonly text: string;
  readonly folder: string | null;
  readonly limits: Limits;
  readonly checkpoint: Uint8Array | null;
}

/** Parameters of one moment; threads that evaluate get them with every question and keep none. */
export interface Snapshot {
  readonly step: number;
  readonly parameters: Float32Array;
}

export interface ComputeMethods {
  "thread/start": (p: { readonly folder: string }) => { readonly backend: string; readonly note: string | null };
  /** Builds the flow of a definition; `snapshot` holds its first parameters. Replaces the one that was loaded under this key. */
  "flow/load": (p: { readonly key: string; readonly definition: Definition }) => {
    readonly answer: OpenAnswer;
    readonly snapshot: Snapshot | null;
  };
  "flow/unload": (p: { readonly key: string }) => null;
  "run/train": (p: { readonly key: string }) => RunState;
  "run/pause": (p: { readonly key: string }) => RunState;
  "run/step": (p: { readonly key: string; readonly steps: number }) => RunState;
  "run/resumeGently": (p: { readonly key: string }) => RunState;
  "run/snapshot": (p: { readonly key: string }) => Snapshot;
  "run/checkpoint": (p: { readonly key: string }) => Uint8Array;
  "evaluate/frame": (p: {
    readonly key: string;
    readonly snapshot: Snapshot;
    readonly stage: number;
    readonly revision: number;
    readonly sequence: number;
    /** live: coarser grids and fewer points, for pictures that are replaced at once. */
    readonly quality: "live" | "full";
  }) => Frame;
  "evaluate/density": (p: {
    readonly key: string;
    readonly snapshot: Snapshot;
    readonly stage: number;
    readonly window: Window | null;
    readonly resolution: number;
  }) => StagePicture;
  "evaluate/points": (p: { readonly key: string; readonly snapshot: Snapshot; readonly points: Float32Array }) => readonly PointTrace[];
  "evaluate/weights": (p: { readonly key: string; readonly snapshot: Snapshot }) => Uint8Array;
  "evaluate/samples": (p: { readonly key: string; readonly snapshot: Snapshot; readonly n: number }) => Float32Array;
}

export interface ComputeEvents {
  "thread/warning": { readonly text: string };
  "run/records": { readonly key: string; readonly records: readonly Progress[]; readonly run: RunState };
  "run/checkpoint": { readonly key: string; readonly step: number; readonly checkpoint: Uint8Array };
}
