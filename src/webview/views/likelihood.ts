/** The numbers behind the formula log p(x) = log p₀(z₀) − Σ log|det ∂f_k/∂z_{k−1}|, for one point or as means over the data. */
import type { Frame, LayerStatistics, PointTrace } from "../../protocol/model";
import { addsUp, commonDigits, type Sum } from "../format";
import { shownTrace, type ViewModel } from "../store";

export interface Likelihood {
  /** "data": nothing is pinned, and the numbers are means over the held-out points. */
  readonly of: "pin" | "pointer" | "data";
  readonly pin: string | null;
  /** The point in data space; null for means. */
  readonly x: readonly number[] | null;
  readonly logBase: number;
  /** log|det ∂f_k/∂z_{k−1}|, one for each layer, nats. */
  readonly logDets: readonly number[];
  readonly sum: number;
  /** log p(x). */
  readonly logDensity: number;
  /** Decimals at which the printed terms add up to the printed results. */
  readonly digits: number;
  /** False where no number of decimals does that. */
  readonly exact: boolean;
}

/** A term that would be printed as zero with three decimals: drawn as a tick, not as a bar. */
export const SMALLEST_BAR = 0.0005;

const NARROW_DIGITS = 3; // the narrow view has no room for more

/**
 * What the formula and the waterfall show; null while there is nothing to show. While training moves all numbers, each is rounded to
 * the same few decimals: the number of decimals at which the sums add up would jump with every picture.
 */
export function shownLikelihood(model: ViewModel): Likelihood | null {
  const likelihood = presentLikelihood(model);
  const isMoving = model.state?.run?.status.kind === "training";
  return likelihood && isMoving ? { ...likelihood, digits: NARROW_DIGITS, exact: false } : likelihood;
}

function presentLikelihood(model: ViewModel): Likelihood | null {
  const shown = shownTrace(model);
  if (shown) return ofPoint(shown.trace, shown.x, shown.name);
  return model.frame ? ofData(model.frame) : null;
}

export function ofPoint(trace: PointTrace, x: readonly number[], pin: string | null): Likelihood {
  const logDets = Array.from(trace.logDets);
  const logDensity = trace.logDensities[trace.logDensities.length - 1] ?? Number.NaN;
  return { of: pin === null ? "pointer" : "pin", pin, x, ...summed(trace.logBase, logDets, logDensity) };
}

function ofData(frame: Frame): Likelihood | null {
  if (frame.logBase === null || frame.layers.some((layer) => layer.overData === null)) return null;
  const logDets = frame.layers.map((layer) => layer.overData?.mean ?? Number.NaN);
  const total = frame.logBase.mean - logDets.reduce((sum, logDet) => sum + logDet, 0);
  return { of: "data", pin: null, x: null, ...summed(frame.logBase.mean, logDets, total) };
}

function summed(logBase: number, logDets: readonly number[], logDensity: number) {
  const sum = logDets.reduce((partial, logDet) => partial + logDet, 0);
  const digits = commonDigits(equations(logBase, logDets, sum, logDensity));
  return { logBase, logDets, sum, logDensity, digits: digits ?? NARROW_DIGITS, exact: digits !== null };
}

/** The same numbers with three decimals, for places without room for more. */
export function shortened(likelihood: Likelihood): Likelihood {
  if (likelihood.digits === NARROW_DIGITS) return likelihood;
  const { logBase, logDets, sum, logDensity } = likelihood;
  const exact = equations(logBase, logDets, sum, logDensity).every((equation) => addsUp(equation, NARROW_DIGITS));
  return { ...likelihood, digits: NARROW_DIGITS, exact };
}

/** The two sums that a reader can check: the log-dets, and the formula. */
function equations(logBase: number, logDets: readonly number[], sum: number, logDensity: number): readonly Sum[] {
  return [
    { terms: logDets, total: sum },
    { terms: [logBase, -sum], total: logDensity },
  ];
}

/** Statistics to set beside a point's terms; null for layers that the frame does not know. */
export function spreadOf(frame: Frame | null, layer: number): NonNullable<LayerStatistics["overData"]> | null {
  return frame?.layers[layer]?.overData ?? null;
}
