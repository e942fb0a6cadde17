/**
 * The monotone rational-quadratic spline (Durkan et al. 2019, eq. 4–8) from a network's raw numbers to value and log-slope, four samples at
 * a time. Same mathematics as kernels/rational-quadratic.ts.
 *
 * Each sample is seen from the end of the box that its point is nearer to. Distances count from that end, and "near" and "far" are meant
 * from there: seen from the right end, a monotone rational-quadratic spline is another one. So the edges that matter are sums of few sides,
 * and rounding leaves both ends of the box where they are.
 *
 * The work is done in stages that each go through all samples, since a processor overlaps the samples of a short stage. Numbers that stay
 * the same are handed to the stages as parameters: V8 moves their computation into the loops otherwise.
 */
import { findBins, gather, measureSlopes, weigh } from "./spline-bins";
import { binsOf, boundOf, isZuko, minSlopeOf, roomOf, smallestSide, weightRate } from "./spline-knots";
import { Axis, Saved, keep, recall, savedRows, sideOf } from "./spline-saved";
import { STRIDE, choose, log, madd, splat } from "./vector";

export { rqsBackward } from "./rational-quadratic-gradient";

/** Rows that one coordinate needs between the stages of the map, and from there to the gradient. */
export function rqsSaved(bins: i32): i32 {
  return savedRows(bins);
}

/** Writes the images of m coordinates and adds the log-slopes to `logDet`. Evaluation needs room for `saved`, too. */
export function rqsMap(
  inverse: bool, settings: usize, m: i32, n: i32, x: usize, raw: usize, y: usize, logDet: usize, saved: usize,
): void {
  const bins = binsOf(settings);
  const zuko = isZuko(settings);
  const bound = boundOf(settings);
  const smallest = smallestSide(settings);
  const rate = weightRate(settings);
  const size = <usize>n << 2;
  for (let i = 0; i < m; i++) {
    weigh(zuko, bins, roomOf(settings), rate, -125 / rate, size, raw, saved);
    findBins(inverse, bins, bound, smallest, size, x, saved);
    gather(inverse, bins, size, x, raw, saved);
    measureSlopes(zuko, bins, minSlopeOf(settings), size, saved);
    evaluate(inverse, bins, splat(bound), splat(smallest), size, x, y, logDet, saved);
    x += STRIDE;
    y += STRIDE;
    raw += <usize>(3 * bins - 1) * STRIDE;
    saved += <usize>savedRows(bins) * STRIDE;
  }
}

/** From the bins to the images and log-slopes. */
function evaluate(
  inverse: bool, bins: i32, bound: v128, smallest: v128, size: usize, x: usize, y: usize, logDet: usize, saved: usize,
): void {
  const step = <usize>savedRows(bins) << 4;
  for (let end = x + size; x < end; x += 16) {
    const at = v128.load(x);
    const outside = f32x4.ge(f32x4.abs(at), bound);
    const doubt = recall(saved, Saved.Doubt);
    const width = sideOf(saved, Saved.Widths, smallest);
    const height = sideOf(saved, Saved.Heights, smallest);
    const s = f32x4.div(height, width);
    locate(inverse, at, bound, smallest, inverse ? height : width, s, saved);
    const theta = recall(saved, Saved.Theta);
    const rest = recall(saved, Saved.Rest);
    const d0 = recall(saved, Saved.NearSlope);
    const d1 = recall(saved, Saved.FarSlope);
    // eq. 4 and 5, sorted so that nothing is subtracted
    const product = f32x4.mul(theta, rest);
    const top = madd(f32x4.mul(s, theta), theta, f32x4.mul(d0, product));
    const remainder = madd(f32x4.mul(s, rest), rest, f32x4.mul(d1, product));
    const perBottom = f32x4.div(splat(1), f32x4.add(top, remainder));
    const bracket = madd(f32x4.mul(d1, theta), theta, madd(f32x4.mul(d0, rest), rest, f32x4.mul(f32x4.add(s, s), product)));
    const relative = f32x4.mul(s, perBottom);
    const logSlope = log(f32x4.mul(f32x4.mul(bracket, relative), relative));
    const gain = f32x4.add(v128.andnot(inverse ? f32x4.neg(logSlope) : logSlope, outside), doubt);
    v128.store(logDet, f32x4.add(v128.load(logDet), gain));

    const axis = inverse ? Saved.Widths : Saved.Heights;
    const share = inverse ? theta : f32x4.mul(top, perBottom);
    const others = inverse ? rest : f32x4.mul(remainder, perBottom);
    const side = inverse ? width : height;
    const fromNear = madd(side, share, f32x4.sub(edgeOf(saved, axis, Axis.Near, smallest), bound));
    const fromFar = madd(side, others, f32x4.sub(edgeOf(saved, axis, Axis.Far, smallest), bound));
    const isNear = f32x4.lt(fromNear, splat(0)); // the end that the image is nearer to need not be the point's
    const flip = v128.xor(isNear, f32x4.lt(at, splat(0)));
    const image = v128.xor(choose(isNear, fromNear, fromFar), i32x4.shl(flip, 31));
    v128.store(y, f32x4.add(choose(outside, at, image), doubt));
    y += 16;
    logDet += 16;
    saved += step;
  }
}

