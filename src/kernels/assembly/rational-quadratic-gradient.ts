/** The gradient of the spline of rational-quadratic.ts by hand, from what its map kept. The choice of the bin has none. */
import { binsOf, boundOf, clippedLogitRate, isZuko, logitScale, roomOf, smallestSide } from "./spline-knots";
import { Axis, Saved, keep, recall, savedRows, sideOf } from "./spline-saved";
import { STRIDE, choose, madd, nmadd, splat } from "./vector";

/** Overwrites the cotangents of the m points and of their raw numbers, given those of the images and of the log-det. */
export function rqsBackward(
  inverse: bool, settings: usize, m: i32, n: i32, x: usize, raw: usize, saved: usize, byY: usize, byLogDet: usize, byX: usize, byRaw: usize,
): void {
  const bins = binsOf(settings);
  const bound = splat(boundOf(settings));
  const smallest = splat(smallestSide(settings));
  const scale = splat(logitScale(settings) / roomOf(settings));
  const size = <usize>n << 2;
  for (let i = 0; i < m; i++) {
    backToBins(inverse, bins, bound, smallest, scale, size, x, saved, byY, byLogDet, byX);
    backToRaw(isZuko(settings), bins, size, raw, saved, byRaw);
    x += STRIDE;
    byX += STRIDE;
    byY += STRIDE;
    raw += <usize>(3 * bins - 1) * STRIDE;
    byRaw += <usize>(3 * bins - 1) * STRIDE;
    saved += <usize>savedRows(bins) * STRIDE;
  }
}

/** Writes the cotangents of the points, and keeps what follows for the raw numbers of the bins. */
function backToBins(
  inverse: bool, bins: i32, bound: v128, smallest: v128, scale: v128,
  size: usize, x: usize, saved: usize, byY: usize, byLogDet: usize, byX: usize,
): void {
  const step = <usize>savedRows(bins) << 4;
  for (let end = x + size; x < end; x += 16) {
    const at = v128.load(x);
    const left = f32x4.lt(at, splat(0));
    const outside = f32x4.ge(f32x4.abs(at), bound);
    const mirror = v128.andnot(i32x4.splat(<i32>0x80000000), left); // seen from the right end, a step has the other sign
    const doubt = recall(saved, Saved.Doubt);
    const theta = recall(saved, Saved.Theta);
    const rest = recall(saved, Saved.Rest);
    const d0 = recall(saved, Saved.NearSlope);
    const d1 = recall(saved, Saved.FarSlope);
    const width = sideOf(saved, Saved.Widths, smallest);
    const height = sideOf(saved, Saved.Heights, smallest);
    const perWidth = f32x4.div(splat(1), width);
    const s = f32x4.mul(height, perWidth);

    // eq. 4 and 5 once more
    const product = f32x4.mul(theta, rest);
    const near = f32x4.mul(d0, rest);
    const far = f32x4.mul(d1, theta);
    const top = madd(f32x4.mul(s, theta), theta, f32x4.mul(near, theta));
    const remainder = madd(f32x4.mul(s, rest), rest, f32x4.mul(far, rest));
    const perBottom = f32x4.div(splat(1), f32x4.add(top, remainder));
    const bracket = madd(far, theta, madd(near, rest, f32x4.mul(f32x4.add(s, s), product)));
    const perBracket = f32x4.div(splat(1), bracket);
    const relative = f32x4.mul(product, perBottom);
    // r = top / bottom, the share of the height, by θ, s, d₀ and d₁
    const r = f32x4.mul(top, perBottom);
    const rByTheta = f32x4.mul(f32x4.mul(s, perBottom), f32x4.mul(bracket, perBottom));
    const rByS = f32x4.mul(f32x4.mul(relative, perBottom), nmadd(near, rest, f32x4.mul(far, theta)));
    const rByD0 = f32x4.mul(relative, f32x4.mul(remainder, perBottom));
    const rByD1 = f32x4.neg(f32x4.mul(relative, r));
    // half of ℓ = log(s² bracket / bottom²) by the same; with a = d₀ − s and b = d₁ − s, which are small where little is bent, and
    // 1 / s − (θ² + (1 − θ)²) / bottom = (d₀ + d₁) θ(1 − θ) / (s bottom)
    const a = f32x4.sub(d0, s);
    const b = f32x4.sub(d1, s);
    const ofBracket = f32x4.mul(nmadd(a, rest, f32x4.mul(b, theta)), perBracket);
    const halfByTheta = nmadd(f32x4.mul(f32x4.add(a, b), f32x4.sub(rest, theta)), perBottom, ofBracket);
    const halfByS = madd(product, perBracket, f32x4.div(f32x4.mul(relative, f32x4.add(d0, d1)), s));
    const perTwo = f32x4.mul(perBracket, splat(0.5));
    const halfByD0 = f32x4.sub(f32x4.mul(f32x4.mul(rest, rest), perTwo), relative);
    const halfByD1 = f32x4.sub(f32x4.mul(f32x4.mul(theta, theta), perTwo), relative);

    const given = v128.load(byY);
    const byImage = f32x4.add(v128.andnot(v128.xor(given, mirror), outside), doubt);
    const gain = v128.andnot(v128.load(byLogDet), outside);
    const byHalf = inverse ? f32x4.mul(gain, splat(-2)) : f32x4.add(gain, gain);
    let byPoint: v128;
    let byR: v128; // what r passes on to s, d₀ and d₁
    if (inverse) {
      // θ is the root of r(θ, s, d₀, d₁) = ξ = η / h, so dθ = (dξ − r_s ds − r_d₀ dd₀ − r_d₁ dd₁) / r_θ; r_θ > 0
      const byShare = f32x4.div(madd(byImage, width, f32x4.mul(byHalf, halfByTheta)), rByTheta);
      byR = f32x4.neg(byShare);
      byPoint = f32x4.div(byShare, height);
    } else {
      byR = f32x4.mul(byImage, height);
      byPoint = f32x4.mul(madd(byR, rByTheta, f32x4.mul(byHalf, halfByTheta)), perWidth);
    }
    v128.store(byX, f32x4.add(choose(outside, given, v128.xor(byPoint, mirror)), doubt));

    const byS = madd(byR, rByS, f32x4.mul(byHalf, halfByS));
    const byWidthEdge = inverse ? byImage : f32x4.neg(byPoint); // by the near edge of the bin along z, and along y
    const byHeightEdge = inverse ? f32x4.neg(byPoint) : byImage;
    const byWidth = nmadd(f32x4.mul(byS, s), perWidth, f32x4.mul(byWidthEdge, theta));
    const byHeight = madd(byS, perWidth, f32x4.mul(byHeightEdge, r));
    keepFactors(saved, Saved.Widths, Saved.ByWidths, scale, left, byWidthEdge, byWidth);
    keepFactors(saved, Saved.Heights, Saved.ByHeights, scale, left, byHeightEdge, byHeight);
    const byNear = f32x4.mul(madd(byR, rByD0, f32x4.mul(byHalf, halfByD0)), recall(saved, Saved.NearSlope + 1));
    const byFar = f32x4.mul(madd(byR, rByD1, f32x4.mul(byHalf, halfByD1)), recall(saved, Saved.FarSlope + 1));
    keep(saved, Saved.ByLeft, choose(left, byNear, byFar));
    keep(saved, Saved.ByRight, choose(left, byFar, byNear));
    byY += 16;
    byLogDet += 16;
    byX += 16;
    saved += step;
  }
}

