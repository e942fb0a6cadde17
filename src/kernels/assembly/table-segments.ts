/**
 * The first hidden layer of a network of one number: its breakpoints, and between them ("segments") the straight lines that it feeds on.
 * They are carried from 0 outwards, from one segment to the next, in double precision, so that nothing drifts or cancels.
 */
import { Table } from "./layout";
import { transpose } from "./transpose";
import { address, number, setWord, whole, word } from "./words";

/** Breakpoints further out than this are taken for none. */
const FAR: f64 = 1e30;

/** Width of the layer that the first one feeds: the second hidden layer or the outputs. */
// @ts-expect-error: decorator
@inline
function fedWidth(table: usize): i32 {
  const h2 = word(table, Table.H2);
  return h2 == 0 ? word(table, Table.Outputs) : h2;
}

/** Whether a unit of the first layer is active left of all breakpoints. Doubtful numbers count as active: they must come out. */
// @ts-expect-error: decorator
@inline
export function activeAtLeft(w: f32, b: f32): bool {
  const t = -(<f64>b) / <f64>w;
  if (abs(t) < FAR) return w < 0;
  return !(b <= 0) || w != w;
}

/** The end of a segment that is nearer to 0, or 0 within it: distances from there are never longer than the numbers themselves. */
export function anchorOf(table: usize, segment: i32): f32 {
  const breakpoints = address(table, Table.Breakpoints);
  const last = word(table, Table.Segments) - 1;
  const left = segment == 0 ? f32.NEGATIVE_INFINITY : load<f32>(breakpoints + <usize>((segment - 1) << 2));
  const right = segment == last ? f32.POSITIVE_INFINITY : load<f32>(breakpoints + <usize>(segment << 2));
  return max<f32>(left, min<f32>(right, 0));
}

export function copyWeights(table: usize, parameters: usize): void {
  const h1 = word(table, Table.H1);
  const width = fedWidth(table);
  const padded = whole(width);
  const weight2 = parameters + (address(table, Table.Weight2) << 2);
  const columns2 = address(table, Table.Columns2);
  transpose(weight2, width, h1, <usize>(h1 << 2), columns2, <usize>(padded << 2));
  const h2 = word(table, Table.H2);
  if (h2 == 0) return;
  const outputs = word(table, Table.Outputs);
  const weight3 = parameters + (address(table, Table.Weight3) << 2);
  const rows3 = address(table, Table.Rows3);
  for (let o = 0; o < outputs; o++) memory.copy(rows3 + <usize>(o * padded * 4), weight3 + <usize>(o * h2 * 4), <usize>(h2 << 2));
}

/**
 * Ranks the units by breakpoint −b/w, ties by number; those without one come last. The order of the last step is nearly right, so that
 * insertion takes a few moves.
 */
export function sortBreakpoints(table: usize, parameters: usize): void {
  const h1 = word(table, Table.H1);
  const weight = parameters + (address(table, Table.Weight1) << 2);
  const bias = parameters + (address(table, Table.Bias1) << 2);
  const order = address(table, Table.Order);
  const breakpoints = address(table, Table.Breakpoints);
  let finite = 0;
  for (let rank = 0; rank < h1; rank++) {
    const unit = load<i32>(order + <usize>(rank << 2));
    const at = <usize>(unit << 2);
    const exact = -(<f64>load<f32>(bias + at)) / <f64>load<f32>(weight + at);
    const isFinite = abs(exact) < FAR;
    const t: f32 = isFinite ? <f32>exact : f32.POSITIVE_INFINITY;
    if (isFinite) finite++;
    let place = rank;
    while (place > 0) {
      const before = <usize>((place - 1) << 2);
      const other = load<f32>(breakpoints + before);
      const otherUnit = load<i32>(order + before);
      if (other < t || (other == t && otherUnit < unit)) break;
      store<f32>(breakpoints + before + 4, other);
      store<i32>(order + before + 4, otherUnit);
      place--;
    }
    store<f32>(breakpoints + <usize>(place << 2), t);
    store<i32>(order + <usize>(place << 2), unit);
  }
  setWord(table, Table.Segments, finite + 1);
}

/** Slopes, and values at the anchor, of what the first layer feeds, for each segment. */
export function fillSegments(table: usize, parameters: usize): void {
  const padded = whole(fedWidth(table));
  const slopes = address(table, Table.Scratch);
  const values = slopes + <usize>(padded << 3);
  const start = values + <usize>(padded << 3);
  const last = word(table, Table.Segments) - 1;
  const middle = segmentOfZero(table);
  startSums(table, parameters, middle, slopes, values);
  memory.copy(start, slopes, <usize>(padded << 4));
  keep(table, middle, slopes, values, padded);
  for (let k = middle + 1; k <= last; k++) {
    cross(table, parameters, k - 1, 1, slopes, values, <f64>anchorOf(table, k) - <f64>anchorOf(table, k - 1));
    keep(table, k, slopes, values, padded);
  }
  memory.copy(slopes, start, <usize>(padded << 4));
  for (let k = middle - 1; k >= 0; k--) {
    cross(table, parameters, k, -1, slopes, values, <f64>anchorOf(table, k) - <f64>anchorOf(table, k + 1));
    keep(table, k, slopes, values, padded);
  }
}

