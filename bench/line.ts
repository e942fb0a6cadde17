/** One line of the results: every side's values, and the ratios of our best setting to the best of each other kind. */
import { type Measured, ratios, type Spread, spreadOf } from "./measure";

/** Whose program a side is. */
export type Kind = "ours" | "kernels-off" | "twin" | "library" | "other";

export interface SideName {
  readonly name: string;
  readonly kind: Kind;
}

export interface Value extends SideName {
  readonly rounds: readonly number[];
  readonly spread: Spread | null;
  /** Why the side gave up. */
  readonly failed: string | null;
}

export interface Comparison {
  readonly ours: string;
  readonly other: string;
  readonly kind: Kind;
  /** Ours over the other's, round by round. */
  readonly ratio: Spread;
  /** The ratio that we want at the most. */
  readonly bar: number | null;
}

export interface Line {
  readonly title: string;
  readonly unit: string;
  readonly values: readonly Value[];
  readonly comparisons: readonly Comparison[];
  readonly note: string | null;
  /** Why the side that matters is not there: such a line proves nothing. */
  readonly missing: string | null;
}

/** The largest ratio wanted against each kind of side. */
export type Bars = Partial<Record<Kind, number>>;

const TWIN_AHEAD = 1.3; // a twin may be this much faster than the libraries that a bar was set for

/** A bar for our time over the best library's; what the twin, which does less, allows for. */
export const overLibraries = (bar: number): Bars => ({ library: bar, twin: bar * TWIN_AHEAD });
/** A bar that was set against plain PyTorch itself. */
export const overTwin = (bar: number): Bars => ({ twin: bar });

export function lineOf(
  title: string,
  unit: string,
  sides: readonly SideName[],
  measured: ReadonlyMap<string, Measured>,
  {
    bars = {},
    note = null,
    missing = null,
  }: { readonly bars?: Bars; readonly note?: string | null; readonly missing?: string | null } = {},
): Line {
  const values = sides.flatMap(({ name, kind }): Value[] => {
    const one = measured.get(name);
    if (!one) return [];
    return [{ name, kind, rounds: one.values, spread: one.values.length > 0 ? spreadOf(one.values) : null, failed: one.failed }];
  });
  const ours = bestOf(values, "ours");
  const comparisons = (["twin", "library", "kernels-off", "other"] as const).flatMap((kind) => {
    const other = bestOf(values, kind);
    return ours && other ? [compare(ours, other, bars[kind] ?? null)] : [];
  });
  return { title, unit, values, comparisons, note, missing };
}

export function compare(ours: Value, other: Value, bar: number | null): Comparison {
  return { ours: ours.name, other: other.name, kind: other.kind, ratio: spreadOf(ratios(ours.rounds, other.rounds)), bar };
}

/** The side of a kind with the smallest median: its best setting. */
function bestOf(values: readonly Value[], kind: Kind): Value | null {
  const median = ({ spread }: Value) => spread?.median ?? Number.POSITIVE_INFINITY;
  const known = values.filter((value) => value.kind === kind && value.spread !== null);
  return known.sort((a, b) => median(a) - median(b))[0] ?? null;
}

/** Whether all bars of a line are reached that could be looked at; null where there is none. The twin's counts only without a library. */
export function verdictOf({
  comparisons,
}: Line): { readonly comparison: Comparison; readonly bar: number; readonly reached: boolean } | null {
  const judged = (kind: Kind) => comparisons.find((one) => one.kind === kind && one.bar !== null);
  const comparison = judged("library") ?? judged("twin") ?? judged("other");
  if (!comparison || comparison.bar === null) return null;
  return { comparison, bar: comparison.bar, reached: comparison.ratio.median <= comparison.bar };
}

const count = (threads: number) => `${threads} thread${threads === 1 ? "" : "s"}`;
export const oursName = (threads: number) => (threads === 0 ? "ours" : `ours, ${count(threads)}`);
export const torchName = (threads: number) => `torch, ${count(threads)}`;
export const KERNELS_OFF = "ours, kernels off";
