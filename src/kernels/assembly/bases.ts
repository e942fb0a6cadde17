/**
 * The base distributions. Settings: type, number of components (mixture), then for the uniform box low[d] and high[d].
 * Parameters: diagNormal loc[d], logScale[d]; mixture loc[k, d], logScale[k, d], logits[k]. Formulas as in flows/distributions.
 */
import { HALF_LOG_2PI, mixtureBackward, mixtureLogProb } from "./mixture";
import { addTo, rowSum } from "./sums";
import { choose, exp, log, madd, nmadd, STRIDE, splat, sumOf } from "./vector";

const NORMAL: i32 = 0;
const DIAG_NORMAL: i32 = 1;
const UNIFORM: i32 = 2;
const MIXTURE: i32 = 3;

/** Rows of scratch that baseBackward needs. */
export function baseScratchRows(settings: usize): i32 {
  return load<i32>(settings) == MIXTURE ? load<i32>(settings, 4) : 0;
}

/** Adds log p(z) to logProb. */
export function baseLogProb(settings: usize, params: usize, d: i32, n: i32, z: usize, logProb: usize): void {
  const type = load<i32>(settings);
  const bytes = (<usize>n) << 2;
  if (type == NORMAL) normalLogProb(d, bytes, z, logProb);
  else if (type == DIAG_NORMAL) diagLogProb(params, d, bytes, z, logProb);
  else if (type == UNIFORM) uniformLogProb(settings + 8, d, bytes, z, logProb);
  else mixtureLogProb(params, load<i32>(settings, 4), d, bytes, z, logProb);
}

/** byZ = byLogProb ∂ log p / ∂z, which may be z itself except for a mixture. grads: 0 where the parameters are frozen. */
export function baseBackward(
  settings: usize,
  params: usize,
  grads: usize,
  d: i32,
  n: i32,
  z: usize,
  byLogProb: usize,
  byZ: usize,
  scratch: usize,
): void {
  const type = load<i32>(settings);
  const bytes = (<usize>n) << 2;
  if (type == MIXTURE) {
    mixtureBackward(params, grads, load<i32>(settings, 4), d, bytes, z, byLogProb, byZ, scratch);
    return;
  }
  if (type == DIAG_NORMAL) {
    diagBackward(params, grads, d, bytes, z, byLogProb, byZ);
    return;
  }
  for (const end = z + <usize>d * STRIDE; z < end; z += STRIDE) {
    if (type == NORMAL) normalBackward(bytes, z, byLogProb, byZ);
    else uniformBackward(bytes, z, byLogProb, byZ);
    byZ += STRIDE;
  }
}

/** −½‖z‖² − (d/2) log 2π. */
function normalLogProb(d: i32, bytes: usize, z: usize, logProb: usize): void {
  const constant = splat(<f32>d * HALF_LOG_2PI);
  let s: usize = 0;
  do {
    let sum = splat(0);
    for (let row: usize = 0; row < <usize>d * STRIDE; row += STRIDE) {
      const point = v128.load(z + row + s);
      sum = madd(point, point, sum);
    }
    const value = nmadd(sum, splat(0.5), f32x4.neg(constant));
    v128.store(logProb + s, f32x4.add(v128.load(logProb + s), value));
    s += 16;
  } while (s < bytes);
}

function normalBackward(bytes: usize, z: usize, byLogProb: usize, byZ: usize): void {
  let s: usize = 0;
  do {
    v128.store(byZ + s, f32x4.neg(f32x4.mul(v128.load(z + s), v128.load(byLogProb + s))));
    s += 16;
  } while (s < bytes);
}

/** Σᵢ [−½ ((zᵢ − mᵢ) e^(−sᵢ))² − sᵢ − ½ log 2π], coordinate by coordinate. */
function diagLogProb(params: usize, d: i32, bytes: usize, z: usize, logProb: usize): void {
  for (let i = 0; i < d; i++) {
    const loc = v128.load32_splat(params);
    const logScale = v128.load32_splat(params + ((<usize>d) << 2));
    const inverse = exp(f32x4.neg(logScale));
    const constant = f32x4.add(logScale, splat(HALF_LOG_2PI));
    let s: usize = 0;
    do {
      const u = f32x4.mul(f32x4.sub(v128.load(z + s), loc), inverse);
      const value = madd(f32x4.mul(u, u), splat(0.5), constant);
      v128.store(logProb + s, f32x4.sub(v128.load(logProb + s), value));
      s += 16;
    } while (s < bytes);
    params += 4;
    z += STRIDE;
  }
}

function diagBackward(params: usize, grads: usize, d: i32, bytes: usize, z: usize, byLogProb: usize, byZ: usize): void {
  const total = rowSum(byLogProb, bytes);
  for (let i = 0; i < d; i++) {
    const place = (<usize>i) << 2;
    const loc = v128.load32_splat(params + place);
    const inverse = exp(f32x4.neg(v128.load32_splat(params + ((<usize>d) << 2) + place)));
    let byLoc = splat(0);
    let byLogScale = splat(0);
    let s: usize = 0;
    do {
      const u = f32x4.mul(f32x4.sub(v128.load(z + s), loc), inverse);
      const by = f32x4.mul(u, v128.load(byLogProb + s));
      byLoc = f32x4.add(byLoc, by);
      byLogScale = madd(by, u, byLogScale);
      v128.store(byZ + s, f32x4.neg(f32x4.mul(by, inverse)));
      s += 16;
    } while (s < bytes);
    z += STRIDE;
    byZ += STRIDE;
    if (grads == 0) continue;
    addTo(grads + place, sumOf(byLoc) * f32x4.extract_lane(inverse, 0));
    addTo(grads + ((<usize>d) << 2) + place, sumOf(byLogScale) - total);
  }
}

/** −Σᵢ log(highᵢ − lowᵢ) inside and on the edges, −∞ outside, NaN for NaN. */
function uniformLogProb(edges: usize, d: i32, bytes: usize, z: usize, logProb: usize): void {
  for (let i = 0; i < d; i++) {
    const low = v128.load32_splat(edges);
    const high = v128.load32_splat(edges + ((<usize>d) << 2));
    const side = log(f32x4.sub(high, low));
    let s: usize = 0;
    do {
      const point = v128.load(z + s);
      const outside = v128.or(f32x4.lt(point, low), f32x4.gt(point, high));
      const value = choose(outside, splat(f32.NEGATIVE_INFINITY), f32x4.mul(point, splat(0))); // 0, or NaN
      v128.store(logProb + s, f32x4.add(v128.load(logProb + s), f32x4.sub(value, side)));
      s += 16;
    } while (s < bytes);
    edges += 4;
    z += STRIDE;
  }
}

/** 0, or NaN where the point or the cotangent is NaN. */
function uniformBackward(bytes: usize, z: usize, byLogProb: usize, byZ: usize): void {
  let s: usize = 0;
  do {
    const point = v128.load(z + s);
    const by = v128.load(byLogProb + s);
    const known = v128.and(f32x4.eq(point, point), f32x4.eq(by, by));
    v128.store(byZ + s, choose(known, splat(0), splat(f32.NaN)));
    s += 16;
  } while (s < bytes);
}