function segmentOfZero(table: usize): i32 {
  const breakpoints = address(table, Table.Breakpoints);
  const last = word(table, Table.Segments) - 1;
  let k = 0;
  while (k < last && load<f32>(breakpoints + <usize>(k << 2)) <= 0) k++;
  return k;
}

/** Rounds the sums of a segment to float32. */
function keep(table: usize, segment: i32, slopes: usize, values: usize, padded: i32): void {
  const at = <usize>(segment * padded * 4);
  toSingle(slopes, address(table, Table.Slopes) + at, padded);
  toSingle(values, address(table, Table.Values) + at, padded);
}

/** The sums in the segment of 0, with their values at 0. */
function startSums(table: usize, parameters: usize, middle: i32, slopes: usize, values: usize): void {
  const h1 = word(table, Table.H1);
  const width = fedWidth(table);
  const padded = whole(width);
  const finite = word(table, Table.Segments) - 1;
  const leak = <f64>number(table, Table.Leak);
  const weight = parameters + (address(table, Table.Weight1) << 2);
  const bias = parameters + (address(table, Table.Bias1) << 2);
  const bias2 = parameters + (address(table, Table.Bias2) << 2);
  memory.fill(slopes, 0, <usize>(padded << 4));
  for (let j = 0; j < width; j++) store<f64>(values + <usize>(j << 3), <f64>load<f32>(bias2 + <usize>(j << 2)));
  const columns = address(table, Table.Columns2);
  for (let rank = 0; rank < h1; rank++) {
    const unit = load<i32>(address(table, Table.Order) + <usize>(rank << 2));
    const w = load<f32>(weight + <usize>(unit << 2));
    const b = load<f32>(bias + <usize>(unit << 2));
    const atLeft = activeAtLeft(w, b);
    const factor: f64 = (rank < finite && rank < middle ? !atLeft : atLeft) ? 1 : leak;
    addColumn(columns + <usize>(unit * padded * 4), padded, slopes, values, factor * <f64>w, factor * <f64>b, 0);
  }
}

/** values += slopes · distance + column · byValue;  slopes += column · bySlope. */
function addColumn(column: usize, padded: i32, slopes: usize, values: usize, bySlope: f64, byValue: f64, distance: f64): void {
  const s = f64x2.splat(bySlope);
  const v = f64x2.splat(byValue);
  const d = f64x2.splat(distance);
  const end = column + <usize>(padded << 2);
  do {
    const weights = f64x2.promote_low_f32x4(v128.load64_zero(column));
    const slope = v128.load(slopes);
    const value = f64x2.add(v128.load(values), f64x2.mul(slope, d));
    v128.store(values, f64x2.add(value, f64x2.mul(weights, v)));
    v128.store(slopes, f64x2.add(slope, f64x2.mul(weights, s)));
    column += 8;
    slopes += 16;
    values += 16;
  } while (column < end);
}

/**
 * Crosses the breakpoint of a rank, to the right (1) or to the left (−1), from one segment's anchor to the next one's, `distance` away.
 * One of the two anchors is the breakpoint or 0, on the near side of it; so the old lines lead to it, and the new ones away from it.
 */
function cross(table: usize, parameters: usize, rank: i32, way: i32, slopes: usize, values: usize, distance: f64): void {
  const padded = whole(fedWidth(table));
  const unit = load<i32>(address(table, Table.Order) + <usize>(rank << 2));
  const breakpoint = <f64>load<f32>(address(table, Table.Breakpoints) + <usize>(rank << 2));
  const w = <f64>load<f32>(parameters + (address(table, Table.Weight1) << 2) + <usize>(unit << 2));
  const b = <f64>load<f32>(parameters + (address(table, Table.Bias1) << 2) + <usize>(unit << 2));
  const change = (w > 0 ? <f64>way : <f64>-way) * (1 - <f64>number(table, Table.Leak));
  const column = address(table, Table.Columns2) + <usize>(unit * padded * 4);
  addColumn(column, padded, slopes, values, change * w, change * (w * breakpoint + b), distance);
}

/** Rounds double-precision sums to float32. */
function toSingle(from: usize, to: usize, count: i32): void {
  const end = to + <usize>(count << 2);
  do {
    const low = f32x4.demote_f64x2_zero(v128.load(from));
    const high = f32x4.demote_f64x2_zero(v128.load(from + 16));
    v128.store(to, i64x2.shuffle(low, high, 0, 2));
    from += 32;
    to += 16;
  } while (to < end);
}
