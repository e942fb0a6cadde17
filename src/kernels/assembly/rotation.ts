/**
 * Rotations, y = R x with R = e^(A − Aᵀ) (Lezcano-Casado and Martínez-Rubio 2019, §3), in two dimensions a turn by one angle. R is found
 * once for each step of the training; scaling and squaring as in flows/layers/rotation.ts.
 */
import { addIdentity, addMatrix, matrixBytes, multiply, narrow, widen, widthOf } from "./square-matrices";
import { addTo } from "./sums";

/** R = e^B squared as often as this, with B = 2^−SQUARINGS (A − Aᵀ). */
const SQUARINGS: i32 = 4;
const SHRINK: f32 = 1 / 16;
const TAYLOR_TERMS: i32 = 16;
/** Matrices that the gradient needs at a time; the exponential itself needs four of them. */
const SCRATCH_MATRICES: i32 = 7;
const TURN: f64 = 6.283185307179586;

/** Floats of scratch that rotationPrepare and rotationGradient need. */
export function rotationScratch(d: i32): i32 {
  return d == 2 ? 0 : SCRATCH_MATRICES * d * widthOf(d);
}

/** Writes R [d, d], row by row. Parameters: the angle for d = 2, else A [d, d]. */
export function rotationPrepare(params: usize, d: i32, matrix: usize, scratch: usize): void {
  if (d == 2) {
    const angle = load<f32>(params);
    const sin = sine(angle, 0);
    const cos = sine(angle, 1);
    store<f32>(matrix, cos);
    store<f32>(matrix, -sin, 4);
    store<f32>(matrix, sin, 8);
    store<f32>(matrix, cos, 12);
    return;
  }
  const size = matrixBytes(d);
  const generator = scratch;
  let power = scratch + size;
  let other = power + size;
  generate(params, generator, d, SHRINK);
  exponential(generator, power, other, other + size, d);
  for (let k = 0; k < SQUARINGS; k++) {
    multiply(power, power, other, d, 1, 0);
    const swap = power;
    power = other;
    other = swap;
  }
  narrow(power, matrix, d);
}

/** Adds to the gradient by the angle or by A what the gradient by R, byMatrix [d, d], says. */
export function rotationGradient(params: usize, d: i32, matrix: usize, byMatrix: usize, grads: usize, scratch: usize): void {
  if (d == 2) {
    const byCos = load<f32>(byMatrix) + load<f32>(byMatrix, 12);
    const bySin = load<f32>(byMatrix, 8) - load<f32>(byMatrix, 4);
    addTo(grads, load<f32>(matrix) * bySin - load<f32>(matrix, 8) * byCos);
    return;
  }
  const size = matrixBytes(d);
  // the transpose of the exponential is the exponential of the transpose, and only transposes are needed
  const generator = scratch;
  const powers = generator + size;
  generate(params, generator, d, -SHRINK);
  exponential(generator, powers, powers + size, powers + 2 * size, d);
  for (let k: usize = 1; k < <usize>SQUARINGS; k++) {
    const half = powers + (k - 1) * size;
    multiply(half, half, half + size, d, 1, 0);
  }
  let by = powers + <usize>SQUARINGS * size;
  let other = by + size;
  widen(byMatrix, by, d);
  for (let k = <usize>SQUARINGS; k > 0; k--) {
    const half = powers + (k - 1) * size;
    multiply(half, by, other, d, 1, 0); // d(S²) = dS S + S dS
    multiply(by, half, other, d, 1, other);
    const swap = by;
    by = other;
    other = swap;
  }
  seriesGradient(generator, by, other, powers, d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) addTo(grads + (<usize>(i * d + j) << 2), SHRINK * (at(other, i, j, d) - at(other, j, i, d)));
  }
}

/** factor · (A − Aᵀ). */
function generate(a: usize, to: usize, d: i32, factor: f32): void {
  memory.fill(to, 0, matrixBytes(d));
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      const difference = load<f32>(a + (<usize>(i * d + j) << 2)) - load<f32>(a + (<usize>(j * d + i) << 2));
      store<f32>(to + (<usize>(i * widthOf(d) + j) << 2), factor * difference);
    }
  }
}

/** sum = e^B by its Taylor series; `term` and `other` hold the terms by turns. */
function exponential(generator: usize, sum: usize, term: usize, other: usize, d: i32): void {
  memory.copy(sum, generator, matrixBytes(d));
  memory.copy(term, generator, matrixBytes(d));
  addIdentity(sum, d);
  for (let k = 2; k <= TAYLOR_TERMS; k++) {
    multiply(term, generator, other, d, <f32>1 / <f32>k, 0);
    addMatrix(other, sum, d);
    const swap = term;
    term = other;
    other = swap;
  }
}

/**
 * byB = Σ_k D_k, the cotangent of B if `by` is that of e^B. With T_k = Bᵀ^k / k!, the terms of the transposed series, the k-th one has
 * D_k = Σ_i Bᵀ^i by Bᵀ^(k−1−i) / k! = (Bᵀ D_{k−1} + by T_{k−1}) / k. `transposed` is Bᵀ, `free` has room for four matrices.
 */
function seriesGradient(transposed: usize, by: usize, byGenerator: usize, free: usize, d: i32): void {
  const size = matrixBytes(d);
  let term = free; // T_{k−1}
  let nextTerm = term + size;
  let part = nextTerm + size; // D_{k−1}
  let nextPart = part + size;
  memory.copy(byGenerator, by, size);
  memory.copy(part, by, size);
  memory.copy(term, transposed, size);
  for (let k = 2; k <= TAYLOR_TERMS; k++) {
    const share = <f32>1 / <f32>k;
    multiply(by, term, nextPart, d, share, 0);
    multiply(transposed, part, nextPart, d, share, nextPart);
    addMatrix(nextPart, byGenerator, d);
    multiply(term, transposed, nextTerm, d, share, 0);
    let swap = part;
    part = nextPart;
    nextPart = swap;
    swap = term;
    term = nextTerm;
    nextTerm = swap;
  }
}

// @ts-expect-error: decorator
@inline
function at(matrix: usize, i: i32, j: i32, d: i32): f32 {
  return load<f32>(matrix + (<usize>(i * widthOf(d) + j) << 2));
}

/** sin(angle + quarter π/2), by the Taylor series within a half quarter of a multiple of π/2. */
function sine(angle: f32, quarter: i32): f32 {
  const reduced = <f64>angle % TURN;
  const quarters = nearest<f64>(reduced * (4 / TURN));
  const r = reduced - quarters * (TURN / 4);
  const square = r * r;
  const which = (<i32>quarters + quarter) & 3;
  const value = (which & 1) == 0 ? r * sineSeries(square) : cosineSeries(square);
  return <f32>((which & 2) == 0 ? value : -value);
}

function sineSeries(x: f64): f64 {
  return 1 - (x / 6) * (1 - (x / 20) * (1 - (x / 42) * (1 - (x / 72) * (1 - x / 110))));
}

function cosineSeries(x: f64): f64 {
  return 1 - (x / 2) * (1 - (x / 12) * (1 - (x / 30) * (1 - (x / 56) * (1 - x / 90))));
}
