/**
 * Small square matrices, row by row with rows of `width` floats, a multiple of four that is d or a little more. What lies beyond the d
 * columns does not reach the others.
 */
import { madd, splat } from "./vector";

/** Floats of a row. */
// @ts-expect-error: decorator
@inline
export function widthOf(d: i32): i32 {
  return (d + 3) & ~3;
}

/** Bytes of a matrix. */
// @ts-expect-error: decorator
@inline
export function matrixBytes(d: i32): usize {
  return <usize>(d * widthOf(d)) << 2;
}

/** c = factor · a b + added, where `added` may be c itself, or 0 for nothing; neither a nor b may be c. */
export function multiply(a: usize, b: usize, c: usize, d: i32, factor: f32, added: usize): void {
  const row = <usize>widthOf(d) << 2;
  const end = a + matrixBytes(d);
  const scale = splat(factor);
  while (a < end) {
    for (let column: usize = 0; column < row; column += 16) {
      const sum = f32x4.mul(rowByColumns(a, b + column, d, row), scale);
      v128.store(c + column, added == 0 ? sum : f32x4.add(sum, v128.load(added + column)));
    }
    a += row;
    c += row;
    if (added != 0) added += row;
  }
}

/** Four numbers of a row of the product. Two sums, since one would wait for each addition. */
// @ts-expect-error: decorator
@inline
function rowByColumns(a: usize, b: usize, d: i32, row: usize): v128 {
  let even = splat(0);
  let odd = splat(0);
  const end = a + (<usize>d << 2);
  while (a + 8 <= end) {
    even = madd(v128.load32_splat(a), v128.load(b), even);
    odd = madd(v128.load32_splat(a + 4), v128.load(b + row), odd);
    a += 8;
    b += row << 1;
  }
  if (a < end) even = madd(v128.load32_splat(a), v128.load(b), even);
  return f32x4.add(even, odd);
}

/** to = to + from. */
export function addMatrix(from: usize, to: usize, d: i32): void {
  const end = from + matrixBytes(d);
  for (; from < end; from += 16) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    to += 16;
  }
}

/** Adds the identity. */
export function addIdentity(matrix: usize, d: i32): void {
  const step = <usize>(widthOf(d) + 1) << 2;
  for (let i = 0; i < d; i++) {
    store<f32>(matrix, load<f32>(matrix) + 1);
    matrix += step;
  }
}

/** From d · d floats without gaps; what is beyond the columns becomes 0. */
export function widen(from: usize, to: usize, d: i32): void {
  memory.fill(to, 0, matrixBytes(d));
  for (let i = 0; i < d; i++) memory.copy(to + (<usize>(i * widthOf(d)) << 2), from + (<usize>(i * d) << 2), <usize>d << 2);
}

export function narrow(from: usize, to: usize, d: i32): void {
  for (let i = 0; i < d; i++) memory.copy(to + (<usize>(i * d) << 2), from + (<usize>(i * widthOf(d)) << 2), <usize>d << 2);
}
