/** Maps of the points by one matrix for all, and by a permutation. Neither may work in place. */
import { addTo } from "./sums";
import { madd, STRIDE, splat, sumOf } from "./vector";

/** y = R x, inverse y = Rᵀ x, for an orthogonal R [d, d] given row by row: |det R| = 1. */
export function linearMap(inverse: bool, matrix: usize, d: i32, n: i32, x: usize, y: usize): void {
  const nextOutput: usize = inverse ? 4 : <usize>d << 2;
  const nextInput: usize = inverse ? <usize>d << 2 : 4;
  const bytes = <usize>n << 2;
  let o = 0;
  for (; o + 2 <= d; o += 2) {
    let s: usize = 0;
    do {
      twoOutputs(matrix, nextOutput, nextInput, d, x + s, y + s);
      s += 16;
    } while (s < bytes);
    matrix += nextOutput << 1;
    y += 2 * STRIDE;
  }
  if (o == d) return;
  let s: usize = 0;
  do {
    v128.store(y + s, oneOutput(matrix, nextInput, d, x + s));
    s += 16;
  } while (s < bytes);
}

/** byMatrix: sums to which those of this chunk are added, 0 where nothing is learned. */
export function linearBackward(
  inverse: bool,
  matrix: usize,
  byMatrix: usize,
  d: i32,
  n: i32,
  x: usize,
  byY: usize,
  byX: usize,
): void {
  linearMap(!inverse, matrix, d, n, byY, byX);
  if (byMatrix == 0) return;
  // byR = Σ byY xᵀ; the inverse maps by Rᵀ, where the two change places
  const rows = inverse ? x : byY;
  const columns = inverse ? byY : x;
  const bytes = <usize>n << 2;
  for (let i = 0; i < d; i++) {
    let j = 0;
    for (; j + 2 <= d; j += 2) {
      twoProducts(rows + <usize>i * STRIDE, columns + <usize>j * STRIDE, bytes, byMatrix);
      byMatrix += 8;
    }
    if (j == d) continue;
    oneProduct(rows + <usize>i * STRIDE, columns + <usize>j * STRIDE, bytes, byMatrix);
    byMatrix += 4;
  }
}

// @ts-expect-error: decorator
@inline
function twoOutputs(matrix: usize, nextOutput: usize, nextInput: usize, d: i32, x: usize, y: usize): void {
  let first = splat(0);
  let second = splat(0);
  const end = x + <usize>d * STRIDE;
  do {
    const point = v128.load(x);
    first = madd(v128.load32_splat(matrix), point, first);
    second = madd(v128.load32_splat(matrix + nextOutput), point, second);
    matrix += nextInput;
    x += STRIDE;
  } while (x < end);
  v128.store(y, first);
  v128.store(y, second, STRIDE);
}

// @ts-expect-error: decorator
@inline
function oneOutput(matrix: usize, nextInput: usize, d: i32, x: usize): v128 {
  let sum = splat(0);
  const end = x + <usize>d * STRIDE;
  do {
    sum = madd(v128.load32_splat(matrix), v128.load(x), sum);
    matrix += nextInput;
    x += STRIDE;
  } while (x < end);
  return sum;
}

/** Adds the products of a row with two neighbouring rows, summed over the samples. */
// @ts-expect-error: decorator
@inline
function twoProducts(a: usize, b: usize, bytes: usize, into: usize): void {
  let first = splat(0);
  let second = splat(0);
  let s: usize = 0;
  do {
    const shared = v128.load(a + s);
    first = madd(shared, v128.load(b + s), first);
    second = madd(shared, v128.load(b + s, STRIDE), second);
    s += 16;
  } while (s < bytes);
  addTo(into, sumOf(first));
  addTo(into + 4, sumOf(second));
}

// @ts-expect-error: decorator
@inline
function oneProduct(a: usize, b: usize, bytes: usize, into: usize): void {
  let sum = splat(0);
  let s: usize = 0;
  do {
    sum = madd(v128.load(a + s), v128.load(b + s), sum);
    s += 16;
  } while (s < bytes);
  addTo(into, sumOf(sum));
}

/** y[i] = x[order[i]], inverse y[order[i]] = x[i]; order: d whole numbers of four bytes. */
export function permuteMap(inverse: bool, order: usize, d: i32, n: i32, x: usize, y: usize): void {
  for (let i = 0; i < d; i++) {
    const here = <usize>i * STRIDE;
    const there = <usize>load<i32>(order + (<usize>i << 2)) * STRIDE;
    memory.copy(inverse ? y + there : y + here, inverse ? x + here : x + there, <usize>n << 2);
  }
}

export function permuteBackward(inverse: bool, order: usize, d: i32, n: i32, byY: usize, byX: usize): void {
  permuteMap(!inverse, order, d, n, byY, byX);
}
