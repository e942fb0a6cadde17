import { madd, STRIDE, splat, sumOf } from "./vector";

/**
 * The gradient of a linear layer out = W h + b by its parameters: products of rows with rows, summed over the samples of a chunk. Two
 * outputs by four inputs share a block, as in products.ts.
 */

/** Adds byOut hᵀ to the gradient by W and the sums of byOut to the gradient by b. */
export function linearByWeight(byOut: usize, h: usize, byWeight: usize, byBias: usize, inputs: i32, outputs: i32, n: i32): void {
  const row = <usize>inputs << 2;
  const paired = outputs & ~1;
  const blocked = inputs & ~3;
  for (let o = 0; o < paired; o += 2) {
    const into = byWeight + <usize>o * row;
    twoByFour(byOut + <usize>o * STRIDE, h, into, into + row, blocked, n);
  }
  for (let i = blocked; i < inputs; i++) oneByRows(h + <usize>i * STRIDE, byOut, byWeight + (<usize>i << 2), row, paired, n);
  if (paired < outputs) oneByRows(byOut + <usize>paired * STRIDE, h, byWeight + <usize>paired * row, 4, inputs, n);
  sums(byOut, byBias, outputs, n);
}

/** Adds Σ by h over the samples to two rows of the gradient by W, for `inputs` inputs, a multiple of four. */
function twoByFour(by: usize, h: usize, row0: usize, row1: usize, inputs: i32, n: i32): void {
  const end = by + (<usize>n << 2);
  for (let i = 0; i < inputs; i += 4) {
    let a0 = splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let b0 = a0;
    let b1 = a0;
    let b2 = a0;
    let b3 = a0;
    let q = h;
    for (let p = by; p < end; p += 16) {
      const x = v128.load(p);
      const y = v128.load(p, STRIDE);
      const h0 = v128.load(q);
      a0 = madd(x, h0, a0);
      b0 = madd(y, h0, b0);
      const h1 = v128.load(q, 512);
      a1 = madd(x, h1, a1);
      b1 = madd(y, h1, b1);
      const h2 = v128.load(q, 1024);
      a2 = madd(x, h2, a2);
      b2 = madd(y, h2, b2);
      const h3 = v128.load(q, 1536);
      a3 = madd(x, h3, a3);
      b3 = madd(y, h3, b3);
      q += 16;
    }
    accumulate(row0, sumsOf(a0, a1, a2, a3));
    accumulate(row1, sumsOf(b0, b1, b2, b3));
    row0 += 16;
    row1 += 16;
    h += 4 * STRIDE;
  }
}

/** Adds the products of one row with `count` others to sums that lie `step` bytes apart. */
function oneByRows(one: usize, rows: usize, into: usize, step: usize, count: i32, n: i32): void {
  const size = <usize>n << 2;
  let r = 0;
  for (; r + 4 <= count; r += 4) {
    let a0 = splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let q = one;
    for (let p = rows, end = rows + size; p < end; p += 16) {
      const x = v128.load(q);
      a0 = madd(v128.load(p), x, a0);
      a1 = madd(v128.load(p, 512), x, a1);
      a2 = madd(v128.load(p, 1024), x, a2);
      a3 = madd(v128.load(p, 1536), x, a3);
      q += 16;
    }
    const sum = sumsOf(a0, a1, a2, a3);
    add(into, f32x4.extract_lane(sum, 0));
    add(into + step, f32x4.extract_lane(sum, 1));
    add(into + 2 * step, f32x4.extract_lane(sum, 2));
    add(into + 3 * step, f32x4.extract_lane(sum, 3));
    into += 4 * step;
    rows += 4 * STRIDE;
  }
  for (; r < count; r++) {
    let a = splat(0);
    for (let s: usize = 0; s < size; s += 16) a = madd(v128.load(rows + s), v128.load(one + s), a);
    add(into, sumOf(a));
    into += step;
    rows += STRIDE;
  }
}

/** Adds the sum over the samples of each row. */
function sums(by: usize, into: usize, rows: i32, n: i32): void {
  const size = <usize>n << 2;
  let o = 0;
  for (; o + 4 <= rows; o += 4) {
    let a0 = splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    for (let p = by, end = by + size; p < end; p += 16) {
      a0 = f32x4.add(a0, v128.load(p));
      a1 = f32x4.add(a1, v128.load(p, 512));
      a2 = f32x4.add(a2, v128.load(p, 1024));
      a3 = f32x4.add(a3, v128.load(p, 1536));
    }
    accumulate(into, sumsOf(a0, a1, a2, a3));
    into += 16;
    by += 4 * STRIDE;
  }
  for (; o < rows; o++) {
    let a = splat(0);
    for (let s: usize = 0; s < size; s += 16) a = f32x4.add(a, v128.load(by + s));
    add(into, sumOf(a));
    into += 4;
    by += STRIDE;
  }
}

// @ts-expect-error: decorator
@inline
function add(into: usize, x: f32): void {
  store<f32>(into, load<f32>(into) + x);
}

// @ts-expect-error: decorator
@inline
function accumulate(into: usize, v: v128): void {
  v128.store(into, f32x4.add(v128.load(into), v));
}

/** The sums of the lanes of four vectors. */
// @ts-expect-error: decorator
@inline
function sumsOf(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}
