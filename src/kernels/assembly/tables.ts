/**
 * Networks of one number a with (leaky) ReLU are piecewise linear in a, exactly. A table lists the pieces: between the breakpoints of the
 * first hidden layer ("segments") the second layer's sums are straight lines, z = value + slope · (a − anchor); between their zeros
 * ("pieces") so is the network's output. A look-up and one multiplication then replace the whole network for each sample.
 *
 * Slopes and values of the second layer are carried from segment to segment in double precision, so that nothing drifts; outputs are
 * summed anew in each segment, and change within it by one unit at each piece.
 */
import { BUCKETS, Table } from "./layout";
import { transpose } from "./transpose";
import { address, number, setNumber, setWord, whole, word } from "./words";

/** Breakpoints further out than this are never reached. */
const FAR: f64 = 1e30;

/** Builds the table from the parameters. Returns the pieces that it needs; more than its capacity means that it is not complete. */
export function tableBuild(table: usize, parameters: usize): i32 {
  copyWeights(table, parameters);
  sortBreakpoints(table, parameters);
  const pieces = word(table, Table.H2) == 0 ? buildOneLevel(table, parameters) : buildTwoLevels(table, parameters);
  if (pieces <= word(table, Table.Capacity)) fillBuckets(table);
  return pieces;
}

/** Whether a unit of the first layer is active left of all breakpoints. Doubtful numbers count as active: they must come out. */
// @ts-expect-error: decorator
@inline
export function activeAtLeft(w: f32, b: f32): bool {
  const t = -(<f64>b) / <f64>w;
  if (abs(t) < FAR) return w < 0;
  return !(b <= 0) || w != w;
}

/** Width of the layer that the first one feeds: the second hidden layer or the outputs. */
// @ts-expect-error: decorator
@inline
function fedWidth(table: usize): i32 {
  const h2 = word(table, Table.H2);
  return h2 == 0 ? word(table, Table.Outputs) : h2;
}

