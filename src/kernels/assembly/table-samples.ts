/** A table (see tables.ts) applied to the samples of a chunk, and its gradient as far as it is summed sample by sample. */
import { Table } from "./layout";
import { pieceOf } from "./table-lookup";
import { madd, STRIDE, splat } from "./vector";
import { address, whole, word } from "./words";

/** raw[o][s] = network(a[s]) for n samples; notes the piece of each in `pieces` (i32). */
export function tableMap(table: usize, a: usize, raw: usize, pieces: usize, n: i32): void {
  const starts = address(table, Table.Starts);
  const buckets = address(table, Table.Buckets);
  const anchors = address(table, Table.Anchors);
  const rows = address(table, Table.Rows);
  const outputs = word(table, Table.Outputs);
  const bytes = <usize>(whole(outputs) << 2);
  const last = word(table, Table.Pieces) - 1;
  const half = word(table, Table.FirstHalf);
  for (let s: usize = 0; s < <usize>(n << 2); s += 4) {
    const x = load<f32>(a + s);
    const piece = pieceOf(table, starts, buckets, last, half, x);
    store<i32>(pieces + s, piece);
    const distance = splat(x - load<f32>(anchors + <usize>(piece << 2)));
    const row = rows + <usize>piece * (bytes << 1);
    let to = raw + s;
    let left = outputs;
    for (let at: usize = 0; at < bytes; at += 16) {
      const out = madd(v128.load(row + at), distance, v128.load(row + bytes + at));
      v128.store_lane<f32>(to, out, 0);
      if (left > 1) v128.store_lane<f32>(to, out, 1, STRIDE);
      if (left > 2) v128.store_lane<f32>(to, out, 2, 2 * STRIDE);
      if (left > 3) v128.store_lane<f32>(to, out, 3, 3 * STRIDE);
      to += 4 * STRIDE;
      left -= 4;
    }
  }
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
