/**
 * The gradient of a network by its weights from the sums over the samples of each piece of its table (see tables.ts).
 * With S₀ = Σ byRaw and S₁ = Σ byRaw (a − anchor) over the samples of a piece, and every unit's activation fixed within it:
 * ∂W₃[o][j] = Σ_pieces σ_j (slope_j S₁[o] + value_j S₀[o]), and the second layer's sums get Σ_o W₃[o][j] σ_j S₁[o] by their slope and the
 * same with S₀ by their value. The first two layers follow from prefix sums of these over the segments, since each unit of the first layer
 * flips once.
 */
import { Table } from "./layout";
import { activeAtLeft } from "./table-segments";
import { transpose } from "./transpose";
import { madd, splat, sumOf } from "./vector";
import { address, number, whole, word } from "./words";

/** Writes the gradient of all weights and biases, from the sums of all threads, which it adds up in the first one's place. */
export function tableGradient(table: usize, threads: i32, parameters: usize, gradient: usize): void {
  addThreads(table, threads);
  if (word(table, Table.H2) == 0) oneLevel(table);
  else lastLayer(table, gradient);
  firstLayers(table, parameters, gradient);
}

function addThreads(table: usize, threads: i32): void {
  const bytes = <usize>(word(table, Table.Pieces) * whole(word(table, Table.Outputs)) * 8);
  const sums = address(table, Table.Sums);
  const stride = address(table, Table.SumsStride);
  for (let t = 1; t < threads; t++) {
    const other = sums + <usize>t * stride;
    for (let at: usize = 0; at < bytes; at += 16) v128.store(sums + at, f32x4.add(v128.load(sums + at), v128.load(other + at)));
  }
}

/** One hidden layer: the sums of a segment are the gradient by slope and value of what the first layer feeds. */
function oneLevel(table: usize): void {
  const segments = word(table, Table.Segments);
  const bytes = <usize>(whole(word(table, Table.Outputs)) << 2);
  const sums = address(table, Table.Sums);
  for (let k = 0; k < segments; k++) {
    const sum = sums + <usize>k * (bytes << 1);
    storeSegment(table, k, bytes, sum, sum + bytes);
  }
}

/** Stores what a segment's sums say about slope and value of the fed layer; by the slope at a = 0 instead of that at the anchor. */
function storeSegment(table: usize, segment: i32, bytes: usize, byValue: usize, bySlope: usize): void {
  const anchor = splat(
    load<f32>(address(table, Table.Anchors) + <usize>(load<i32>(address(table, Table.FirstPieces) + <usize>(segment << 2)) << 2)),
  );
  const values = address(table, Table.ByValues) + <usize>segment * bytes;
  const slopes = address(table, Table.BySlopes) + <usize>segment * bytes;
  for (let at: usize = 0; at < bytes; at += 16) {
    const v = v128.load(byValue + at);
    v128.store(values + at, v);
    v128.store(slopes + at, madd(anchor, v, v128.load(bySlope + at)));
  }
}

/** ∂W₃ and ∂b₃, and for each segment the gradient by slopes and values of the second layer's sums. */
function lastLayer(table: usize, gradient: usize): void {
  const segments = word(table, Table.Segments);
  const outputs = word(table, Table.Outputs);
  const h2 = word(table, Table.H2);
  const padded = whole(h2);
  const width = <usize>(whole(outputs) << 2);
  const rowBytes = <usize>(padded << 2);
  const scratch = address(table, Table.Scratch);
  const total = scratch; // S₀ then S₁ of a segment
  const suffix = total + (width << 1);
  const all = suffix + (width << 1); // Σ S₀
  const byRows3 = all + width; // [outputs][H2 rounded up]
  memory.fill(all, 0, width + <usize>outputs * rowBytes);
  const first = address(table, Table.FirstPieces);
  const sums = address(table, Table.Sums);
  for (let k = 0; k < segments; k++) {
    const from = load<i32>(first + <usize>(k << 2));
    const to = load<i32>(first + <usize>(k << 2), 4);
    memory.fill(total, 0, width << 1);
    for (let p = from; p < to; p++) addInto(total, sums + <usize>p * (width << 1), width << 1);
    const byValue = address(table, Table.ByValues) + <usize>k * rowBytes;
    const bySlope = address(table, Table.BySlopes) + <usize>k * rowBytes;
    if (!isAny(total, width << 1)) {
      memory.fill(byValue, 0, rowBytes);
      memory.fill(bySlope, 0, rowBytes);
      continue;
    }
    addInto(all, total, width);
    wholeSegment(table, k, total, byRows3, byValue, bySlope);
    memory.fill(suffix, 0, width << 1);
    for (let p = to - 1; p > from; p--) {
      addInto(suffix, sums + <usize>p * (width << 1), width << 1);
      flipped(table, k, p, suffix, byRows3, byValue, bySlope);
    }
    storeSegment(table, k, rowBytes, byValue, bySlope);
  }
  memory.copy(gradient + (address(table, Table.Bias3) << 2), all, <usize>(outputs << 2));
  const weight3 = gradient + (address(table, Table.Weight3) << 2);
  for (let o = 0; o < outputs; o++) memory.copy(weight3 + <usize>(o * h2 * 4), byRows3 + <usize>o * rowBytes, <usize>(h2 << 2));
}

