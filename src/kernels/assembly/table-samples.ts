/**
 * A table (see tables.ts) applied to the samples of a chunk, and its gradient as far as it is summed sample by sample. Four samples and
 * four outputs at a time: blocks that are turned over between the table's rows (by outputs) and the chunk's (by samples).
 */
import { BUCKETS, Table } from "./layout";
import { pieceFrom } from "./table-lookup";
import { turned } from "./transpose";
import { madd, STRIDE, splat } from "./vector";
import { address, number, whole, word } from "./words";

/** raw[o][s] = network(a[s]) for n samples; notes the piece of each in `pieces` (i32). */
export function tableMap(table: usize, a: usize, raw: usize, pieces: usize, n: i32): void {
  findPieces(table, a, pieces, n);
  const rows = address(table, Table.Rows);
  const anchors = address(table, Table.Anchors);
  const outputs = word(table, Table.Outputs);
  const width = <usize>(whole(outputs) << 2);
  const bytes = <usize>(n << 2);
  let s: usize = 0;
  do {
    const places = v128.load(pieces + s);
    const distances = f32x4.sub(v128.load(a + s), gathered(anchors, places));
    const d0 = i32x4.shuffle(distances, distances, 0, 0, 0, 0);
    const d1 = i32x4.shuffle(distances, distances, 1, 1, 1, 1);
    const d2 = i32x4.shuffle(distances, distances, 2, 2, 2, 2);
    const d3 = i32x4.shuffle(distances, distances, 3, 3, 3, 3);
    let row0 = rows + <usize>i32x4.extract_lane(places, 0) * (width << 1);
    let row1 = rows + <usize>i32x4.extract_lane(places, 1) * (width << 1);
    let row2 = rows + <usize>i32x4.extract_lane(places, 2) * (width << 1);
    let row3 = rows + <usize>i32x4.extract_lane(places, 3) * (width << 1);
    let to = raw + s;
    let left = outputs;
    do {
      const x0 = madd(v128.load(row0), d0, v128.load(row0 + width));
      const x1 = madd(v128.load(row1), d1, v128.load(row1 + width));
      const x2 = madd(v128.load(row2), d2, v128.load(row2 + width));
      const x3 = madd(v128.load(row3), d3, v128.load(row3 + width));
      v128.store(to, turned(x0, x1, x2, x3, 0));
      if (left > 1) v128.store(to, turned(x0, x1, x2, x3, 1), STRIDE);
      if (left > 2) v128.store(to, turned(x0, x1, x2, x3, 2), 2 * STRIDE);
      if (left > 3) v128.store(to, turned(x0, x1, x2, x3, 3), 3 * STRIDE);
      row0 += 16;
      row1 += 16;
      row2 += 16;
      row3 += 16;
      to += 4 * STRIDE;
      left -= 4;
    } while (left > 0);
    s += 16;
  } while (s < bytes);
}

/** The piece of each sample. */
function findPieces(table: usize, a: usize, pieces: usize, n: i32): void {
  const starts = address(table, Table.Starts);
  const buckets = address(table, Table.Buckets);
  const last = word(table, Table.Pieces) - 1;
  const half = word(table, Table.FirstHalf);
  const from = splat(number(table, Table.BucketsFrom));
  const scale = splat(number(table, Table.BucketsScale));
  const top = i32x4.splat(BUCKETS - 1);
  const bottom = i32x4.splat(0);
  const end = a + <usize>(n << 2);
  do {
    const x = v128.load(a);
    const bucket = i32x4.max_s(i32x4.min_s(i32x4.trunc_sat_f32x4_s(f32x4.mul(f32x4.sub(x, from), scale)), top), bottom);
    store<i32>(pieces, pieceFrom(starts, buckets + <usize>(i32x4.extract_lane(bucket, 0) << 2), last, half, f32x4.extract_lane(x, 0)));
    store<i32>(pieces, pieceFrom(starts, buckets + <usize>(i32x4.extract_lane(bucket, 1) << 2), last, half, f32x4.extract_lane(x, 1)), 4);
    store<i32>(pieces, pieceFrom(starts, buckets + <usize>(i32x4.extract_lane(bucket, 2) << 2), last, half, f32x4.extract_lane(x, 2)), 8);
    store<i32>(pieces, pieceFrom(starts, buckets + <usize>(i32x4.extract_lane(bucket, 3) << 2), last, half, f32x4.extract_lane(x, 3)), 12);
    a += 16;
    pieces += 16;
  } while (a < end);
}

/** The float32 numbers of an array at four places. */
// @ts-expect-error: decorator
@inline
function gathered(from: usize, places: v128): v128 {
  let v = v128.load32_zero(from + <usize>(i32x4.extract_lane(places, 0) << 2));
  v = v128.load_lane<f32>(from + <usize>(i32x4.extract_lane(places, 1) << 2), v, 1);
  v = v128.load_lane<f32>(from + <usize>(i32x4.extract_lane(places, 2) << 2), v, 2);
  return v128.load_lane<f32>(from + <usize>(i32x4.extract_lane(places, 3) << 2), v, 3);
}

/**
 * byA[s] = Σ_o byRaw[o][s] · slope_o. With `sums` it also adds, to the sums of each sample's piece, byRaw and byRaw times the distance to
 * the anchor: all that the gradient by the weights needs, see table-gradient.ts.
 */
export function tableBackward(table: usize, sums: usize, a: usize, pieces: usize, byRaw: usize, byA: usize, n: i32): void {
  const anchors = address(table, Table.Anchors);
  const rows = address(table, Table.Rows);
  const outputs = word(table, Table.Outputs);
  const bytes = <usize>(whole(outputs) << 2);
  for (let s: usize = 0; s < <usize>(n << 2); s += 4) {
    const piece = load<i32>(pieces + s);
    const distance = splat(load<f32>(a + s) - load<f32>(anchors + <usize>(piece << 2)));
    const row = rows + <usize>piece * (bytes << 1);
    const sum = sums + <usize>piece * (bytes << 1);
    let from = byRaw + s;
    let left = outputs;
    let by = splat(0);
    for (let at: usize = 0; at < bytes; at += 16) {
      let g = v128.load32_zero(from);
      if (left > 1) g = v128.load_lane<f32>(from, g, 1, STRIDE);
      if (left > 2) g = v128.load_lane<f32>(from, g, 2, 2 * STRIDE);
      if (left > 3) g = v128.load_lane<f32>(from, g, 3, 3 * STRIDE);
      by = madd(g, v128.load(row + at), by);
      if (sums != 0) {
        v128.store(sum + at, f32x4.add(v128.load(sum + at), g));
        v128.store(sum + bytes + at, madd(g, distance, v128.load(sum + bytes + at)));
      }
      from += 4 * STRIDE;
      left -= 4;
    }
    const pair = f32x4.add(by, i64x2.shuffle(by, by, 1, 0));
    store<f32>(byA + s, f32x4.extract_lane(pair, 0) + f32x4.extract_lane(pair, 1));
  }
}
