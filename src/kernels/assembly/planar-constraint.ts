/**
 * What keeps a planar layer invertible: û = u + pull w with pull = (log(1 + e^{wᵀu}) − 1 − wᵀu) / ‖w‖², so that lift = 1 + wᵀû =
 * log(1 + e^{wᵀu}) > 0 (Rezende and Mohamed 2015, A.1). lift is not found from û, where rounding could make it negative. Scalars only.
 */
import { addTo } from "./sums";
import { sigmoid, softplus, splat } from "./vector";

/** Keeps the division by ‖w‖² finite when w is zero. */
const TINY: f32 = 1e-12;

/** Σ aᵢ bᵢ. */
export function product(a: usize, b: usize, d: i32): f32 {
  let sum: f32 = 0;
  for (let place: usize = 0; place < <usize>d << 2; place += 4) sum += load<f32>(a + place) * load<f32>(b + place);
  return sum;
}

export function flooredNorm(w: usize, d: i32): f32 {
  return product(w, w, d) + TINY;
}

/** wᵀu in the first lane, its negative in the second. */
// @ts-expect-error: decorator
@inline
function bothSigns(wu: f32): v128 {
  return f32x4.replace_lane(splat(wu), 1, -wu);
}

/** log(1 + e^{wᵀu}), and the same less wᵀu. */
// @ts-expect-error: decorator
@inline
export function twoSoftplus(wu: f32): v128 {
  return softplus(bothSigns(wu));
}

/** 1 + wᵀû, which w = 0 makes 1: then the constraint is left out. */
// @ts-expect-error: decorator
@inline
export function liftOf(wu: f32, norm: f32, softened: v128): f32 {
  const missing = TINY / norm;
  return f32x4.extract_lane(softened, 0) * (1 - missing) + (wu + 1) * missing;
}

// @ts-expect-error: decorator
@inline
export function pullOf(norm: f32, softened: v128): f32 {
  return (f32x4.extract_lane(softened, 1) - 1) / norm;
}

/** Adds what the cotangents of pull and lift say about w and u. */
export function constrainedGradient(
  params: usize,
  grads: usize,
  d: i32,
  wu: f32,
  norm: f32,
  pull: f32,
  byPull: f32,
  byLift: f32,
): void {
  const missing = TINY / norm;
  const rising = sigmoid(bothSigns(wu));
  const byProduct = byLift * (f32x4.extract_lane(rising, 0) * (1 - missing) + missing) - (byPull / norm) * f32x4.extract_lane(rising, 1);
  const byNorm = pull * (byLift * missing - byPull / norm);
  const size = <usize>d << 2;
  for (let place: usize = 0; place < size; place += 4) {
    const w = load<f32>(params + place);
    addTo(grads + place, byProduct * load<f32>(params + size + place) + 2 * byNorm * w);
    addTo(grads + size + place, byProduct * w);
  }
}
