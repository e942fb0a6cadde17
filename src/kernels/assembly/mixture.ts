/**
 * A mixture of k diagonal normals, log p(z) = log Σ_j softmax(logits)_j N(z; loc_j, diag e^(2·logScale_j)).
 * Parameters loc[k, d], logScale[k, d], logits[k].
 */
import { addTo, rowSum } from "./sums";
import { choose, exp, log, madd, nmadd, STRIDE, splat, sumOf } from "./vector";

/** Half of log 2π. */
export const HALF_LOG_2PI: f32 = 0.9189385332046727;

/**
 * Adds log p. Sixteen samples at a time, so that each deviation is found once for all of them; samples beyond the last are computed from
 * what happens to be there, and dropped.
 */
export function mixtureLogProb(params: usize, k: i32, d: i32, bytes: usize, z: usize, logProb: usize): void {
  const scales = params + (<usize>(k * d) << 2);
  const logits = scales + (<usize>(k * d) << 2);
  const constant = f32x4.add(logSumOfLogits(logits, k), splat(<f32>d * HALF_LOG_2PI));
  let s: usize = 0;
  do {
    let largestA = splat(f32.NEGATIVE_INFINITY); // largest term so far, of samples 0–3, 4–7, 8–11 and 12–15
    let largestB = largestA;
    let largestC = largestA;
    let largestD = largestA;
    let sumA = splat(0); // sum of all terms so far, relative to the largest
    let sumB = sumA;
    let sumC = sumA;
    let sumD = sumA;
    let place: usize = 0;
    let logit = logits;
    do {
      const start = f32x4.sub(v128.load32_splat(logit), constant);
      let termA = start;
      let termB = start;
      let termC = start;
      let termD = start;
      let row = z + s;
      do {
        const loc = v128.load32_splat(params + place);
        const logScale = v128.load32_splat(scales + place);
        const inverse = exp(f32x4.neg(logScale));
        termA = less(termA, v128.load(row), loc, inverse, logScale);
        termB = less(termB, v128.load(row, 16), loc, inverse, logScale);
        termC = less(termC, v128.load(row, 32), loc, inverse, logScale);
        termD = less(termD, v128.load(row, 48), loc, inverse, logScale);
        place += 4;
        row += STRIDE;
      } while (row < z + s + <usize>d * STRIDE);
      sumA = nextSum(sumA, largestA, termA);
      sumB = nextSum(sumB, largestB, termB);
      sumC = nextSum(sumC, largestC, termC);
      sumD = nextSum(sumD, largestD, termD);
      largestA = f32x4.max(largestA, termA);
      largestB = f32x4.max(largestB, termB);
      largestC = f32x4.max(largestC, termC);
      largestD = f32x4.max(largestD, termD);
      logit += 4;
    } while (logit < logits + (<usize>k << 2));
    addRow(logProb + s, f32x4.add(largestA, log(sumA)));
    if (s + 16 < bytes) addRow(logProb + s + 16, f32x4.add(largestB, log(sumB)));
    if (s + 32 < bytes) addRow(logProb + s + 32, f32x4.add(largestC, log(sumC)));
    if (s + 48 < bytes) addRow(logProb + s + 48, f32x4.add(largestD, log(sumD)));
    s += 64;
  } while (s < bytes);
}

/** scratch: k rows. */
export function mixtureBackward(
  params: usize,
  grads: usize,
  k: i32,
  d: i32,
  bytes: usize,
  z: usize,
  byLogProb: usize,
  byZ: usize,
  scratch: usize,
): void {
  const size = <usize>(k * d) << 2;
  const logits = params + 2 * size;
  termRows(params, k, d, bytes, z, scratch);
  shareRows(k, bytes, byLogProb, scratch);
  for (let row: usize = 0; row < <usize>d * STRIDE; row += STRIDE) memory.fill(byZ + row, 0, bytes);
  const total = rowSum(byLogProb, bytes);
  const logSum = logSumOfLogits(logits, k);
  for (let j = 0; j < k; j++) {
    const shares = scratch + <usize>j * STRIDE;
    const mass = rowSum(shares, bytes);
    for (let i = 0; i < d; i++) {
      const place = <usize>(j * d + i) << 2;
      const row = <usize>i * STRIDE;
      pointBackward(params + place, size, grads == 0 ? 0 : grads + place, bytes, mass, z + row, shares, byZ + row);
    }
    if (grads == 0) continue;
    const at = <usize>j << 2;
    const weight = f32x4.extract_lane(exp(f32x4.sub(v128.load32_splat(logits + at), logSum)), 0);
    addTo(grads + 2 * size + at, mass - weight * total);
  }
}