function copyWeights(table: usize, parameters: usize): void {
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
function sortBreakpoints(table: usize, parameters: usize): void {
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

/** Slopes and values of the fed layer left of all breakpoints, at the first of them, in double precision. */
function startSums(table: usize, parameters: usize, slopes: usize, values: usize, anchor: f32): void {
  const h1 = word(table, Table.H1);
  const width = fedWidth(table);
  const padded = whole(width);
  const leak = <f64>number(table, Table.Leak);
  const weight = parameters + (address(table, Table.Weight1) << 2);
  const bias = parameters + (address(table, Table.Bias1) << 2);
  const bias2 = parameters + (address(table, Table.Bias2) << 2);
  memory.fill(slopes, 0, <usize>(padded << 3));
  memory.fill(values, 0, <usize>(padded << 3));
  for (let j = 0; j < width; j++) store<f64>(values + <usize>(j << 3), <f64>load<f32>(bias2 + <usize>(j << 2)));
  const columns = address(table, Table.Columns2);
  for (let i = 0; i < h1; i++) {
    const w = load<f32>(weight + <usize>(i << 2));
    const b = load<f32>(bias + <usize>(i << 2));
    const factor: f64 = activeAtLeft(w, b) ? 1 : leak;
    addColumn(columns + <usize>(i * padded * 4), padded, slopes, values, factor * <f64>w, factor * (<f64>w * <f64>anchor + <f64>b), 0);
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

/** Crosses one breakpoint of the first layer: the sums are those right of it afterwards, with their values there. */
function cross(table: usize, parameters: usize, rank: i32, slopes: usize, values: usize, distance: f64): void {
  const padded = whole(fedWidth(table));
  const unit = load<i32>(address(table, Table.Order) + <usize>(rank << 2));
  const anchor = load<f32>(address(table, Table.Breakpoints) + <usize>(rank << 2));
  const w = load<f32>(parameters + (address(table, Table.Weight1) << 2) + <usize>(unit << 2));
  const b = load<f32>(parameters + (address(table, Table.Bias1) << 2) + <usize>(unit << 2));
  const change = (w > 0 ? <f64>1 : <f64>-1) * (1 - <f64>number(table, Table.Leak));
  const column = address(table, Table.Columns2) + <usize>(unit * padded * 4);
  addColumn(column, padded, slopes, values, change * <f64>w, change * (<f64>w * <f64>anchor + <f64>b), distance);
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

// @ts-expect-error: decorator
@inline
function anchorOf(table: usize, segment: i32): f32 {
  if (word(table, Table.Segments) == 1) return 0;
  return load<f32>(address(table, Table.Breakpoints) + <usize>(max(segment - 1, 0) << 2));
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
      firstRow(table, parameters, pieces, ownSlopes, ownValues, k == 0);
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

/** Outputs in the first piece of a segment. Inactive units are multiplied by the leak (0 for ReLU), not left out: NaN must come out. */
function firstRow(table: usize, parameters: usize, piece: i32, slopes: usize, values: usize, leftmost: bool): void {
  const outputs = word(table, Table.Outputs);
  const padded = whole(word(table, Table.H2));
  const width = whole(outputs);
  const row = address(table, Table.Rows) + <usize>(piece * width * 8);
  const bias = parameters + (address(table, Table.Bias3) << 2);
  const leak = f32x4.splat(number(table, Table.Leak));
  let rows3 = address(table, Table.Rows3);
  const bytes = <usize>(padded << 2);
  // two outputs at a time share the masks
  for (let o = 0; o < outputs; o += 2) {
    const next = o + 1 < outputs ? rows3 + bytes : rows3;
    let a0 = f32x4.splat(0);
    let b0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let b1 = f32x4.splat(0);
    let at: usize = 0;
    do {
      const slope = v128.load(slopes + at);
      const value = v128.load(values + at);
      const active = activationSlopes(slope, value, leftmost, leak);
      const s = f32x4.mul(active, slope);
      const v = f32x4.mul(active, value);
      const w0 = v128.load(rows3 + at);
      const w1 = v128.load(next + at);
      a0 = f32x4.add(a0, f32x4.mul(w0, s));
      b0 = f32x4.add(b0, f32x4.mul(w0, v));
      a1 = f32x4.add(a1, f32x4.mul(w1, s));
      b1 = f32x4.add(b1, f32x4.mul(w1, v));
      at += 16;
    } while (at < bytes);
    const place = row + <usize>(o << 2);
    const second = place + <usize>(width << 2);
    store<f32>(place, total(a0));
    store<f32>(second, total(b0) + load<f32>(bias + <usize>(o << 2)));
    if (o + 1 < outputs) {
      store<f32>(place + 4, total(a1));
      store<f32>(second + 4, total(b1) + load<f32>(bias + <usize>((o + 1) << 2)));
    }
    rows3 += 2 * bytes;
  }
}

// @ts-expect-error: decorator
@inline
function total(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
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

/**
 * Buckets of equal width between the breakpoints that leave a sixteenth on either side. The bucket of a number never falls as the number
 * rises, also after rounding, so pieces of lower buckets lie below it and those of higher ones above.
 */
function fillBuckets(table: usize): void {
  const pieces = word(table, Table.Pieces);
  const starts = address(table, Table.Starts);
  const buckets = address(table, Table.Buckets);
  const margin = pieces >> 4;
  const from = pieces > 1 ? load<f32>(starts + <usize>((1 + margin) << 2)) : 0;
  const to = pieces > 1 ? load<f32>(starts + <usize>((pieces - 1 - margin) << 2)) : 0;
  setNumber(table, Table.BucketsFrom, from);
  setNumber(table, Table.BucketsScale, to > from ? <f32>BUCKETS / (to - from) : 0);
  let piece = 1;
  for (let b = 0; b <= BUCKETS; b++) {
    while (piece < pieces && bucketOf(table, load<f32>(starts + <usize>(piece << 2))) < b) piece++;
    store<i32>(buckets + <usize>(b << 2), piece - 1);
  }
}

// @ts-expect-error: decorator
@inline
function bucketOf(table: usize, a: f32): i32 {
  const at = (a - number(table, Table.BucketsFrom)) * number(table, Table.BucketsScale);
  return min(max(<i32>at, 0), BUCKETS - 1);
}

/** The piece that holds a: the last one that starts at or before it; the first one for NaN. */
// @ts-expect-error: decorator
@inline
export function pieceOf(table: usize, starts: usize, buckets: usize, a: f32): i32 {
  const bucket = buckets + <usize>(bucketOf(table, a) << 2);
  let low = load<i32>(bucket);
  let high = load<i32>(bucket, 4);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (load<f32>(starts + <usize>(middle << 2)) <= a) low = middle;
    else high = middle - 1;
  }
  return low;
}
