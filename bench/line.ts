/** One line of the table, and how values become it. */
import { ratios, type Spread, spreadOf } from "./measure";

export const OURS = "ours";

/** What a measurement needs to know of its surroundings. */
export interface Plan {
  /** Folder of the bundles that are measured. */
  readonly dist: string;
  /** Why there is no PyTorch to compare with; null when there is. */
  readonly torchMissing: string | null;
  say(text: string): void;
}

/** A line with `missing` lacks its other side and proves nothing. */
export interface Line {
  readonly title: string;
  readonly unit: string;
  readonly ours: Spread;
  /** Every other side; the ratio is to the one with the smallest median, its best setting. */
  readonly others: readonly { readonly name: string; readonly spread: Spread; readonly ratio: Spread }[];
  /** Ours over the best other side's, round by round. */
  readonly ratio: Spread | null;
  readonly target: number | null;
  readonly note: string | null;
  readonly missing: string | null;
}

export function lineOf(
  title: string,
  unit: string,
  values: ReadonlyMap<string, readonly number[]>,
  { target = null, note = null, missing = null }: Partial<Pick<Line, "target" | "note" | "missing">> = {},
): Line {
  const own = values.get(OURS) ?? [];
  const others = [...values]
    .filter(([name]) => name !== OURS)
    .map(([name, theirs]) => ({ name, spread: spreadOf(theirs), ratio: spreadOf(ratios(own, theirs)) }));
  const best = [...others].sort((a, b) => a.spread.median - b.spread.median)[0];
  return { title, unit, ours: spreadOf(own), others, ratio: best?.ratio ?? null, target, note, missing: best ? null : missing };
}

export const torchName = (threads: number) => `torch, ${threads} thread${threads === 1 ? "" : "s"}`;
