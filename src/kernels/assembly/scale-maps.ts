/**
 * How a raw number a becomes a positive scale s(a), in a form that neither overflows nor loses small scales: log s(a) = factor · shape(a).
 * Formulas and constants are those of flows/transforms/affine.ts. Settings: the map's code, a number (−log slope of softclip, bound of
 * atan), and where tanh finds its factor among the layer's parameters.
 */
import { choose, exp, log, madd, sigmoid, softplus, splat, tanh } from "./vector";

const SOFTCLIP: i32 = 0;
const EXP: i32 = 1;
const SIGMOID2: i32 = 2;
const SOFTPLUS: i32 = 3;
const SOFTPLUS_CLAMPED: i32 = 4;
const GLOW_SIGMOID: i32 = 5;
const GLOW_SIGMOID_INV: i32 = 6;
const TANH: i32 = 7;
const ATAN: i32 = 8;

/** Offsets of the scale maps of nflows; they keep the scale away from 0. */
const SIGMOID_SHIFT: f32 = 2;
const SCALE_FLOOR: f32 = 1e-3;
const LARGEST_CLAMPED_SCALE: f32 = 3;

/** Whether the factor is a parameter of the layer. */
export function learnsFactor(settings: usize): bool {
  return load<i32>(settings) == TANH;
}

/** Bytes from the layer's first parameter to the factor. */
export function factorOffset(settings: usize): usize {
  return <usize>load<i32>(settings, 8) << 2;
}

export function scaleFactor(settings: usize, params: usize): f32 {
  const code = load<i32>(settings);
  if (code == TANH) return load<f32>(params + factorOffset(settings));
  return code == ATAN ? <f32>0.636 * load<f32>(settings, 4) : 1; // 0.636 ≈ 2/π as FrEIA writes it
}

/** The shape at a row of numbers; both rows may be the same. One loop for each map, so that none chooses in its turns. */
export function shapes(settings: usize, a: usize, out: usize, bytes: usize): void {
  const steepness = splat(1 / load<f32>(settings, 4));
  switch (load<i32>(settings)) {
    case SOFTCLIP:
      return shapeRow(SOFTCLIP, steepness, a, out, bytes);
    case EXP:
      return shapeRow(EXP, steepness, a, out, bytes);
    case SIGMOID2:
      return shapeRow(SIGMOID2, steepness, a, out, bytes);
    case SOFTPLUS:
      return shapeRow(SOFTPLUS, steepness, a, out, bytes);
    case SOFTPLUS_CLAMPED:
      return shapeRow(SOFTPLUS_CLAMPED, steepness, a, out, bytes);
    case GLOW_SIGMOID:
      return shapeRow(GLOW_SIGMOID, steepness, a, out, bytes);
    case GLOW_SIGMOID_INV:
      return shapeRow(GLOW_SIGMOID_INV, steepness, a, out, bytes);
    case TANH:
      return shapeRow(TANH, steepness, a, out, bytes);
    default:
      return shapeRow(ATAN, steepness, a, out, bytes);
  }
}

/** The derivative of the shape. */
export function shapeSlopes(settings: usize, a: usize, out: usize, bytes: usize): void {
  const steepness = splat(1 / load<f32>(settings, 4));
  switch (load<i32>(settings)) {
    case SOFTCLIP:
      return slopeRow(SOFTCLIP, steepness, a, out, bytes);
    case EXP:
      return slopeRow(EXP, steepness, a, out, bytes);
    case SIGMOID2:
      return slopeRow(SIGMOID2, steepness, a, out, bytes);
    case SOFTPLUS:
      return slopeRow(SOFTPLUS, steepness, a, out, bytes);
    case SOFTPLUS_CLAMPED:
      return slopeRow(SOFTPLUS_CLAMPED, steepness, a, out, bytes);
    case GLOW_SIGMOID:
      return slopeRow(GLOW_SIGMOID, steepness, a, out, bytes);
    case GLOW_SIGMOID_INV:
      return slopeRow(GLOW_SIGMOID_INV, steepness, a, out, bytes);
    case TANH:
      return slopeRow(TANH, steepness, a, out, bytes);
    default:
      return slopeRow(ATAN, steepness, a, out, bytes);
  }
}

// @ts-expect-error: decorator
@inline
function shapeRow(code: i32, steepness: v128, a: usize, out: usize, bytes: usize): void {
  let s: usize = 0;
  do {
    v128.store(out + s, shape(code, steepness, v128.load(a + s)));
    s += 16;
  } while (s < bytes);
}

