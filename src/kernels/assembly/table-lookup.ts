/** Finding the piece of a table that holds a number: a bucket, and a search within it. */
import { BUCKETS, Table } from "./layout";
import { address, number, setNumber, setWord, word } from "./words";

/**
 * Buckets of equal width between the breakpoints that leave one in 32 on either side. The bucket of a number never falls as the number
 * rises, also after rounding, so pieces of lower buckets lie below it and those of higher ones above.
 */
export function fillBuckets(table: usize): void {
  const pieces = word(table, Table.Pieces);
  const starts = address(table, Table.Starts);
  const buckets = address(table, Table.Buckets);
  const margin = pieces >> 5;
  const from = pieces > 1 ? load<f32>(starts + <usize>((1 + margin) << 2)) : 0;
  const to = pieces > 1 ? load<f32>(starts + <usize>((pieces - 1 - margin) << 2)) : 0;
  setNumber(table, Table.BucketsFrom, from);
  setNumber(table, Table.BucketsScale, to > from ? <f32>BUCKETS / (to - from) : 0);
  let piece = 1;
  let most = 0;
  for (let b = 0; b < BUCKETS; b++) {
    const before = piece;
    store<i32>(buckets + <usize>(b << 2), piece - 1);
    while (piece < pieces && bucketOf(table, load<f32>(starts + <usize>(piece << 2))) == b) piece++;
    most = max(most, piece - before);
  }
  setWord(table, Table.FirstHalf, most == 0 ? 0 : 1 << (31 - clz(most)));
}

// @ts-expect-error: decorator
@inline
function bucketOf(table: usize, a: f32): i32 {
  const at = (a - number(table, Table.BucketsFrom)) * number(table, Table.BucketsScale);
  return min(max(<i32>at, 0), BUCKETS - 1);
}

/**
 * The piece that holds a, given its bucket: the last piece that starts at or before it; the first one for NaN. Without branches, which
 * none could foresee.
 */
// @ts-expect-error: decorator
@inline
export function pieceFrom(starts: usize, bucket: usize, last: i32, half: i32, a: f32): i32 {
  let piece = load<i32>(bucket);
  for (; half > 0; half >>= 1) {
    const candidate = min(piece + half, last);
    piece = select(candidate, piece, load<f32>(starts + <usize>(candidate << 2)) <= a);
  }
  return piece;
}
