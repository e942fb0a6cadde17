/** The first stages of the spline: from raw numbers and points to the bin of each point, and to what is to be known of it. */
import { clippedLogit, decay, powerOfTwo, sigmoid, softplus, zukoRate, zukoSlope } from "./spline-knots";
import { Axis, Saved, keep, recall, savedRows } from "./spline-saved";
import { STRIDE, choose, madd, splat } from "./vector";

/** Softmax along both axes: weights e^(logit − largest logit) = 2^(rate · …), and the share of the room that a weight of 1 gets. */
export function weigh(
  zuko: bool, bins: i32, room: f32, rate: f32, lowest: f32, size: usize, raw: usize, saved: usize,
): void {
  const length = <usize>bins * STRIDE;
  const span = <usize>bins << 4;
  const step = <usize>savedRows(bins) << 4;
  for (let end = raw + size; raw < end; raw += 16) {
    const last = raw + length;
    let doubt = splat(0);
    let widest = v128.load(raw);
    let highest = v128.load(last);
    for (let from = raw; from < last; from += STRIDE) {
      const a = v128.load(from);
      const b = v128.load(from + length);
      widest = f32x4.pmax(widest, a);
      highest = f32x4.pmax(highest, b);
      doubt = madd(b, splat(0), madd(a, splat(0), doubt));
    }
    // neither clipping nor scaling changes which logit is the largest
    widest = logitOf(zuko, widest);
    highest = logitOf(zuko, highest);
    let widths = splat(0);
    let heights = splat(0);
    let to = saved + (Saved.Weights << 4);
    for (let from = raw; from < last; from += STRIDE) {
      const width = powerOfTwo(f32x4.sub(logitOf(zuko, v128.load(from)), widest), splat(rate), splat(lowest));
      const height = powerOfTwo(f32x4.sub(logitOf(zuko, v128.load(from + length)), highest), splat(rate), splat(lowest));
      widths = f32x4.add(widths, width);
      heights = f32x4.add(heights, height);
      v128.store(to, width);
      v128.store(to + span, height);
      to += 16;
    }
    keep(saved, Saved.Doubt, doubt);
    keep(saved, Saved.Widths + Axis.Unit, f32x4.div(splat(room), widths));
    keep(saved, Saved.Heights + Axis.Unit, f32x4.div(splat(room), heights));
    saved += step;
  }
}

// @ts-expect-error: decorator
@inline
function logitOf(zuko: bool, raw: v128): v128 {
  return zuko ? clippedLogit(raw) : raw;
}

/** The bins that hold the points, found from the near end along the axis that the points are given on. */
export function findBins(inverse: bool, bins: i32, bound: f32, smallest: f32, size: usize, x: usize, saved: usize): void {
  const axis = inverse ? Saved.Heights : Saved.Widths;
  const first = <usize>(Saved.Weights + (inverse ? bins : 0)) << 4;
  const step = <usize>savedRows(bins) << 4;
  for (let end = x + size; x < end; x += 16) {
    const at = v128.load(x);
    const left = f32x4.lt(at, splat(0));
    const distance = f32x4.sub(splat(bound), f32x4.pmin(f32x4.abs(at), splat(bound)));
    // A knot belongs to the bin on its left, which is the farther one as seen from the right: there, a point goes on at the knot itself.
    const reach = i32x4.add(distance, v128.andnot(i32x4.splat(1), left));
    const unit = recall(saved, axis + Axis.Unit);
    let sum = splat(0);
    let floor = splat(0);
    let near = splat(0);
    let own = splat(0);
    let far = splat(0);
    let before = i32x4.splat(0);
    let passed = i32x4.splat(-1);
    const last = saved + first + (<usize>(bins - 1) << 4);
    for (let from = saved + first, mirrored = last; from <= last; from += 16, mirrored -= 16) {
      const weight = choose(left, v128.load(from), v128.load(mirrored));
      sum = f32x4.add(sum, weight);
      floor = f32x4.add(floor, splat(smallest));
      // never so in the last bin, since no point is farther than half the box
      const beyond = f32x4.gt(reach, madd(sum, unit, floor));
      before = i32x4.sub(before, beyond);
      near = f32x4.add(near, v128.and(weight, beyond));
      own = v128.or(own, v128.and(weight, v128.andnot(passed, beyond)));
      far = f32x4.add(far, v128.andnot(weight, passed));
      passed = beyond;
    }
    const behind = i32x4.sub(i32x4.splat(bins - 1), before);
    keep(saved, Saved.Bin, choose(left, before, behind));
    keep(saved, Saved.Before, f32x4.convert_i32x4_s(before));
    keep(saved, Saved.Behind, f32x4.convert_i32x4_s(behind));
    keep(saved, axis + Axis.Near, near);
    keep(saved, axis + Axis.Own, own);
    keep(saved, axis + Axis.Far, far);
    saved += step;
  }
}

