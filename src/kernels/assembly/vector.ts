/**
 * Four float32 numbers at a time: the arithmetic and the elementary functions that all kernels share. WebAssembly has no vector
 * mathematics of its own. Relative errors stay below 4e-7; NaN comes out wherever it goes in, and infinities where they belong.
 */

/*
 * Loops over samples test at their end, do … while (s < bytes), which n ≥ 4 allows. V8 moves out of a loop only what each turn of it is
 * sure to compute. With the test in front that is nothing of the body: constants, and functions of the parameters, are found again in each
 * turn.
 */

/** Samples of a chunk. A chunk is stored by features: feature f of sample s lies at `chunk + f * STRIDE + 4 * s`. */
export const LANES: i32 = 128;
/** Bytes from one feature of a chunk to the next. */
export const STRIDE: usize = 512;

// @ts-expect-error: decorator
@inline
export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** a·b + c. */
// @ts-expect-error: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** c − a·b. */
// @ts-expect-error: decorator
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

/** `yes` where the mask has ones, else `no`. */
// @ts-expect-error: decorator
@inline
export function choose(mask: v128, yes: v128, no: v128): v128 {
  return v128.bitselect(yes, no, mask);
}

/** The sum of the four lanes, always in the same order. */
// @ts-expect-error: decorator
@inline
export function sumOf(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

// @ts-expect-error: decorator
@inline
function horner(p: v128, x: v128, coefficient: f32): v128 {
  return madd(p, x, splat(coefficient));
}

/** 1.5 · 2²³: a sum with it is rounded to a whole number, which then stands in the lowest bits. */
const ROUNDER: f32 = 12582912;

/** 2^n for whole n between −126 and 127. */
// @ts-expect-error: decorator
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** e^x: x = n log 2 + r, |r| ≤ log 2 / 2, and a polynomial in r (coefficients: Cephes, Moshier 1989). */
// @ts-expect-error: decorator
@inline
export function exp(x: v128): v128 {
  // x comes first: pmin and pmax then let NaN through
  const bounded = f32x4.pmax(f32x4.pmin(x, splat(<f32>100)), splat(<f32>-110));
  const shifted = madd(bounded, splat(<f32>1.44269504), splat(ROUNDER));
  const n = f32x4.sub(shifted, splat(ROUNDER));
  const r = nmadd(n, splat(<f32>-2.12194440e-4), nmadd(n, splat(<f32>0.693359375), bounded));
  let p = splat(<f32>1.9875691500e-4);
  p = horner(p, r, 1.3981999507e-3);
  p = horner(p, r, 8.3334519073e-3);
  p = horner(p, r, 4.1665795894e-2);
  p = horner(p, r, 1.6666665459e-1);
  p = horner(p, r, 5.0000001201e-1);
  p = madd(p, f32x4.mul(r, r), f32x4.add(r, splat(1)));
  const whole = i32x4.sub(shifted, splat(ROUNDER));
  const half = i32x4.shr_s(whole, 1); // in two factors, since 2^n itself may leave the range
  return f32x4.mul(f32x4.mul(p, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
}

/** log x for normal positive x: x = 2^k (1 + f) with 1 + f between √½ and √2. Coefficients: FreeBSD's logf. */
// @ts-expect-error: decorator
@inline
function logOfNormal(x: v128): v128 {
  const k = i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3f3504f3)), 23);
  const exponent = f32x4.convert_i32x4_s(k);
  const f = f32x4.sub(i32x4.sub(x, i32x4.shl(k, 23)), splat(1));
  const s = f32x4.div(f, f32x4.add(f, splat(2)));
  const square = f32x4.mul(s, s);
  let p = splat(<f32>0.24279078841);
  p = horner(p, square, 0.28498786688);
  p = horner(p, square, 0.40000972152);
  p = horner(p, square, 0.66666662693);
  const half = f32x4.mul(f32x4.mul(f, f), splat(0.5));
  const low = madd(s, madd(p, square, half), f32x4.mul(exponent, splat(<f32>9.0580006145e-6)));
  return madd(exponent, splat(<f32>0.69313812256), f32x4.sub(f, f32x4.sub(half, low)));
}

/** log x; −∞ at 0, NaN below. */
// @ts-expect-error: decorator
@inline
export function log(x: v128): v128 {
  let result = logOfNormal(x); // before the branch, which hardly any vector takes: see above about loops
  const normal = i32x4.lt_u(i32x4.sub(x, i32x4.splat(0x00800000)), i32x4.splat(0x7f000000));
  if (i32x4.all_true(normal)) return result;
  const tiny = f32x4.lt(x, splat(<f32>1.17549435e-38));
  const raised = logOfNormal(f32x4.mul(x, splat(<f32>8388608)));
  result = choose(tiny, f32x4.sub(raised, splat(<f32>15.9423851528)), result);
  result = choose(f32x4.lt(x, splat(f32.POSITIVE_INFINITY)), result, x);
  const below = choose(f32x4.eq(x, splat(0)), splat(f32.NEGATIVE_INFINITY), splat(f32.NaN));
  return choose(f32x4.gt(x, splat(0)), result, below); // NaN is not > 0 either
}

/** log(1 + u) for u between 0 and 1: the artanh series of u / (2 + u), its coefficients fitted (largest relative error 5e-9). */
// @ts-expect-error: decorator
@inline
function log1pOfUnit(u: v128): v128 {
  const s = f32x4.div(u, f32x4.add(u, splat(2)));
  const square = f32x4.mul(s, s);
  let p = splat(<f32>0.28024459);
  p = horner(p, square, 0.27999141);
  p = horner(p, square, 0.40021699);
  p = horner(p, square, 0.66666413);
  return nmadd(s, nmadd(p, square, u), u);
}

/** log(1 + e^x). */
// @ts-expect-error: decorator
@inline
export function softplus(x: v128): v128 {
  const above = f32x4.pmax(x, splat(0)); // x first, as in exp
  return f32x4.add(above, log1pOfUnit(exp(f32x4.neg(f32x4.abs(x)))));
}

/** 1 / (1 + e^−x), written so that e^−x cannot overflow and small results are kept. */
// @ts-expect-error: decorator
@inline
export function sigmoid(x: v128): v128 {
  const e = exp(f32x4.neg(f32x4.abs(x)));
  return f32x4.div(choose(f32x4.lt(x, splat(0)), e, splat(1)), f32x4.add(e, splat(1)));
}

/** tanh x: a polynomial near 0 (Cephes), exponentials elsewhere. */
// @ts-expect-error: decorator
@inline
export function tanh(x: v128): v128 {
  const size = f32x4.abs(x);
  const square = f32x4.mul(x, x);
  let p = splat(<f32>-5.70498872745e-3);
  p = horner(p, square, 2.06390887954e-2);
  p = horner(p, square, -5.37397155531e-2);
  p = horner(p, square, 1.33314422036e-1);
  p = horner(p, square, -3.33332819422e-1);
  const near = madd(f32x4.mul(p, square), x, x);
  const e = exp(f32x4.add(size, size));
  const far = f32x4.sub(splat(1), f32x4.div(splat(2), f32x4.add(e, splat(1))));
  const signed = v128.or(far, v128.and(x, i32x4.splat(<i32>0x80000000)));
  return choose(f32x4.lt(size, splat(<f32>0.625)), near, signed);
}
