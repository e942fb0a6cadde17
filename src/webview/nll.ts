/** The one NLL that the header, and those who hear it, are told. The status bar of the host goes by the same rule. */
import type { ViewModel } from "./store";

export interface ShownNll {
  /** A mean in nats: over held-out points, or over the last batch alone while there is nothing better. */
  readonly name: "NLL" | "batch NLL";
  readonly value: number;
  /** Above the lowest possible value, nats; null where that is not known. */
  readonly aboveFloor: number | null;
}

/** All held-out points are scored with a picture, which comes seldom while a run trains; a part of them is scored all the time. */
export function shownNll({ state, frame }: ViewModel): ShownNll | null {
  const run = state?.run;
  if (!state || !run) return null;
  const heldOut = (frame?.step === run.step ? frame.health?.nll : null) ?? run.validation;
  const floor = state.summary?.target?.floor ?? null;
  if (heldOut !== null) return { name: "NLL", value: heldOut, aboveFloor: floor === null ? null : heldOut - floor };
  return run.nll === null ? null : { name: "batch NLL", value: run.nll, aboveFloor: null };
}