// @ts-expect-error: decorator
@inline
function slopeRow(code: i32, steepness: v128, a: usize, out: usize, bytes: usize): void {
  let s: usize = 0;
  do {
    v128.store(out + s, slope(code, steepness, v128.load(a + s)));
    s += 16;
  } while (s < bytes);
}

// @ts-expect-error: decorator
@inline
function shape(code: i32, steepness: v128, a: v128): v128 {
  if (code == SOFTCLIP) return f32x4.div(a, madd(f32x4.abs(a), steepness, splat(1)));
  if (code == EXP) return a;
  if (code == SIGMOID2) return log(f32x4.add(sigmoid(f32x4.add(a, splat(SIGMOID_SHIFT))), splat(SCALE_FLOOR)));
  if (code == SOFTPLUS) return log(floored(a));
  if (code == SOFTPLUS_CLAMPED) return log(f32x4.pmin(floored(a), splat(LARGEST_CLAMPED_SCALE))); // NaN of the first argument gets through
  if (code == GLOW_SIGMOID) return softplus(f32x4.neg(f32x4.add(a, splat(SIGMOID_SHIFT))));
  if (code == GLOW_SIGMOID_INV) return f32x4.neg(softplus(f32x4.neg(f32x4.add(a, splat(SIGMOID_SHIFT)))));
  if (code == TANH) return tanh(a);
  return atan(a);
}

// @ts-expect-error: decorator
@inline
function slope(code: i32, steepness: v128, a: v128): v128 {
  if (code == SOFTCLIP) {
    const bottom = madd(f32x4.abs(a), steepness, splat(1));
    return f32x4.div(splat(1), f32x4.mul(bottom, bottom));
  }
  if (code == EXP) return madd(a, splat(0), splat(1)); // 1, but NaN where a is NaN
  if (code == SIGMOID2) {
    const shifted = f32x4.add(a, splat(SIGMOID_SHIFT));
    return f32x4.div(sigmoidSlope(shifted), f32x4.add(sigmoid(shifted), splat(SCALE_FLOOR)));
  }
  if (code == SOFTPLUS) return f32x4.div(sigmoid(a), floored(a));
  if (code == SOFTPLUS_CLAMPED) {
    const scale = floored(a);
    return choose(f32x4.gt(scale, splat(LARGEST_CLAMPED_SCALE)), splat(0), f32x4.div(sigmoid(a), scale));
  }
  if (code == GLOW_SIGMOID) return f32x4.neg(sigmoid(f32x4.neg(f32x4.add(a, splat(SIGMOID_SHIFT)))));
  if (code == GLOW_SIGMOID_INV) return sigmoid(f32x4.neg(f32x4.add(a, splat(SIGMOID_SHIFT))));
  if (code == TANH) return f32x4.mul(sigmoidSlope(f32x4.add(a, a)), splat(4)); // tanh a = 2 σ(2a) − 1
  return f32x4.div(splat(1), madd(a, a, splat(1)));
}

/** Softplus with the floor under it. */
// @ts-expect-error: decorator
@inline
function floored(a: v128): v128 {
  return f32x4.add(softplus(a), splat(SCALE_FLOOR));
}

/** σ′ = e / (1 + e)² with e = e^−|x|, which does not cancel as σ (1 − σ) does. */
// @ts-expect-error: decorator
@inline
function sigmoidSlope(x: v128): v128 {
  const e = exp(f32x4.neg(f32x4.abs(x)));
  const bottom = f32x4.add(e, splat(1));
  return f32x4.div(e, f32x4.mul(bottom, bottom));
}

/** atan x: above 1 by π/2 − atan(1/x), below by a polynomial in x² whose coefficients are fitted (largest relative error 2e-8). */
// @ts-expect-error: decorator
@inline
function atan(x: v128): v128 {
  const size = f32x4.abs(x);
  const large = f32x4.gt(size, splat(1));
  const z = f32x4.div(choose(large, splat(1), size), choose(large, size, splat(1)));
  const square = f32x4.mul(z, z);
  let p = splat(<f32>0.00297459);
  p = madd(p, square, splat(<f32>-0.01658118));
  p = madd(p, square, splat(<f32>0.04355354));
  p = madd(p, square, splat(<f32>-0.07580578));
  p = madd(p, square, splat(<f32>0.1067894));
  p = madd(p, square, splat(<f32>-0.14214209));
  p = madd(p, square, splat(<f32>0.19994137));
  p = madd(p, square, splat(<f32>-0.33333167));
  const near = madd(f32x4.mul(p, square), z, z);
  const angle = choose(large, f32x4.sub(splat(<f32>1.57079633), near), near);
  return v128.or(angle, v128.and(x, i32x4.splat(<i32>0x80000000)));
}