function addInto(to: usize, from: usize, bytes: usize): void {
  const end = to + bytes;
  do {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    to += 16;
    from += 16;
  } while (to < end);
}

function isAny(from: usize, bytes: usize): bool {
  for (let at: usize = 0; at < bytes; at += 16) if (v128.any_true(v128.load(from + at))) return true;
  return false;
}

/** As if no unit flipped within the segment. */
function wholeSegment(table: usize, k: i32, total: usize, byRows3: usize, byValue: usize, bySlope: usize): void {
  const outputs = word(table, Table.Outputs);
  const width = <usize>(whole(outputs) << 2);
  const rowBytes = <usize>(whole(word(table, Table.H2)) << 2);
  const slopes = address(table, Table.Slopes) + <usize>k * rowBytes;
  const values = address(table, Table.Values) + <usize>k * rowBytes;
  const rows3 = address(table, Table.Rows3);
  const activations = address(table, Table.Active) + <usize>k * rowBytes;
  let at: usize = 0;
  do {
    const active = v128.load(activations + at);
    const s = f32x4.mul(active, v128.load(slopes + at));
    const v = f32x4.mul(active, v128.load(values + at));
    let d0 = splat(0);
    let d1 = splat(0);
    let weight = rows3 + at;
    let byWeight = byRows3 + at;
    let o: usize = 0;
    do {
      const s0 = v128.load32_splat(total + o);
      const s1 = v128.load32_splat(total + width + o);
      const w = v128.load(weight);
      d0 = madd(w, s0, d0);
      d1 = madd(w, s1, d1);
      v128.store(byWeight, madd(s, s1, madd(v, s0, v128.load(byWeight))));
      weight += rowBytes;
      byWeight += rowBytes;
      o += 4;
    } while (o < <usize>(outputs << 2));
    v128.store(byValue + at, f32x4.mul(active, d0));
    v128.store(bySlope + at, f32x4.mul(active, d1));
    at += 16;
  } while (at < rowBytes);
}

/** Corrects for the one unit that flips where a piece starts: from there to the segment's end its activation is the other one. */
function flipped(table: usize, k: i32, piece: i32, suffix: usize, byRows3: usize, byValue: usize, bySlope: usize): void {
  const outputs = word(table, Table.Outputs);
  const width = <usize>(whole(outputs) << 2);
  const rowBytes = <usize>(whole(word(table, Table.H2)) << 2);
  const unit = <usize>(load<i32>(address(table, Table.Flips) + <usize>(piece << 2)) << 2);
  const slope = load<f32>(address(table, Table.Slopes) + <usize>k * rowBytes + unit);
  const value = load<f32>(address(table, Table.Values) + <usize>k * rowBytes + unit);
  const change: f32 = (slope > 0 ? <f32>1 : <f32>-1) * (1 - number(table, Table.Leak));
  let weight = address(table, Table.Rows3) + unit;
  let byWeight = byRows3 + unit;
  let d0: f32 = 0;
  let d1: f32 = 0;
  for (let o: usize = 0; o < <usize>(outputs << 2); o += 4) {
    const s0 = load<f32>(suffix + o);
    const s1 = load<f32>(suffix + width + o);
    const w = load<f32>(weight);
    d0 += w * s0;
    d1 += w * s1;
    store<f32>(byWeight, load<f32>(byWeight) + change * (slope * s1 + value * s0));
    weight += rowBytes;
    byWeight += rowBytes;
  }
  store<f32>(byValue + unit, load<f32>(byValue + unit) + change * d0);
  store<f32>(bySlope + unit, load<f32>(bySlope + unit) + change * d1);
}

