/**
 * Networks of one number a with (leaky) ReLU are piecewise linear in a, exactly. A table lists the pieces: between the breakpoints of the
 * first hidden layer ("segments") the second layer's sums are straight lines, z = value + slope · (a − anchor); between their zeros
 * ("pieces") so is the network's output. A look-up and one multiplication then replace the whole network for each sample.
 *
 * Slopes and values of the second layer are carried from segment to segment in double precision, so that nothing drifts; outputs are
 * summed anew in each segment, and change within it by one unit at each piece.
 */
import { Table } from "./layout";
import { fillBuckets } from "./table-lookup";
import { anchorOf, copyWeights, cross, sortBreakpoints, startSums, toSingle } from "./table-segments";
import { madd, sumOf } from "./vector";
import { address, number, setWord, whole, word } from "./words";

/** Builds the table from the parameters. Returns the pieces that it needs; more than its capacity means that it is not complete. */
export function tableBuild(table: usize, parameters: usize): i32 {
  copyWeights(table, parameters);
  sortBreakpoints(table, parameters);
  const pieces = word(table, Table.H2) == 0 ? buildOneLevel(table, parameters) : buildTwoLevels(table, parameters);
  if (pieces <= word(table, Table.Capacity)) fillBuckets(table);
  return pieces;
}

/** One hidden layer: its segments are the pieces. */
function buildOneLevel(table: usize, parameters: usize): i32 {
  const segments = word(table, Table.Segments);
  const padded = whole(word(table, Table.Outputs));
  const slopes = address(table, Table.Scratch);
  const values = slopes + <usize>(padded << 3);
  const rowBytes = <usize>(padded << 3);
  const rows = address(table, Table.Rows);
  startSums(table, parameters, slopes, values, anchorOf(table, 0));
  for (let k = 0; k < segments; k++) {
    const anchor = anchorOf(table, k);
    if (k > 0) cross(table, parameters, k - 1, slopes, values, <f64>anchor - <f64>anchorOf(table, k - 1));
    const row = rows + <usize>k * rowBytes;
    toSingle(slopes, row, padded);
    toSingle(values, row + <usize>(padded << 2), padded);
    placePiece(table, k, k == 0 ? f32.NEGATIVE_INFINITY : anchor, anchor, -1);
    store<i32>(address(table, Table.FirstPieces) + <usize>(k << 2), k);
  }
  store<i32>(address(table, Table.FirstPieces) + <usize>(segments << 2), segments);
  setWord(table, Table.Pieces, segments);
  return segments;
}

// @ts-expect-error: decorator
@inline
function placePiece(table: usize, piece: i32, start: f32, anchor: f32, flip: i32): void {
  const at = <usize>(piece << 2);
  store<f32>(address(table, Table.Starts) + at, start);
  store<f32>(address(table, Table.Anchors) + at, anchor);
  store<i32>(address(table, Table.Flips) + at, flip);
}

function buildTwoLevels(table: usize, parameters: usize): i32 {
  const segments = word(table, Table.Segments);
  const padded = whole(word(table, Table.H2));
  const slopes = address(table, Table.Scratch);
  const values = slopes + <usize>(padded << 3);
  const zeros = values + <usize>(padded << 3); // room for a segment's zeros: float32 distance and i32 unit for each
  const room = zeros + <usize>(padded << 3);
  const capacity = word(table, Table.Capacity);
  let pieces = 0;
  startSums(table, parameters, slopes, values, anchorOf(table, 0));
  for (let k = 0; k < segments; k++) {
    const anchor = anchorOf(table, k);
    if (k > 0) cross(table, parameters, k - 1, slopes, values, <f64>anchor - <f64>anchorOf(table, k - 1));
    const ownSlopes = address(table, Table.Slopes) + <usize>(k * padded * 4);
    const ownValues = address(table, Table.Values) + <usize>(k * padded * 4);
    toSingle(slopes, ownSlopes, padded);
    toSingle(values, ownValues, padded);
    store<i32>(address(table, Table.FirstPieces) + <usize>(k << 2), min(pieces, capacity));
    const low: f32 = k == 0 ? f32.NEGATIVE_INFINITY : 0;
    const high: f32 = k == segments - 1 ? f32.POSITIVE_INFINITY : k == 0 ? 0 : anchorOf(table, k + 1) - anchor;
    const count = findZeros(ownSlopes, ownValues, padded, low, high, zeros);
    if (pieces + count + 1 <= capacity) {
      firstRow(table, parameters, pieces, ownSlopes, ownValues, k == 0, room);
      placePiece(table, pieces, k == 0 ? f32.NEGATIVE_INFINITY : anchor, anchor, -1);
      for (let c = 0; c < count; c++) flipInto(table, pieces + c + 1, zeros + <usize>(c << 3), ownSlopes, ownValues, anchor);
    }
    pieces += count + 1;
  }
  store<i32>(address(table, Table.FirstPieces) + <usize>(segments << 2), min(pieces, capacity));
  setWord(table, Table.Pieces, min(pieces, capacity));
  return pieces;
}

