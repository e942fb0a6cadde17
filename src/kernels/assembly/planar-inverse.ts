/** The scalar equation behind the inverse of a planar layer. */
import { choose, madd, splat, tanh } from "./vector";

/** A nearly triple root takes about 20 steps; further ones, where the slope is below 1e-6, follow rounding errors only. */
const MOST_STEPS: i32 = 40;

/** 1 + wᵀû (1 − tanh²) as a sum of what is not negative; lift = 1 + wᵀû. */
// @ts-expect-error: decorator
@inline
export function slopeAt(t: v128, lift: f32): v128 {
  const square = f32x4.mul(t, t);
  return madd(f32x4.sub(splat(1), square), splat(lift), square);
}

/**
 * tanh p for the root p of p + (lift − 1) tanh p = r. The left side is odd, so |r| will do. For p > 0 it is convex if lift < 1, else
 * concave, and tanh p < 1 and tanh p < p bound the root from above if lift < 1, else from below. From there Newton's steps go one way until
 * they reach the root, and the first one that does not ends the search of its lane.
 */
// @ts-expect-error: decorator
@inline
export function solvePlanar(r: v128, lift: f32): v128 {
  const size = f32x4.abs(r);
  const falls = lift < 1;
  const far = f32x4.sub(size, splat(lift - 1));
  const near = f32x4.mul(size, splat(lift > 0 ? 1 / lift : f32.POSITIVE_INFINITY)); // rounding may leave lift a little below 0
  let p = falls ? f32x4.pmin(far, near) : f32x4.pmax(far, near); // far first: NaN of r comes through, 0 ∞ does not
  let t = tanh(p);
  for (let i = 0; i < MOST_STEPS; i++) {
    const excess = f32x4.sub(madd(splat(lift), t, f32x4.sub(p, t)), size);
    const next = f32x4.sub(p, f32x4.div(excess, slopeAt(t, lift)));
    const moves = falls ? f32x4.lt(next, p) : f32x4.gt(next, p);
    if (!v128.any_true(moves)) break;
    p = choose(moves, next, p);
    t = tanh(p);
  }
  return v128.or(t, v128.and(r, i32x4.splat(<i32>0x80000000)));
}
