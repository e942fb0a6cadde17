import { choose, madd, nmadd, STRIDE, sigmoid, softplus, splat, tanh } from "./vector";

/**
 * The activations of dense networks, applied to `rows` features of a chunk: relu, leaky-relu, tanh, elu, silu and softplus have the codes
 * 0 to 5. Derivatives come from the values that the forward pass left; only silu, which is not monotone, needs its argument.
 */

export const SILU: i32 = 4;
/** Slope of leaky-relu below 0. */
const LEAK: f32 = 0.01;

/** out = activation(x); both may be the same place. */
export function activate(code: i32, x: usize, out: usize, rows: i32, n: i32): void {
  for (let i = 0; i < rows; i++) {
    activateRow(code, x, out, <usize>n << 2);
    x += STRIDE;
    out += STRIDE;
  }
}

/** Multiplies `by` by the derivative of the activation, given its value y. For silu, y is the argument, and `out` gets the value. */
export function activationBackward(code: i32, y: usize, by: usize, out: usize, rows: i32, n: i32): void {
  for (let i = 0; i < rows; i++) {
    backwardRow(code, y, by, out, <usize>n << 2);
    y += STRIDE;
    by += STRIDE;
    out += STRIDE;
  }
}

function activateRow(code: i32, x: usize, out: usize, width: usize): void {
  if (code == 0) {
    for (let s: usize = 0; s < width; s += 16) v128.store(out + s, relu(v128.load(x + s)));
  } else if (code == 1) {
    for (let s: usize = 0; s < width; s += 16) v128.store(out + s, leakyRelu(v128.load(x + s)));
  } else if (code == 2) {
    for (let s: usize = 0; s < width; s += 16) v128.store(out + s, tanh(v128.load(x + s)));
  } else if (code == 3) {
    for (let s: usize = 0; s < width; s += 16) v128.store(out + s, elu(v128.load(x + s)));
  } else if (code == SILU) {
    for (let s: usize = 0; s < width; s += 16) v128.store(out + s, silu(v128.load(x + s)));
  } else {
    for (let s: usize = 0; s < width; s += 16) v128.store(out + s, softplus(v128.load(x + s)));
  }
}

function backwardRow(code: i32, y: usize, by: usize, out: usize, width: usize): void {
  if (code == 0) {
    for (let s: usize = 0; s < width; s += 16) scale(by + s, reluSlope(v128.load(y + s)));
  } else if (code == 1) {
    for (let s: usize = 0; s < width; s += 16) scale(by + s, leakyReluSlope(v128.load(y + s)));
  } else if (code == 2) {
    for (let s: usize = 0; s < width; s += 16) scale(by + s, tanhSlope(v128.load(y + s)));
  } else if (code == 3) {
    for (let s: usize = 0; s < width; s += 16) scale(by + s, eluSlope(v128.load(y + s)));
  } else if (code == SILU) {
    for (let s: usize = 0; s < width; s += 16) siluBackward(v128.load(y + s), by + s, out + s);
  } else {
    for (let s: usize = 0; s < width; s += 16) scale(by + s, softplusSlope(v128.load(y + s)));
  }
}

/** A product even where the slope is 0, so that NaN in either comes out. */
// @ts-expect-error: decorator
@inline
function scale(by: usize, slope: v128): void {
  v128.store(by, f32x4.mul(v128.load(by), slope));
}

/** The slope, but NaN where y is: a comparison's all ones are a NaN. */
// @ts-expect-error: decorator
@inline
function unlessNaN(y: v128, slope: v128): v128 {
  return v128.or(slope, f32x4.ne(y, y));
}

// @ts-expect-error: decorator
@inline
function relu(x: v128): v128 {
  return f32x4.pmax(x, splat(0)); // x comes first: pmax then lets NaN through
}

// @ts-expect-error: decorator
@inline
function reluSlope(y: v128): v128 {
  return unlessNaN(y, v128.and(f32x4.gt(y, splat(0)), splat(1)));
}

// @ts-expect-error: decorator
@inline
function leakyRelu(x: v128): v128 {
  return f32x4.pmax(x, f32x4.mul(x, splat(LEAK)));
}

/** 0 at 0, as max(x, 0) − 0.01 max(−x, 0) has it. */
// @ts-expect-error: decorator
@inline
function leakyReluSlope(y: v128): v128 {
  const zero = splat(0);
  return unlessNaN(y, v128.or(v128.and(f32x4.gt(y, zero), splat(1)), v128.and(f32x4.lt(y, zero), splat(LEAK))));
}

// @ts-expect-error: decorator
@inline
function tanhSlope(y: v128): v128 {
  return nmadd(y, y, splat(1));
}

/** e^x − 1 for x ≤ 0, accurate near 0: 2t / (1 − t) with t = tanh(x/2). */
// @ts-expect-error: decorator
@inline
function expm1(x: v128): v128 {
  const t = tanh(f32x4.mul(x, splat(0.5)));
  return f32x4.div(f32x4.add(t, t), f32x4.sub(splat(1), t));
}

// @ts-expect-error: decorator
@inline
function elu(x: v128): v128 {
  return choose(f32x4.gt(x, splat(0)), x, expm1(x));
}

/** e^x = y + 1 below 0. */
// @ts-expect-error: decorator
@inline
function eluSlope(y: v128): v128 {
  return f32x4.pmin(f32x4.add(y, splat(1)), splat(1));
}

// @ts-expect-error: decorator
@inline
function silu(x: v128): v128 {
  return f32x4.mul(x, sigmoid(x));
}

/** (x σ)′ = σ + x σ (1 − σ), and x σ for the next product. */
// @ts-expect-error: decorator
@inline
function siluBackward(x: v128, by: usize, out: usize): void {
  const share = sigmoid(x);
  const y = f32x4.mul(x, share);
  scale(by, madd(y, f32x4.sub(splat(1), share), share));
  v128.store(out, y);
}

/** σ(x) = 1 − e^−y. */
// @ts-expect-error: decorator
@inline
function softplusSlope(y: v128): v128 {
  return f32x4.neg(expm1(f32x4.neg(y)));
}
