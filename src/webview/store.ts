/**
 * What the page knows at one moment, and who wants to hear of changes. Everything here can be rebuilt from the host's snapshot,
 * except the reader's own choices (time, toggles), which the page keeps with `setState`.
 */
import type { Frame, PointTrace, Progress } from "../protocol/model";
import type { PinnedTrace, ViewState } from "../protocol/view";
import { integer } from "./format";

/** What the stage draws; keys 1…5 toggle them. */
export interface StageMarks {
  readonly heat: boolean;
  readonly contours: boolean;
  /** Model samples. */
  readonly samples: boolean;
  /** Held-out points of the target. */
  readonly data: boolean;
  readonly paths: boolean;
}

/** A point under the pointer, in data space, with its numbers once the engine has answered. */
export interface Hover {
  readonly x: readonly number[];
  readonly trace: PointTrace | null;
}

export interface ViewModel {
  readonly state: ViewState | null;
  readonly history: readonly Progress[];
  readonly frame: Frame | null;
  readonly pins: readonly PinnedTrace[];
  /** Name of the pin whose numbers are shown, or null. */
  readonly selectedPin: string | null;
  readonly hover: Hover | null;
  /** Index k of the layer f_k (1…K; 0 the base term) that is lit up in every view, or null. */
  readonly litLayer: number | null;
  /** Place in the chain, 0 (base) … K (data); whole numbers are stages. */
  readonly flowTime: number;
  readonly playing: boolean;
  readonly speed: number;
  readonly loop: boolean;
  readonly direction: "generate" | "normalize";
  readonly marks: StageMarks;
  readonly quantity: "density" | "logDensity";
  readonly colormap: "viridis" | "cividis" | "magma" | "inferno" | "greys";
  readonly reduceMotion: boolean;
  /** Raised by the theme watcher whenever colours must be read again. */
  readonly themeVersion: number;
}

const INITIAL: ViewModel = {
  state: null,
  history: [],
  frame: null,
  pins: [],
  selectedPin: null,
  hover: null,
  litLayer: null,
  flowTime: Number.POSITIVE_INFINITY, // "the data end", clamped once the number of layers is known
  playing: false,
  speed: 1,
  loop: true,
  direction: "generate",
  marks: { heat: true, contours: true, samples: false, data: true, paths: true },
  quantity: "density",
  colormap: "viridis",
  reduceMotion: false,
  themeVersion: 0,
};

export type Key = keyof ViewModel;

/** Holds the model; tells listeners once per animation frame, however many changes there were (the latest wins). */
export class Store {
  private model: ViewModel = INITIAL;
  private readonly changed = new Set<Key>();
  private readonly listeners = new Set<{ readonly keys: ReadonlySet<Key>; readonly listener: (model: ViewModel) => void }>();
  private scheduled = false;

  get value(): ViewModel {
    return this.model;
  }

  update(patch: Partial<ViewModel>): void {
    let any = false;
    for (const key of Object.keys(patch) as Key[]) {
      if (Object.is(this.model[key], patch[key])) continue;
      this.changed.add(key);
      any = true;
    }
    if (!any) return;
    this.model = { ...this.model, ...patch };
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => this.tell());
  }

  /** Calls the listener now and after every change of one of the keys; the returned function stops it. */
  subscribe(keys: readonly Key[], listener: (model: ViewModel) => void): () => void {
    const entry = { keys: new Set(keys), listener };
    this.listeners.add(entry);
    listener(this.model);
    return () => this.listeners.delete(entry);
  }

  private tell(): void {
    this.scheduled = false;
    const changed = new Set(this.changed);
    this.changed.clear();
    for (const { keys, listener } of [...this.listeners]) {
      if ([...keys].some((key) => changed.has(key))) listener(this.model);
    }
  }
}

/** Number of layers K, 0 while nothing is known. */
export function layerCount(model: ViewModel): number {
  return model.state?.summary?.layers.length ?? 0;
}

/** Flow time clamped to 0 … K. */
export function clampedTime(model: ViewModel): number {
  return Math.min(Math.max(model.flowTime, 0), layerCount(model));
}

/** The stage whose density is shown: the last whole stage reached in the direction of the flow. */
export function shownStage(model: ViewModel): number {
  const time = clampedTime(model);
  return model.direction === "generate" ? Math.floor(time + 1e-6) : Math.ceil(time - 1e-6); // 2.9999999 on a scrubber means stage 3
}

/** While a run trains, pictures and the numbers that come with them are of an earlier step, and say so: "at step 1,200". Else "". */
export function stepOfPicture({ state, frame }: ViewModel): string {
  return frame && state?.run?.status.kind === "training" ? `at step ${integer(frame.step)}` : "";
}

/** The numbers shown by the formula and the waterfall: those of the pointer while it is over the stage, else of the selected pin. */
export function shownTrace(
  model: ViewModel,
): { readonly x: readonly number[]; readonly trace: PointTrace; readonly name: string | null } | null {
  if (model.hover?.trace) {
    // The numbers may be those of the pointer's last place but one, so their own point is named, not the pointer's.
    return { x: [...model.hover.trace.stages.slice(-model.hover.x.length)], trace: model.hover.trace, name: null };
  }
  const pinned = model.pins.find((entry) => entry.pin.name === model.selectedPin) ?? model.pins[0];
  return pinned ? { x: pinned.pin.x, trace: pinned.trace, name: pinned.pin.name } : null;
}
