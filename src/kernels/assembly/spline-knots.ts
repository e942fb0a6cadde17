/** How a spline's settings and a network's raw numbers are meant. Same mathematics as kernels/spline-knots.ts. */
import { choose, madd, splat } from "./vector";
import { number, word } from "./words";

/** All are float32 but `Bins` and `Param`, which is 0 for nsf and 1 for zuko. */
enum Setting {
  Bins,
  Bound,
  MinBin,
  MinSlope,
  Param,
  LogitScale,
}

/** zuko clips raw slopes softly by log(1e-3), and raw widths and heights by half of it. */
const ZUKO_CLIP: f64 = 6.907755278982137;
const LOG2_E: f64 = 1.4426950408889634;

// @ts-expect-error: decorator
@inline
export function binsOf(settings: usize): i32 {
  return word(settings, Setting.Bins);
}

// @ts-expect-error: decorator
@inline
export function boundOf(settings: usize): f32 {
  return number(settings, Setting.Bound);
}

// @ts-expect-error: decorator
@inline
export function minSlopeOf(settings: usize): f32 {
  return number(settings, Setting.MinSlope);
}

// @ts-expect-error: decorator
@inline
export function isZuko(settings: usize): bool {
  return word(settings, Setting.Param) == 1;
}

/** Factor on the logits of widths and heights; zuko has none. */
// @ts-expect-error: decorator
@inline
export function logitScale(settings: usize): f32 {
  return isZuko(settings) ? 1 : number(settings, Setting.LogitScale);
}

/** Weights are e^(scale · x) = 2^(rate · x). */
// @ts-expect-error: decorator
@inline
export function weightRate(settings: usize): f32 {
  return <f32>(LOG2_E * <f64>logitScale(settings));
}

/** Smallest side of a bin; zuko has none. */
// @ts-expect-error: decorator
@inline
export function smallestSide(settings: usize): f32 {
  return isZuko(settings) ? 0 : 2 * boundOf(settings) * number(settings, Setting.MinBin);
}

/** What softmax divides among the bins. */
// @ts-expect-error: decorator
@inline
export function roomOf(settings: usize): f32 {
  return <f32>(2 * <f64>boundOf(settings) - <f64>binsOf(settings) * <f64>smallestSide(settings));
}

// @ts-expect-error: decorator
@inline
export function clippedLogit(raw: v128): v128 {
  return clipped(raw, ZUKO_CLIP / 2);
}

/** How that follows the raw number. */
// @ts-expect-error: decorator
@inline
export function clippedLogitRate(raw: v128): v128 {
  return clippedRate(raw, ZUKO_CLIP / 2);
}

/** zuko's slope at a knot, from its raw number. */
// @ts-expect-error: decorator
@inline
export function zukoSlope(raw: v128): v128 {
  return powerOfTwo(clipped(raw, ZUKO_CLIP), splat(<f32>LOG2_E), splat(<f32>-ZUKO_CLIP));
}

/** How that slope follows the raw number. */
// @ts-expect-error: decorator
@inline
export function zukoRate(raw: v128, slope: v128): v128 {
  return f32x4.mul(slope, clippedRate(raw, ZUKO_CLIP));
}

/** a / (1 + |a| / clip), which stays within ±clip. */
// @ts-expect-error: decorator
@inline
function clipped(a: v128, clip: f64): v128 {
  return f32x4.div(a, madd(f32x4.abs(a), splat(<f32>(1 / clip)), splat(1)));
}

// @ts-expect-error: decorator
@inline
function clippedRate(a: v128, clip: f64): v128 {
  const inverse = f32x4.div(splat(1), madd(f32x4.abs(a), splat(<f32>(1 / clip)), splat(1)));
  return f32x4.mul(inverse, inverse);
}

/** e^−|a|. */
// @ts-expect-error: decorator
@inline
export function decay(a: v128): v128 {
  return powerOfTwo(f32x4.neg(f32x4.abs(a)), splat(<f32>LOG2_E), splat(<f32>(-125 / LOG2_E)));
}

/** log(1 + e^a), given u = e^−|a|: log(1 + u) is 2 artanh(u / (2 + u)), by a minimax polynomial with relative error 4e-9. */
// @ts-expect-error: decorator
@inline
export function softplus(a: v128, u: v128): v128 {
  const v = f32x4.div(u, f32x4.add(u, splat(2)));
  const square = f32x4.mul(v, v);
  let p = madd(square, splat(<f32>0.28012001514434814), splat(<f32>0.28001803159713745));
  p = madd(p, square, splat(<f32>0.4002152681350708));
  p = madd(p, square, splat(<f32>0.666664183139801));
  const rest = madd(f32x4.mul(p, square), v, f32x4.add(v, v));
  return f32x4.add(f32x4.pmax(a, splat(0)), rest);
}

/** 1 / (1 + e^−a), given u = e^−|a|. */
// @ts-expect-error: decorator
@inline
export function sigmoid(a: v128, u: v128): v128 {
  return f32x4.div(choose(f32x4.gt(a, splat(0)), splat(1), u), f32x4.add(u, splat(1)));
}

/**
 * 2^(rate · x) with relative error 2e-7, where x counts as `lowest` below that: rate · x = n + f with |f| ≤ ½ and −126 < n < 127, and a
 * minimax polynomial in f. Adding 1.5 · 2²³ rounds to n and leaves n in the lowest bits, whence it goes to the exponent. May lose NaN.
 */
// @ts-expect-error: decorator
@inline
export function powerOfTwo(x: v128, rate: v128, lowest: v128): v128 {
  const rounder = splat(<f32>12582912);
  const bounded = f32x4.pmax(x, lowest);
  const rounded = madd(bounded, rate, rounder);
  const f = madd(bounded, rate, f32x4.sub(rounder, rounded));
  // in pairs, which wait less for each other than in Horner's scheme
  const square = f32x4.mul(f, f);
  const low = madd(f, splat(<f32>0.6931470036506653), splat(1));
  const middle = madd(f, splat(<f32>0.05550733581185341), splat(<f32>0.24022242426872253));
  const high = madd(f, splat(<f32>0.001326472731307149), splat(<f32>0.009671512991189957));
  return i32x4.add(madd(madd(high, square, middle), square, low), i32x4.shl(rounded, 23));
}
