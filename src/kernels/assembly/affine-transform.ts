/**
 * The transforms that move, and stretch, each coordinate by amounts that depend on the others: y = x + t (Dinh, Krueger and Bengio 2015)
 * and y = x s(a) + t (Dinh, Sohl-Dickstein and Bengio 2017, eq. 4–8). byX may be byY in both, and y may be x in the additive map only. The
 * backward pass of the affine map reads x where the map was forward and y where it was inverse.
 */
import { factorOffset, learnsFactor, scaleFactor, shapeSlopes, shapes } from "./scale-maps";
import { addTo } from "./sums";
import { exp, madd, STRIDE, splat, sumOf } from "./vector";

/** y = x + t, inverse y = x − t. */
export function additiveMap(inverse: bool, m: i32, n: i32, x: usize, raw: usize, y: usize): void {
  const sign = splat(inverse ? -1 : 1);
  const bytes = <usize>n << 2;
  for (let row: usize = 0; row < <usize>m * STRIDE; row += STRIDE) {
    let s = row;
    do {
      v128.store(y + s, madd(v128.load(raw + s), sign, v128.load(x + s)));
      s += 16;
    } while (s < row + bytes);
  }
}

export function additiveBackward(inverse: bool, m: i32, n: i32, byY: usize, byX: usize, byRaw: usize): void {
  const sign = splat(inverse ? -1 : 1);
  const bytes = <usize>n << 2;
  for (let row: usize = 0; row < <usize>m * STRIDE; row += STRIDE) {
    let s = row;
    do {
      const by = v128.load(byY + s);
      v128.store(byX + s, by);
      v128.store(byRaw + s, f32x4.mul(by, sign));
      s += 16;
    } while (s < row + bytes);
  }
}

/** y = x e^s + t, inverse y = (x − t) e^−s, with s = log s(a); raw holds t and a of each coordinate in turn. */
export function affineMap(
  inverse: bool,
  settings: usize,
  params: usize,
  m: i32,
  n: i32,
  x: usize,
  raw: usize,
  y: usize,
  logDet: usize,
): void {
  const factor = splat(inverse ? -scaleFactor(settings, params) : scaleFactor(settings, params));
  const bytes = <usize>n << 2;
  for (let i = 0; i < m; i++) {
    shapes(settings, raw + STRIDE, y, bytes);
    if (inverse) inverseRow(factor, bytes, x, raw, y, logDet);
    else forwardRow(factor, bytes, x, raw, y, logDet);
    x += STRIDE;
    raw += 2 * STRIDE;
    y += STRIDE;
  }
}

/** One coordinate. y holds the shapes before. */
// @ts-expect-error: decorator
@inline
function forwardRow(factor: v128, bytes: usize, x: usize, shifts: usize, y: usize, logDet: usize): void {
  let s: usize = 0;
  do {
    const gain = f32x4.mul(v128.load(y + s), factor);
    v128.store(y + s, madd(v128.load(x + s), exp(gain), v128.load(shifts + s)));
    v128.store(logDet + s, f32x4.add(v128.load(logDet + s), gain));
    s += 16;
  } while (s < bytes);
}

// @ts-expect-error: decorator
@inline
function inverseRow(factor: v128, bytes: usize, x: usize, shifts: usize, y: usize, logDet: usize): void {
  let s: usize = 0;
  do {
    const gain = f32x4.mul(v128.load(y + s), factor);
    v128.store(y + s, f32x4.mul(f32x4.sub(v128.load(x + s), v128.load(shifts + s)), exp(gain)));
    v128.store(logDet + s, f32x4.add(v128.load(logDet + s), gain));
    s += 16;
  } while (s < bytes);
}

/** grads: the gradient by the layer's parameters, 0 where they are frozen. */
export function affineBackward(
  inverse: bool,
  settings: usize,
  params: usize,
  grads: usize,
  m: i32,
  n: i32,
  x: usize,
  raw: usize,
  y: usize,
  byY: usize,
  byLogDet: usize,
  byX: usize,
  byRaw: usize,
): void {
  const factor = splat(inverse ? -scaleFactor(settings, params) : scaleFactor(settings, params));
  const bytes = <usize>n << 2;
  let byFactor = splat(0);
  for (let i = 0; i < m; i++) {
    shapeSlopes(settings, raw + STRIDE, byRaw, bytes);
    shapes(settings, raw + STRIDE, byRaw + STRIDE, bytes);
    const sum = inverse
      ? inverseRowBackward(factor, bytes, y, byY, byLogDet, byX, byRaw)
      : forwardRowBackward(factor, bytes, x, byY, byLogDet, byX, byRaw);
    byFactor = f32x4.add(byFactor, sum);
    x += STRIDE;
    y += STRIDE;
    raw += 2 * STRIDE;
    byY += STRIDE;
    byX += STRIDE;
    byRaw += 2 * STRIDE;
  }
  if (grads == 0 || !learnsFactor(settings)) return;
  addTo(grads + factorOffset(settings), inverse ? -sumOf(byFactor) : sumOf(byFactor));
}

/** One coordinate. The rows at byRaw hold slopes and shapes before. Returns the sums of the cotangents of the log-det's own factor. */
// @ts-expect-error: decorator
@inline
function forwardRowBackward(factor: v128, bytes: usize, x: usize, byY: usize, byLogDet: usize, byX: usize, byRaw: usize): v128 {
  let byFactor = splat(0);
  let s: usize = 0;
  do {
    const shape = v128.load(byRaw + s, STRIDE);
    const by = v128.load(byY + s);
    const byPoint = f32x4.mul(by, exp(f32x4.mul(shape, factor)));
    const byGain = madd(byPoint, v128.load(x + s), v128.load(byLogDet + s));
    byFactor = madd(byGain, shape, byFactor);
    v128.store(byX + s, byPoint);
    v128.store(byRaw + s, f32x4.mul(f32x4.mul(byGain, factor), v128.load(byRaw + s)), STRIDE);
    v128.store(byRaw + s, by);
    s += 16;
  } while (s < bytes);
  return byFactor;
}

// @ts-expect-error: decorator
@inline
function inverseRowBackward(factor: v128, bytes: usize, y: usize, byY: usize, byLogDet: usize, byX: usize, byRaw: usize): v128 {
  let byFactor = splat(0);
  let s: usize = 0;
  do {
    const shape = v128.load(byRaw + s, STRIDE);
    const by = v128.load(byY + s);
    const byPoint = f32x4.mul(by, exp(f32x4.mul(shape, factor)));
    const byGain = madd(by, v128.load(y + s), v128.load(byLogDet + s));
    byFactor = madd(byGain, shape, byFactor);
    v128.store(byX + s, byPoint);
    v128.store(byRaw + s, f32x4.mul(f32x4.mul(byGain, factor), v128.load(byRaw + s)), STRIDE);
    v128.store(byRaw + s, f32x4.neg(byPoint));
    s += 16;
  } while (s < bytes);
  return byFactor;
}
