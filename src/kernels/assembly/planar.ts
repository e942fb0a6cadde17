/**
 * Planar layers, y = x + û tanh(wᵀx + b) with û = u + (log(1 + e^{wᵀu}) − 1 − wᵀu) w/‖w‖² (Rezende and Mohamed 2015, eq. 10–12, A.1).
 * Parameters w[d], u[d], b. The map may work in place, y on x, and the backward pass byX on byY; but the latter reads x in both directions.
 */
import { constrainedGradient, flooredNorm, liftOf, product, pullOf, twoSoftplus } from "./planar-constraint";
import { slopeAt, solvePlanar } from "./planar-inverse";
import { addTo } from "./sums";
import { log, madd, nmadd, STRIDE, splat, sumOf, tanh } from "./vector";

/** Rows that the map leaves for its backward pass: tanh, and room for the cotangent of tanh's argument. */
export function planarSaved(): i32 {
  return 2;
}

export function planarMap(inverse: bool, params: usize, d: i32, n: i32, x: usize, y: usize, logDet: usize, saved: usize): void {
  const u = params + (<usize>d << 2);
  const b = v128.load32_splat(u + (<usize>d << 2));
  const wu = product(params, u, d);
  const norm = flooredNorm(params, d);
  const softened = twoSoftplus(wu);
  const lift = liftOf(wu, norm, softened);
  const pull = pullOf(norm, softened);
  const bytes = <usize>(n << 2);
  if (inverse) solveRow(params, d, bytes, x, b, lift, saved);
  else tanhRow(params, d, bytes, x, b, saved);
  addLogSlopes(splat(inverse ? -1 : 1), lift, bytes, saved, logDet);
  for (let i = 0; i < d; i++) {
    const direction = directionAt(params, u, pull, <usize>i << 2);
    const push = splat(inverse ? -direction : direction);
    let s: usize = 0;
    do {
      v128.store(y + s, madd(push, v128.load(saved + s), v128.load(x + s)));
      s += 16;
    } while (s < bytes);
    x += STRIDE;
    y += STRIDE;
  }
}

// @ts-expect-error: decorator
@inline
function tanhRow(w: usize, d: i32, bytes: usize, x: usize, b: v128, out: usize): void {
  let s: usize = 0;
  do {
    v128.store(out + s, tanh(combination(w, d, x + s, b)));
    s += 16;
  } while (s < bytes);
}

// @ts-expect-error: decorator
@inline
function solveRow(w: usize, d: i32, bytes: usize, x: usize, b: v128, lift: f32, out: usize): void {
  let s: usize = 0;
  do {
    v128.store(out + s, solvePlanar(combination(w, d, x + s, b), lift));
    s += 16;
  } while (s < bytes);
}

// @ts-expect-error: decorator
@inline
function addLogSlopes(sign: v128, lift: f32, bytes: usize, saved: usize, logDet: usize): void {
  let s: usize = 0;
  do {
    v128.store(logDet + s, madd(sign, log(slopeAt(v128.load(saved + s), lift)), v128.load(logDet + s)));
    s += 16;
  } while (s < bytes);
}

/**
 * S = 1 + wᵀû (1 − tanh²), and the log-det is ±log S. In the inverse, a + wᵀû tanh(a + b) = wᵀx defines a, whose derivatives by wᵀx, wᵀû
 * and b are 1/S, −tanh/S and 1/S − 1. grads: the gradient by the parameters, 0 where they are frozen.
 */