/** The layer that the first one feeds, and the first one: each of its units has the sums left and right of its breakpoint. */
function firstLayers(table: usize, parameters: usize, gradient: usize): void {
  const h1 = word(table, Table.H1);
  const h2 = word(table, Table.H2);
  const width = h2 == 0 ? word(table, Table.Outputs) : h2;
  const bytes = <usize>(whole(width) << 2);
  const segments = word(table, Table.Segments);
  const byValues = address(table, Table.ByValues);
  const bySlopes = address(table, Table.BySlopes);
  const all = address(table, Table.Scratch); // over all segments: by value, by slope; then the same left of the present breakpoint
  const left = all + (bytes << 1);
  const byColumns2 = left + (bytes << 1); // [H1][fed width rounded up]
  memory.fill(all, 0, bytes << 2);
  for (let k = 0; k < segments; k++) {
    addInto(all, byValues + <usize>k * bytes, bytes);
    addInto(all + bytes, bySlopes + <usize>k * bytes, bytes);
  }
  memory.copy(gradient + (address(table, Table.Bias2) << 2), all, <usize>(width << 2));
  const weight1 = address(table, Table.Weight1) << 2;
  const bias1 = address(table, Table.Bias1) << 2;
  const leak = number(table, Table.Leak);
  for (let rank = 0; rank < h1; rank++) {
    const unit = load<i32>(address(table, Table.Order) + <usize>(rank << 2));
    const at = <usize>(unit << 2);
    const w = load<f32>(parameters + weight1 + at);
    const b = load<f32>(parameters + bias1 + at);
    const leftActive = activeAtLeft(w, b);
    const onLeft: f32 = leftActive ? 1 : leak;
    let onRight: f32 = onLeft;
    if (rank + 1 < segments) {
      addInto(left, byValues + <usize>rank * bytes, bytes);
      addInto(left + bytes, bySlopes + <usize>rank * bytes, bytes);
      onRight = leftActive ? leak : 1;
    }
    const byWeight = weigh(
      all,
      left,
      byColumns2 + <usize>unit * bytes,
      bytes,
      onLeft,
      onRight,
      address(table, Table.Columns2) + <usize>unit * bytes,
      w,
      b,
    );
    store<f32>(gradient + weight1 + at, f32x4.extract_lane(byWeight, 0));
    store<f32>(gradient + bias1 + at, f32x4.extract_lane(byWeight, 1));
  }
  transpose(byColumns2, h1, width, bytes, gradient + (address(table, Table.Weight2) << 2), <usize>(h1 << 2));
}

/**
 * For one unit of the first layer, active by `onLeft` and `onRight` of its breakpoint: writes ∂W₂[·][unit] into `to`, and returns
 * ∂w₁ and ∂b₁ in the first two lanes.
 */
function weigh(all: usize, left: usize, to: usize, bytes: usize, onLeft: f32, onRight: f32, column: usize, w: f32, b: f32): v128 {
  const l = splat(onLeft);
  const r = splat(onRight);
  const weight = splat(w);
  const bias = splat(b);
  let byWeight = splat(0);
  let byBias = splat(0);
  let at: usize = 0;
  do {
    const leftValue = v128.load(left + at);
    const leftSlope = v128.load(left + bytes + at);
    const value = madd(l, leftValue, f32x4.mul(r, f32x4.sub(v128.load(all + at), leftValue)));
    const slope = madd(l, leftSlope, f32x4.mul(r, f32x4.sub(v128.load(all + bytes + at), leftSlope)));
    v128.store(to + at, madd(weight, slope, f32x4.mul(bias, value)));
    const c = v128.load(column + at);
    byWeight = madd(c, slope, byWeight);
    byBias = madd(c, value, byBias);
    at += 16;
  } while (at < bytes);
  return f32x4.replace_lane(splat(sumOf(byWeight)), 1, sumOf(byBias));
}
