/** From a log-density to a place 0…1 in the colour table. */
import type { StagePicture } from "../../protocol/model";

export interface ColorScale {
  readonly quantity: "density" | "logDensity";
  /** Log-density (nats) that gets the last colour. */
  readonly top: number;
  /** Log-density that gets the first colour; only a log scale has one, a linear scale begins at density 0. */
  readonly bottom: number;
}

const LOG_SPAN = 8; // nats below the maximum: a density of e⁻⁸ ≈ 0.0003 of it is the page
const BELOW_LAST_LEVEL = 1.5; // nats; the 99 % line must not lie on the end of a log scale
const WIDEST_LOG_SPAN = 40;

/** The scale of one picture: from nothing to its maximum. */
export function scaleOf(picture: StagePicture, quantity: ColorScale["quantity"]): ColorScale {
  const { max } = rangeOf(picture);
  const last = picture.massLevels[picture.massLevels.length - 1] ?? max;
  const span = Number.isFinite(last) ? Math.max(LOG_SPAN, max - last + BELOW_LAST_LEVEL) : LOG_SPAN;
  return { quantity, top: max, bottom: max - Math.min(span, WIDEST_LOG_SPAN) };
}

/** Place in the table, 0…1; a linear scale of a vanishing density stays at 0. */
export function placeOf(scale: ColorScale, logDensity: number): number {
  if (scale.quantity === "density") return Math.exp(logDensity - scale.top);
  return (logDensity - scale.bottom) / (scale.top - scale.bottom);
}

export interface Range {
  /** Largest finite log-density; 0 where no cell has one. */
  readonly max: number;
  /** Cells without a value. */
  readonly missing: number;
}

const ranges = new WeakMap<StagePicture, Range>();

export function rangeOf(picture: StagePicture): Range {
  const kept = ranges.get(picture);
  if (kept) return kept;
  let max = Number.NEGATIVE_INFINITY;
  let missing = 0;
  for (const value of picture.logDensity) {
    if (Number.isNaN(value)) missing++;
    else if (value > max && value < Number.POSITIVE_INFINITY) max = value;
  }
  const range = { max: Number.isFinite(max) ? max : 0, missing };
  ranges.set(picture, range);
  return range;
}
