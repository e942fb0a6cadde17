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
import { anchorOf, copyWeights, fillSegments, sortBreakpoints } from "./table-segments";
import { madd, sumOf } from "./vector";
import { address, number, setWord, whole, word } from "./words";

/** Builds the table from the parameters. Returns the pieces that it needs; more than its capacity means that it is not complete. */
export function tableBuild(table: usize, parameters: usize): i32 {
  copyWeights(table, parameters);
  sortBreakpoints(table, parameters);
  fillSegments(table, parameters);
  const pieces = word(table, Table.H2) == 0 ? buildOneLevel(table) : buildTwoLevels(table, parameters);
  if (pieces <= word(table, Table.Capacity)) fillBuckets(table);
  return pieces;
}

/** One hidden layer: its segments are the pieces. */
function buildOneLevel(table: usize): i32 {
  const segments = word(table, Table.Segments);
  const bytes = <usize>(whole(word(table, Table.Outputs)) << 2);
  for (let k = 0; k < segments; k++) {
    const row = address(table, Table.Rows) + <usize>k * (bytes << 1);
    memory.copy(row, address(table, Table.Slopes) + <usize>k * bytes, bytes);
    memory.copy(row + bytes, address(table, Table.Values) + <usize>k * bytes, bytes);
    placePiece(table, k, leftEnd(table, k), anchorOf(table, k), -1);
    store<i32>(address(table, Table.FirstPieces) + <usize>(k << 2), k);
  }
  store<i32>(address(table, Table.FirstPieces) + <usize>(segments << 2), segments);
  setWord(table, Table.Pieces, segments);
  return segments;
}

// @ts-expect-error: decorator
@inline
function leftEnd(table: usize, segment: i32): f32 {
  return segment == 0 ? f32.NEGATIVE_INFINITY : load<f32>(address(table, Table.Breakpoints) + <usize>((segment - 1) << 2));
}

// @ts-expect-error: decorator
@inline
function rightEnd(table: usize, segment: i32): f32 {
  const isLast = segment == word(table, Table.Segments) - 1;
  return isLast ? f32.POSITIVE_INFINITY : load<f32>(address(table, Table.Breakpoints) + <usize>(segment << 2));
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
  const bytes = <usize>(whole(word(table, Table.H2)) << 2);
  const zeros = address(table, Table.Scratch); // room for a segment's zeros: float32 distance and i32 unit for each
  const weighted = zeros + (bytes << 1);
  const capacity = word(table, Table.Capacity);
  let pieces = 0;
  for (let k = 0; k < segments; k++) {
    const slopes = address(table, Table.Slopes) + <usize>k * bytes;
    const values = address(table, Table.Values) + <usize>k * bytes;
    const anchor = anchorOf(table, k);
    const left = leftEnd(table, k);
    store<i32>(address(table, Table.FirstPieces) + <usize>(k << 2), min(pieces, capacity));
    const active = address(table, Table.Active) + <usize>k * bytes;
    const count = findZeros(table, slopes, values, active, bytes, left - anchor, rightEnd(table, k) - anchor, zeros);
    if (pieces + count + 1 <= capacity) {
      firstRow(table, parameters, pieces, slopes, values, active, weighted);
      placePiece(table, pieces, left, anchor, -1);
      for (let c = 0; c < count; c++) flipInto(table, pieces + c + 1, zeros + <usize>(c << 3), slopes, values, anchor);
    }
    pieces += count + 1;
  }
  store<i32>(address(table, Table.FirstPieces) + <usize>(segments << 2), min(pieces, capacity));
  setWord(table, Table.Pieces, min(pieces, capacity));
  return pieces;
}

/**
 * Lists the zeros of value + slope · u for low < u < high, sorted; units with equal ones stay in order. Returns their number. Notes the
 * slope of each unit's activation at the left end: one with a zero comes to it from the side that its slope says, the others keep to
 * their side, which for value 0 is where the slope leads from the anchor.
 */
function findZeros(table: usize, slopes: usize, values: usize, active: usize, bytes: usize, low: f32, high: f32, zeros: usize): i32 {
  const nothing = f32x4.splat(0);
  const above = f32x4.splat(low);
  const below = f32x4.splat(high);
  const leak = f32x4.splat(number(table, Table.Leak));
  const fromRight = i32x4.splat(high <= 0 ? -1 : 0); // the anchor is the right end
  let count = 0;
  let at: usize = 0;
  do {
    const slope = v128.load(slopes + at);
    const value = v128.load(values + at);
    const u = f32x4.neg(f32x4.div(value, slope));
    const falls = f32x4.lt(slope, nothing);
    const leads = v128.bitselect(falls, f32x4.gt(slope, nothing), fromRight);
    const steady = v128.or(f32x4.gt(value, nothing), v128.and(f32x4.eq(value, nothing), leads));
    const crosses = v128.and(f32x4.gt(u, above), f32x4.lt(u, below));
    v128.store(active + at, v128.bitselect(f32x4.splat(1), leak, v128.bitselect(falls, steady, crosses)));
    let inside = i32x4.bitmask(crosses);
    while (inside != 0) {
      const unit = <i32>(at >> 2) + ctz(inside);
      inside &= inside - 1;
      count = insert(zeros, count, -(load<f32>(values + <usize>(unit << 2)) / load<f32>(slopes + <usize>(unit << 2))), unit);
    }
    at += 16;
  } while (at < bytes);
  return count;
}

/** Adds a zero to the sorted ones. Returns their number. */
function insert(zeros: usize, count: i32, zero: f32, unit: i32): i32 {
  let place = zeros + <usize>(count << 3);
  while (place > zeros && load<f32>(place - 8) > zero) {
    store<u64>(place, load<u64>(place - 8));
    place -= 8;
  }
  store<f32>(place, zero);
  store<i32>(place, unit, 4);
  return count + 1;
}

/**
 * Outputs in the first piece of a segment. Inactive units are multiplied by the leak (0 for ReLU), not left out: NaN must come out.
 * `weighted` takes slopes and values once more, times the activation's slope.
 */
function firstRow(table: usize, parameters: usize, piece: i32, slopes: usize, values: usize, active: usize, weighted: usize): void {
  const outputs = word(table, Table.Outputs);
  const bytes = <usize>(whole(word(table, Table.H2)) << 2);
  const width = <usize>(whole(outputs) << 2);
  let at: usize = 0;
  do {
    const factor = v128.load(active + at);
    v128.store(weighted + at, f32x4.mul(factor, v128.load(slopes + at)));
    v128.store(weighted + bytes + at, f32x4.mul(factor, v128.load(values + at)));
    at += 16;
  } while (at < bytes);
  let row = address(table, Table.Rows) + <usize>piece * (width << 1);
  let rows3 = address(table, Table.Rows3);
  let bias = parameters + (address(table, Table.Bias3) << 2);
  for (let o = 0; o < outputs; o += 2) {
    const both = o + 1 < outputs;
    twoSums(rows3, both ? rows3 + bytes : rows3, weighted, bytes, row, row + width, both);
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
