import { madd, STRIDE, splat } from "./vector";

/**
 * The products of a linear layer out = W h + b on a chunk that have W as a factor, (outputs, inputs), read as it is stored. Sums stay in
 * registers: two rows by four vectors of samples make eight chains of multiply-adds, enough to hide their latency. Of the blocks tried,
 * those of R by C with R C + R + C ≤ 15 ran at full speed in V8 and all larger ones at about half, as if V8 loaded all factors before the
 * first multiply-add and spilled what fifteen registers do not hold.
 */

/** out = W h + b. */
export function linearMap(weight: usize, bias: usize, h: usize, out: usize, inputs: i32, outputs: i32, n: i32): void {
  const row = (<usize>inputs) << 2;
  let o = 0;
  for (; o + 2 <= outputs; o += 2) {
    twoRows(weight, weight + row, 4, load<f32>(bias), load<f32>(bias, 4), h, inputs, out, n);
    weight += row << 1;
    bias += 8;
    out += 2 * STRIDE;
  }
  if (o < outputs) oneRow(weight, 4, load<f32>(bias), h, inputs, out, n);
}

/** The cotangent of h: Wᵀ byOut, overwritten. */
export function linearByInput(weight: usize, byOut: usize, byH: usize, inputs: i32, outputs: i32, n: i32): void {
  const row = (<usize>inputs) << 2;
  let i = 0;
  for (; i + 2 <= inputs; i += 2) {
    twoRows(weight, weight + 4, row, 0, 0, byOut, outputs, byH, n);
    weight += 8;
    byH += 2 * STRIDE;
  }
  if (i < inputs) oneRow(weight, row, 0, byOut, outputs, byH, n);
}

/** Two rows of a product with `count` rows of h: start + Σ w h, where the next w lies `step` bytes on. */
function twoRows(w0: usize, w1: usize, step: usize, start0: f32, start1: f32, h: usize, count: i32, out: usize, n: i32): void {
  const size = <usize>count * STRIDE;
  const width = (<usize>n) << 2;
  let s: usize = 0;
  for (; s + 64 <= width; s += 64) {
    let a0 = splat(start0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let b0 = splat(start1);
    let b1 = b0;
    let b2 = b0;
    let b3 = b0;
    let v = w0;
    let w = w1;
    const end = h + s + size;
    for (let p = h + s; p < end; p += STRIDE) {
      const x = v128.load32_splat(v);
      const y = v128.load32_splat(w);
      const h0 = v128.load(p);
      a0 = madd(x, h0, a0);
      b0 = madd(y, h0, b0);
      const h1 = v128.load(p, 16);
      a1 = madd(x, h1, a1);
      b1 = madd(y, h1, b1);
      const h2 = v128.load(p, 32);
      a2 = madd(x, h2, a2);
      b2 = madd(y, h2, b2);
      const h3 = v128.load(p, 48);
      a3 = madd(x, h3, a3);
      b3 = madd(y, h3, b3);
      v += step;
      w += step;
    }
    const q = out + s;
    v128.store(q, a0);
    v128.store(q, a1, 16);
    v128.store(q, a2, 32);
    v128.store(q, a3, 48);
    v128.store(q, b0, 512);
    v128.store(q, b1, 528);
    v128.store(q, b2, 544);
    v128.store(q, b3, 560);
  }
  for (; s < width; s += 16) {
    v128.store(out + s, dot(w0, step, start0, h + s, size));
    v128.store(out + s, dot(w1, step, start1, h + s, size), STRIDE);
  }
}

/** One row, as in twoRows. */
function oneRow(w0: usize, step: usize, start: f32, h: usize, count: i32, out: usize, n: i32): void {
  const size = <usize>count * STRIDE;
  const width = (<usize>n) << 2;
  let s: usize = 0;
  for (; s + 64 <= width; s += 64) {
    let a0 = splat(start);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let w = w0;
    const end = h + s + size;
    for (let p = h + s; p < end; p += STRIDE) {
      const x = v128.load32_splat(w);
      a0 = madd(x, v128.load(p), a0);
      a1 = madd(x, v128.load(p, 16), a1);
      a2 = madd(x, v128.load(p, 32), a2);
      a3 = madd(x, v128.load(p, 48), a3);
      w += step;
    }
    v128.store(out + s, a0);
    v128.store(out + s, a1, 16);
    v128.store(out + s, a2, 32);
    v128.store(out + s, a3, 48);
  }
  for (; s < width; s += 16) v128.store(out + s, dot(w0, step, start, h + s, size));
}

/** start + Σ w h for four samples. */
function dot(w: usize, step: usize, start: f32, h: usize, size: usize): v128 {
  let a = splat(start);
  for (const end = h + size; h < end; h += STRIDE) {
    a = madd(v128.load32_splat(w), v128.load(h), a);
    w += step;
  }
  return a;
}