/** Lists the zeros of value + slope · u for low < u < high, sorted; units with equal ones stay in order. Returns their number. */
function findZeros(slopes: usize, values: usize, padded: i32, low: f32, high: f32, zeros: usize): i32 {
  let count = 0;
  const above = f32x4.splat(low);
  const below = f32x4.splat(high);
  let j = 0;
  do {
    const at = <usize>(j << 2);
    const u = f32x4.neg(f32x4.div(v128.load(values + at), v128.load(slopes + at)));
    let inside = i32x4.bitmask(v128.and(f32x4.gt(u, above), f32x4.lt(u, below)));
    while (inside != 0) {
      const lane = ctz(inside);
      inside &= inside - 1;
      const unit = j + lane;
      const zero = -(load<f32>(values + <usize>(unit << 2)) / load<f32>(slopes + <usize>(unit << 2)));
      let place = count++;
      while (place > 0 && load<f32>(zeros + <usize>((place - 1) << 3)) > zero) {
        store<u64>(zeros + <usize>(place << 3), load<u64>(zeros + <usize>((place - 1) << 3)));
        place--;
      }
      store<f32>(zeros + <usize>(place << 3), zero);
      store<i32>(zeros + <usize>(place << 3), unit, 4);
    }
    j += 4;
  } while (j < padded);
  return count;
}

/** Ones where units of the second layer are active at the left end of a segment. */
// @ts-expect-error: decorator
@inline
function activeMask(slope: v128, value: v128, leftmost: bool): v128 {
  const zero = f32x4.splat(0);
  if (leftmost) return v128.or(f32x4.lt(slope, zero), v128.and(f32x4.eq(slope, zero), f32x4.gt(value, zero)));
  return v128.or(f32x4.gt(value, zero), v128.and(f32x4.eq(value, zero), f32x4.gt(slope, zero)));
}

/** Slope of the activation of four units: 1 where active, else the leak. */
// @ts-expect-error: decorator
@inline
export function activationSlopes(slope: v128, value: v128, leftmost: bool, leak: v128): v128 {
  return v128.bitselect(f32x4.splat(1), leak, activeMask(slope, value, leftmost));
}

/**
 * Outputs in the first piece of a segment. Inactive units are multiplied by the leak (0 for ReLU), not left out: NaN must come out.
 * `room` takes slopes and values once more, times the activation's slope.
 */
function firstRow(table: usize, parameters: usize, piece: i32, slopes: usize, values: usize, leftmost: bool, room: usize): void {
  const outputs = word(table, Table.Outputs);
  const bytes = <usize>(whole(word(table, Table.H2)) << 2);
  const width = <usize>(whole(outputs) << 2);
  const leak = f32x4.splat(number(table, Table.Leak));
  let at: usize = 0;
  do {
    const slope = v128.load(slopes + at);
    const value = v128.load(values + at);
    const active = activationSlopes(slope, value, leftmost, leak);
    v128.store(room + at, f32x4.mul(active, slope));
    v128.store(room + bytes + at, f32x4.mul(active, value));
    at += 16;
  } while (at < bytes);
  let row = address(table, Table.Rows) + <usize>piece * (width << 1);
  let rows3 = address(table, Table.Rows3);
  let bias = parameters + (address(table, Table.Bias3) << 2);
  for (let o = 0; o < outputs; o += 2) {
    const both = o + 1 < outputs;
    twoSums(rows3, both ? rows3 + bytes : rows3, room, bytes, row, row + width, both);
    store<f32>(row + width, load<f32>(row + width) + load<f32>(bias));
    if (both) store<f32>(row + width, load<f32>(row + width, 4) + load<f32>(bias, 4), 4);
    rows3 += bytes << 1;
    row += 8;
    bias += 8;
  }
}

/** Sums over the units for one or two outputs: of slopes to `slopeRow`, of values to `valueRow`. */
function twoSums(first: usize, second: usize, room: usize, bytes: usize, slopeRow: usize, valueRow: usize, both: bool): void {
  let a0 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  const end = room + bytes;
  do {
    const s = v128.load(room);
    const v = v128.load(room + bytes);
    const w0 = v128.load(first);
    const w1 = v128.load(second);
    a0 = madd(w0, s, a0);
    b0 = madd(w0, v, b0);
    a1 = madd(w1, s, a1);
    b1 = madd(w1, v, b1);
    room += 16;
    first += 16;
    second += 16;
  } while (room < end);
  store<f32>(slopeRow, sumOf(a0));
  store<f32>(valueRow, sumOf(b0));
  if (!both) return;
  store<f32>(slopeRow, sumOf(a1), 4);
  store<f32>(valueRow, sumOf(b1), 4);
}

/** The next piece: as the one before, but for one unit that changes sides at `zero` (its distance from the anchor, and the unit). */
function flipInto(table: usize, piece: i32, zero: usize, slopes: usize, values: usize, anchor: f32): void {
  const outputs = word(table, Table.Outputs);
  const width = whole(outputs);
  const padded = whole(word(table, Table.H2));
  const unit = load<i32>(zero, 4);
  const slope = load<f32>(slopes + <usize>(unit << 2));
  const value = load<f32>(values + <usize>(unit << 2));
  const change: f32 = (slope > 0 ? <f32>1 : <f32>-1) * (1 - number(table, Table.Leak));
  const bytes = <usize>(width << 3);
  const row = address(table, Table.Rows) + <usize>piece * bytes;
  memory.copy(row, row - bytes, bytes);
  let weight = address(table, Table.Rows3) + <usize>(unit << 2);
  for (let o = 0; o < outputs; o++) {
    const at = row + <usize>(o << 2);
    const second = at + <usize>(width << 2);
    const factor = change * load<f32>(weight);
    store<f32>(at, load<f32>(at) + factor * slope);
    store<f32>(second, load<f32>(second) + factor * value);
    weight += <usize>(padded << 2);
  }
  const before = load<f32>(address(table, Table.Starts) + <usize>((piece - 1) << 2));
  placePiece(table, piece, max(before, anchor + load<f32>(zero)), anchor, unit);
}
