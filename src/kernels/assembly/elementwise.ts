/**
 * The layers affine and actnorm: y = x ⊙ e^s + t with one s and one t for each coordinate; parameters s[d], t[d]. Both passes may work in
 * place, y on x and byX on byY; the backward pass reads x where the map was forward and y where it was inverse.
 */
import { addTo, rowSum } from "./sums";
import { exp, madd, STRIDE, splat, sumOf } from "./vector";

export function elementwiseMap(inverse: bool, params: usize, d: i32, n: i32, x: usize, y: usize, logDet: usize): void {
  const bytes = <usize>n << 2;
  let total: f32 = 0;
  for (let i = 0; i < d; i++) {
    const logScale = load<f32>(params);
    const shift = load<f32>(params + (<usize>d << 2));
    total += logScale;
    if (inverse) inverseRow(exp(splat(-logScale)), splat(shift), bytes, x, y);
    else forwardRow(exp(splat(logScale)), splat(shift), bytes, x, y);
    params += 4;
    x += STRIDE;
    y += STRIDE;
  }
  const gain = splat(inverse ? -total : total);
  let s: usize = 0;
  do {
    v128.store(logDet + s, f32x4.add(v128.load(logDet + s), gain));
    s += 16;
  } while (s < bytes);
}

// @ts-expect-error: decorator
@inline
function forwardRow(scale: v128, shift: v128, bytes: usize, x: usize, y: usize): void {
  let s: usize = 0;
  do {
    v128.store(y + s, madd(v128.load(x + s), scale, shift));
    s += 16;
  } while (s < bytes);
}

// @ts-expect-error: decorator
@inline
function inverseRow(scale: v128, shift: v128, bytes: usize, x: usize, y: usize): void {
  let s: usize = 0;
  do {
    v128.store(y + s, f32x4.mul(f32x4.sub(v128.load(x + s), shift), scale));
    s += 16;
  } while (s < bytes);
}

/** grads: the gradient by the parameters, 0 where they are frozen. */
export function elementwiseBackward(
  inverse: bool,
  params: usize,
  grads: usize,
  d: i32,
  n: i32,
  x: usize,
  y: usize,
  byY: usize,
  byLogDet: usize,
  byX: usize,
): void {
  const bytes = <usize>n << 2;
  const size = <usize>d << 2;
  const byTotal = rowSum(byLogDet, bytes);
  let points = inverse ? y : x;
  for (let place: usize = 0; place < size; place += 4) {
    const logScale = load<f32>(params + place);
    const scale = exp(splat(inverse ? -logScale : logScale));
    let byPoint = splat(0); // Σ byY
    let byProduct = splat(0); // Σ byY x, inverse Σ byY y
    let s: usize = 0;
    do {
      const by = v128.load(byY + s);
      byPoint = f32x4.add(byPoint, by);
      byProduct = madd(by, v128.load(points + s), byProduct);
      v128.store(byX + s, f32x4.mul(by, scale));
      s += 16;
    } while (s < bytes);
    points += STRIDE;
    byY += STRIDE;
    byX += STRIDE;
    if (grads == 0) continue;
    const factor = f32x4.extract_lane(scale, 0);
    addTo(grads + place, inverse ? -(sumOf(byProduct) + byTotal) : factor * sumOf(byProduct) + byTotal);
    addTo(grads + size + place, inverse ? -factor * sumOf(byPoint) : sumOf(byPoint));
  }
}