/** Row j: logit_j + log N(z; component j), without what all components have in common. */
function termRows(params: usize, k: i32, d: i32, bytes: usize, z: usize, rows: usize): void {
  const scales = params + (<usize>(k * d) << 2);
  const logits = scales + (<usize>(k * d) << 2);
  let place: usize = 0;
  for (let j: usize = 0; j < <usize>k; j++) {
    const terms = rows + j * STRIDE;
    let s: usize = 0;
    do {
      v128.store(terms + s, v128.load32_splat(logits + (j << 2)));
      s += 16;
    } while (s < bytes);
    for (let row: usize = 0; row < <usize>d * STRIDE; row += STRIDE) {
      const loc = v128.load32_splat(params + place);
      const logScale = v128.load32_splat(scales + place);
      const inverse = exp(f32x4.neg(logScale));
      let s: usize = 0;
      do {
        v128.store(terms + s, less(v128.load(terms + s), v128.load(z + row + s), loc, inverse, logScale));
        s += 16;
      } while (s < bytes);
      place += 4;
    }
  }
}

/** From terms to the cotangents of the terms: byLogProb times each component's share of the density. */
function shareRows(k: i32, bytes: usize, byLogProb: usize, rows: usize): void {
  const size = <usize>k * STRIDE;
  let s: usize = 0;
  do {
    let largest = v128.load(rows + s);
    for (let row: usize = STRIDE; row < size; row += STRIDE) largest = f32x4.max(largest, v128.load(rows + row + s));
    let sum = splat(0);
    let row: usize = 0;
    do {
      const share = exp(f32x4.sub(v128.load(rows + row + s), largest));
      sum = f32x4.add(sum, share);
      v128.store(rows + row + s, share);
      row += STRIDE;
    } while (row < size);
    const factor = f32x4.div(v128.load(byLogProb + s), sum);
    for (let row: usize = 0; row < size; row += STRIDE) v128.store(rows + row + s, f32x4.mul(v128.load(rows + row + s), factor));
    s += 16;
  } while (s < bytes);
}

/** One coordinate of one component: its part of byZ, and with grads the gradients by its loc and, `size` bytes on, its logScale. */
function pointBackward(params: usize, size: usize, grads: usize, bytes: usize, mass: f32, z: usize, shares: usize, byZ: usize): void {
  const loc = v128.load32_splat(params);
  const inverse = exp(f32x4.neg(v128.load32_splat(params + size)));
  let byLoc = splat(0);
  let byLogScale = splat(0);
  let s: usize = 0;
  do {
    const u = f32x4.mul(f32x4.sub(v128.load(z + s), loc), inverse);
    const by = f32x4.mul(u, v128.load(shares + s));
    byLoc = f32x4.add(byLoc, by);
    byLogScale = madd(by, u, byLogScale);
    v128.store(byZ + s, nmadd(by, inverse, v128.load(byZ + s)));
    s += 16;
  } while (s < bytes);
  if (grads == 0) return;
  addTo(grads, sumOf(byLoc) * f32x4.extract_lane(inverse, 0));
  addTo(grads + size, sumOf(byLogScale) - mass);
}

/** term − ½ u² − logScale, u = (z − loc) e^−logScale. */
// @ts-expect-error: decorator
@inline
function less(term: v128, z: v128, loc: v128, inverse: v128, logScale: v128): v128 {
  const u = f32x4.mul(f32x4.sub(z, loc), inverse);
  return f32x4.sub(nmadd(f32x4.mul(u, u), splat(0.5), term), logScale);
}

/** The sum of e^terms relative to the largest, with one more term. */
// @ts-expect-error: decorator
@inline
function nextSum(sum: v128, largest: v128, term: v128): v128 {
  const ratio = exp(f32x4.neg(f32x4.abs(f32x4.sub(term, largest))));
  const sized = choose(f32x4.eq(term, largest), splat(1), ratio); // also where both are −∞
  return choose(f32x4.gt(term, largest), madd(sum, sized, splat(1)), f32x4.add(sum, sized));
}

function logSumOfLogits(logits: usize, k: i32): v128 {
  let largest = splat(f32.NEGATIVE_INFINITY);
  let sum = splat(0);
  for (const end = logits + (<usize>k << 2); logits < end; logits += 4) {
    const logit = v128.load32_splat(logits);
    sum = nextSum(sum, largest, logit);
    largest = f32x4.max(largest, logit);
  }
  return f32x4.add(largest, log(sum));
}

// @ts-expect-error: decorator
@inline
function addRow(row: usize, amount: v128): void {
  v128.store(row, f32x4.add(v128.load(row), amount));
}