/** Now that bins are known: the sums along the other axis. For `measureSlopes`, fields get raw slopes and where the box ends. */
export function gather(inverse: bool, bins: i32, size: usize, x: usize, raw: usize, saved: usize): void {
  const axis = inverse ? Saved.Widths : Saved.Heights;
  const first = <usize>(Saved.Weights + (inverse ? 0 : bins)) << 4;
  const step = <usize>savedRows(bins) << 4;
  raw += <usize>(2 * bins) * STRIDE;
  for (let end = x + size; x < end; x += 16) {
    const bin = recall(saved, Saved.Bin);
    let doubt = recall(saved, Saved.Doubt);
    let lower = splat(0);
    let own = splat(0);
    let upper = splat(0);
    let rawLeft = splat(0);
    let rawRight = splat(0);
    let number = i32x4.splat(0);
    let here = i32x4.eq(bin, number);
    const isFirst = here;
    const last = saved + first + (<usize>(bins - 1) << 4);
    for (let from = saved + first, slope = raw; from < last; from += 16, slope += STRIDE) {
      const weight = v128.load(from);
      const a = v128.load(slope);
      lower = f32x4.add(lower, v128.and(weight, i32x4.gt_s(bin, number)));
      own = v128.or(own, v128.and(weight, here));
      upper = f32x4.add(upper, v128.and(weight, i32x4.lt_s(bin, number)));
      doubt = madd(a, splat(0), doubt);
      rawRight = v128.or(rawRight, v128.and(a, here));
      number = i32x4.add(number, i32x4.splat(1));
      here = i32x4.eq(bin, number);
      rawLeft = v128.or(rawLeft, v128.and(a, here));
    }
    const isLast = here;
    own = v128.or(own, v128.and(v128.load(last), isLast));
    upper = f32x4.add(upper, v128.andnot(v128.load(last), isLast));
    const left = f32x4.lt(v128.load(x), splat(0));
    keep(saved, Saved.Doubt, doubt);
    keep(saved, axis + Axis.Near, choose(left, lower, upper));
    keep(saved, axis + Axis.Own, own);
    keep(saved, axis + Axis.Far, choose(left, upper, lower));
    keep(saved, Saved.NearSlope, choose(left, rawLeft, rawRight));
    keep(saved, Saved.NearSlope + 1, choose(left, isFirst, isLast));
    keep(saved, Saved.FarSlope, choose(left, rawRight, rawLeft));
    keep(saved, Saved.FarSlope + 1, choose(left, isLast, isFirst));
    raw += 16;
    saved += step;
  }
}

/** Slopes at the two knots of each bin; 1 where the box ends. */
export function measureSlopes(zuko: bool, bins: i32, minSlope: f32, size: usize, saved: usize): void {
  const step = <usize>savedRows(bins) << 4;
  for (let s: usize = 0; s < size; s += 16) {
    measureSlope(zuko, splat(minSlope), saved, Saved.NearSlope);
    measureSlope(zuko, splat(minSlope), saved, Saved.FarSlope);
    saved += step;
  }
}

// @ts-expect-error: decorator
@inline
function measureSlope(zuko: bool, minSlope: v128, kept: usize, field: i32): void {
  const raw = recall(kept, field);
  const ends = recall(kept, field + 1);
  if (zuko) {
    const slope = zukoSlope(raw);
    keep(kept, field, choose(ends, splat(1), slope));
    keep(kept, field + 1, zukoRate(raw, slope));
  } else {
    const u = decay(raw);
    keep(kept, field, choose(ends, splat(1), f32x4.add(softplus(raw, u), minSlope)));
    keep(kept, field + 1, sigmoid(raw, u));
  }
}