/**
 * By its logit, a weight with share p of the sum gets p · (cotangent of its side − mean of the sides' cotangents). What depends on the near
 * edge of the point's bin depends on all nearer sides. The differences are written without what cancels.
 */
// @ts-expect-error: decorator
@inline
function keepFactors(kept: usize, axis: i32, factors: i32, scale: v128, left: v128, byEdge: v128, bySide: v128): void {
  const unit = recall(kept, axis + Axis.Unit);
  const near = recall(kept, axis + Axis.Near);
  const own = recall(kept, axis + Axis.Own);
  const far = recall(kept, axis + Axis.Far);
  const common = f32x4.mul(f32x4.mul(unit, unit), scale);
  const more = f32x4.sub(bySide, byEdge);
  const nearer = f32x4.mul(nmadd(more, own, f32x4.mul(byEdge, far)), common);
  const farther = f32x4.neg(f32x4.mul(madd(byEdge, near, f32x4.mul(bySide, own)), common));
  keep(kept, factors, choose(left, nearer, farther));
  keep(kept, factors + 1, f32x4.mul(madd(more, near, f32x4.mul(bySide, far)), common));
  keep(kept, factors + 2, choose(left, farther, nearer));
}

/** From the bins to the raw numbers. */
function backToRaw(zuko: bool, bins: i32, size: usize, raw: usize, saved: usize, byRaw: usize): void {
  const length = <usize>bins * STRIDE;
  const span = <usize>bins << 4;
  const step = <usize>savedRows(bins) << 4;
  for (let end = byRaw + size; byRaw < end; byRaw += 16) {
    const bin = recall(saved, Saved.Bin);
    const doubt = recall(saved, Saved.Doubt);
    const lowerWidths = recall(saved, Saved.ByWidths);
    const ownWidth = recall(saved, Saved.ByWidths + 1);
    const upperWidths = recall(saved, Saved.ByWidths + 2);
    const lowerHeights = recall(saved, Saved.ByHeights);
    const ownHeight = recall(saved, Saved.ByHeights + 1);
    const upperHeights = recall(saved, Saved.ByHeights + 2);
    const byLeft = recall(saved, Saved.ByLeft);
    const byRight = recall(saved, Saved.ByRight);
    const last = saved + (Saved.Weights << 4) + span;
    let number = i32x4.splat(0);
    let before = number; // whether the bin is the one before this
    let to = byRaw;
    for (let from = last - span; from < last; from += 16) {
      const beyond = i32x4.gt_s(bin, number);
      const here = i32x4.eq(bin, number);
      const byWidth = choose(beyond, lowerWidths, choose(here, ownWidth, upperWidths));
      const byHeight = choose(beyond, lowerHeights, choose(here, ownHeight, upperHeights));
      v128.store(to, f32x4.mul(v128.load(from), byWidth));
      // The slope at the left end of the bin. The first bin has none: it writes where the last height comes later.
      v128.store(to + 2 * length - STRIDE, f32x4.add(v128.or(v128.and(byLeft, here), v128.and(byRight, before)), doubt));
      v128.store(to + length, f32x4.mul(v128.load(from + span), byHeight));
      before = here;
      number = i32x4.add(number, i32x4.splat(1));
      to += STRIDE;
    }
    if (zuko) {
      for (let k: usize = 0; k < 2 * length; k += STRIDE) {
        v128.store(byRaw + k, f32x4.mul(v128.load(byRaw + k), clippedLogitRate(v128.load(raw + k))));
      }
    }
    raw += 16;
    saved += step;
  }
}