export function planarBackward(
  inverse: bool,
  params: usize,
  grads: usize,
  d: i32,
  n: i32,
  x: usize,
  _y: usize,
  saved: usize,
  byY: usize,
  byLogDet: usize,
  byX: usize,
): void {
  const u = params + (<usize>d << 2);
  const wu = product(params, u, d);
  const norm = flooredNorm(params, d);
  const softened = twoSoftplus(wu);
  const lift = liftOf(wu, norm, softened);
  const pull = pullOf(norm, softened);
  const bytes = <usize>(n << 2);
  let byLift = splat(0);
  let byOffset = splat(0);
  let s: usize = 0;
  do {
    const t = v128.load(saved + s);
    const slope = slopeAt(t, lift);
    const falloff = nmadd(t, t, splat(1)); // tanh′
    const shared = f32x4.div(v128.load(byLogDet + s), slope);
    const along = directed(params, u, pull, d, byY + s);
    let byArgument = f32x4.mul(madd(shared, f32x4.mul(t, splat(2 - 2 * lift)), along), falloff);
    let bySlope = f32x4.mul(shared, falloff);
    if (inverse) {
      byArgument = f32x4.neg(f32x4.div(byArgument, slope));
      bySlope = f32x4.neg(madd(byArgument, t, bySlope));
    }
    byOffset = f32x4.add(byOffset, byArgument);
    byLift = f32x4.add(byLift, bySlope);
    v128.store(saved + s, byArgument, STRIDE);
    s += 16;
  } while (s < bytes);
  if (grads != 0) {
    const byPull = directGradient(inverse, params, grads, pull, d, bytes, x, saved, byY);
    addTo(grads + (<usize>d << 3), sumOf(byOffset));
    constrainedGradient(params, grads, d, wu, norm, pull, byPull, sumOf(byLift));
  }
  for (let i = 0; i < d; i++) {
    const normal = v128.load32_splat(params + (<usize>i << 2));
    s = 0;
    do {
      v128.store(byX + s, madd(normal, v128.load(saved + s, STRIDE), v128.load(byY + s)));
      s += 16;
    } while (s < bytes);
    byX += STRIDE;
    byY += STRIDE;
  }
}

/** Adds the gradients that go through wᵀx and through û = u + pull w, pull held fixed. Returns the cotangent of pull. */
function directGradient(
  inverse: bool,
  params: usize,
  grads: usize,
  pull: f32,
  d: i32,
  bytes: usize,
  x: usize,
  saved: usize,
  byY: usize,
): f32 {
  let byPull: f32 = 0;
  for (let i = 0; i < d; i++) {
    let byNormal = splat(0);
    let byDirection = splat(0);
    let s: usize = 0;
    do {
      byNormal = madd(v128.load(saved + s, STRIDE), v128.load(x + s), byNormal);
      byDirection = madd(v128.load(saved + s), v128.load(byY + s), byDirection);
      s += 16;
    } while (s < bytes);
    const direction = inverse ? -sumOf(byDirection) : sumOf(byDirection);
    const place = <usize>i << 2;
    addTo(grads + place, sumOf(byNormal) + pull * direction);
    addTo(grads + (<usize>d << 2) + place, direction);
    byPull += direction * load<f32>(params + place);
    x += STRIDE;
    byY += STRIDE;
  }
  return byPull;
}

/** û of the coordinate at `place`, in bytes. */
// @ts-expect-error: decorator
@inline
function directionAt(w: usize, u: usize, pull: f32, place: usize): f32 {
  return load<f32>(u + place) + pull * load<f32>(w + place);
}

/** start + Σ wᵢ vᵢ, v the rows from `rows` on. */
// @ts-expect-error: decorator
@inline
function combination(w: usize, d: i32, rows: usize, start: v128): v128 {
  let sum = start;
  const end = w + (<usize>d << 2);
  do {
    sum = madd(v128.load32_splat(w), v128.load(rows), sum);
    rows += STRIDE;
    w += 4;
  } while (w < end);
  return sum;
}

/** Σ ûᵢ vᵢ. */
// @ts-expect-error: decorator
@inline
function directed(w: usize, u: usize, pull: f32, d: i32, rows: usize): v128 {
  let sum = splat(0);
  let place: usize = 0;
  do {
    sum = madd(splat(directionAt(w, u, pull, place)), v128.load(rows), sum);
    rows += STRIDE;
    place += 4;
  } while (place < <usize>d << 2);
  return sum;
}