/** Keeps θ and 1 − θ. */
// @ts-expect-error: decorator
@inline
function locate(inverse: bool, at: v128, bound: v128, smallest: v128, side: v128, s: v128, kept: usize): void {
  const axis = inverse ? Saved.Heights : Saved.Widths;
  const size = f32x4.pmin(f32x4.abs(at), bound); // |x| comes first: pmin then lets NaN through
  const distance = f32x4.sub(bound, size);
  const lost = f32x4.sub(f32x4.sub(bound, distance), size); // by rounding
  const offset = f32x4.add(f32x4.sub(distance, edgeOf(kept, axis, Axis.Near, smallest)), lost);
  const share = f32x4.pmin(f32x4.pmax(f32x4.div(offset, side), splat(0)), splat(1)); // rounding can carry a point out of its bin
  const rest = f32x4.sub(splat(1), share);
  if (inverse) solve(share, rest, s, kept);
  else {
    keep(kept, Saved.Theta, share);
    keep(kept, Saved.Rest, rest);
  }
}

/** θ from ξ, the root of eq. 6–8 in the form that does not cancel; the discriminant is a sum of squares. See flows/transforms/rqs.ts. */
// @ts-expect-error: decorator
@inline
function solve(share: v128, rest: v128, s: v128, kept: usize): void {
  const e = f32x4.sub(f32x4.mul(recall(kept, Saved.NearSlope), rest), f32x4.mul(recall(kept, Saved.FarSlope), share));
  const twice = f32x4.add(s, s);
  const root = f32x4.add(f32x4.abs(e), f32x4.sqrt(madd(e, e, f32x4.mul(f32x4.mul(twice, share), f32x4.mul(twice, rest)))));
  const rising = f32x4.gt(e, splat(0));
  const part = f32x4.mul(twice, choose(rising, share, rest));
  const perSum = f32x4.div(splat(1), f32x4.add(part, root));
  const small = f32x4.mul(part, perSum);
  const large = f32x4.mul(root, perSum);
  keep(kept, Saved.Theta, choose(rising, small, large));
  keep(kept, Saved.Rest, choose(rising, large, small));
}

/** Distance of the bin from the near or the far end of the box. */
// @ts-expect-error: decorator
@inline
function edgeOf(kept: usize, axis: i32, end: i32, smallest: v128): v128 {
  const sides = recall(kept, end == Axis.Near ? Saved.Before : Saved.Behind);
  return madd(recall(kept, axis + end), recall(kept, axis + Axis.Unit), f32x4.mul(sides, smallest));
}
