/** Ranges for axes that do not twitch while live values move. */

export interface Range {
  readonly low: number;
  readonly high: number;
}

const LEAST_USE = 0.55; // a kept range that is used less than this makes the marks needlessly small

/** The previous range while the new values fit into it and use enough of it; else the new one with a margin. */
export function steadyRange(previous: Range | null, needed: Range, margin: number): Range {
  const span = needed.high - needed.low;
  const fits = previous !== null && needed.low >= previous.low && needed.high <= previous.high;
  if (fits && span >= LEAST_USE * (previous.high - previous.low)) return previous;
  const room = margin * (span || 1);
  return { low: needed.low - room, high: needed.high + room };
}

/** The value below which a share of the numbers lies; NaN without numbers. `sorted` is ascending. */
export function percentile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (place - Math.floor(place)) * (above - below);
}
