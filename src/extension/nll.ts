/** The one NLL that the status bar and the lenses tell. The header of the page goes by the same rule. */
import type { Session } from "./session";

/** A mean in nats: over held-out points, or over the last batch alone while there is nothing better. */
interface Nll {
  readonly name: "NLL" | "batch NLL";
  readonly value: number;
}

/** All held-out points are scored with a picture, which comes seldom while a run trains; a part of them is scored all the time. */
export function nllOf({ run: { state: run }, pictures: { frame } }: Session): Nll | null {
  if (!run) return null;
  const heldOut = (frame?.step === run.step ? frame.health?.nll : null) ?? run.validation;
  if (heldOut !== null) return { name: "NLL", value: heldOut };
  return run.nll === null ? null : { name: "batch NLL", value: run.nll };
}
