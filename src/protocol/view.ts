/** The contract between the extension host and a webview (Flow view or trajectory inspector). */
import type { Fault, FlowSummary, Frame, Pin, PointTrace, Progress, RunState } from "./model";

/** What the page shows besides pictures. Exactly one of these at a time; the last good picture stays under all but `empty`. */
export type Situation =
  | { readonly kind: "empty" }
  | { readonly kind: "starting"; readonly doing: string }
  | { readonly kind: "ready" }
  /** The text has faults; `summary` and pictures are those of the last valid definition. */
  | { readonly kind: "faulty"; readonly faults: readonly Fault[] }
  /** The engine process ended; `safeStep` is the step of the newest checkpoint in memory. */
  | { readonly kind: "engine-ended"; readonly reason: string; readonly safeStep: number | null }
  /** The engine is there but has not answered for some seconds. */
  | { readonly kind: "engine-silent"; readonly seconds: number };

export interface ViewState {
  readonly revision: number;
  readonly fileName: string;
  readonly situation: Situation;
  /** False in Restricted Mode and for documents under version control (`git:`): nothing may start. */
  readonly mayTrain: boolean;
  readonly whyNot: string | null;
  /** The text was changed after the run had begun; the run keeps its own definition. */
  readonly runIsOlder: boolean;
  readonly summary: FlowSummary | null;
  readonly warnings: readonly Fault[];
  readonly run: RunState | null;
  readonly engine: { readonly backend: string; readonly note: string | null } | null;
}

export interface PinnedTrace {
  readonly pin: Pin;
  readonly trace: PointTrace;
  readonly step: number;
}

/** Requests of a page to the extension host. */
export interface ViewMethods {
  /** The page has loaded (again): answer with everything, since messages to a hidden page are lost. */
  "view/ready": (p: Record<string, never>) => {
    readonly state: ViewState;
    readonly history: readonly Progress[];
    readonly frame: Frame | null;
    readonly pins: readonly PinnedTrace[];
    readonly selected: { readonly stage: number; readonly pin: string | null };
    readonly reduceMotion: boolean;
  };
  "run/train": (p: Record<string, never>) => null;
  "run/pause": (p: Record<string, never>) => null;
  "run/step": (p: { readonly steps: number }) => null;
  "run/reset": (p: Record<string, never>) => null;
  "run/resumeGently": (p: Record<string, never>) => null;
  /** Adds a pin at a point of data space; answers its name, or null when all eight are taken. */
  "pin/add": (p: { readonly x: readonly number[] }) => string | null;
  "pin/move": (p: { readonly name: string; readonly x: readonly number[] }) => null;
  "pin/remove": (p: { readonly name: string }) => null;
  /** The page selected a stage (0…K) or a pin: the other views and the text follow. */
  select: (p: { readonly stage?: number; readonly pin?: string | null }) => null;
  /** Numbers for a point under the pointer; only the newest question is answered, others are cancelled. */
  "point/trace": (p: { readonly x: readonly number[] }) => { readonly step: number; readonly trace: PointTrace };
  "frame/drawn": (p: { readonly sequence: number }) => null;
  /** Moves the text cursor to a layer's entry or to a fault. */
  "text/reveal": (p: { readonly offset: number; readonly length: number }) => null;
  "text/fix": (p: { readonly fault: Fault }) => null;
  "text/template": (p: { readonly name: string }) => null;
  "engine/restart": (p: Record<string, never>) => null;
  "log/show": (p: Record<string, never>) => null;
  "trust/manage": (p: Record<string, never>) => null;
  "inspector/show": (p: Record<string, never>) => null;
  /** Bytes of a picture that the user asked for; the host asks where to put them. */
  "export/picture": (p: { readonly name: string; readonly png: Uint8Array }) => null;
}

/** Events of the extension host to a page. */
export interface ViewEvents {
  state: ViewState;
  progress: { readonly records: readonly Progress[]; readonly run: RunState; readonly restarted: boolean };
  frame: Frame;
  pins: readonly PinnedTrace[];
  select: { readonly stage: number; readonly pin: string | null };
  /** A command of the palette that only the page can carry out. */
  command: { readonly name: "export-picture" | "toggle-play" };
}
