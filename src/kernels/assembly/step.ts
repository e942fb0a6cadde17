/**
 * The parts of a training step that belong to parameters instead of samples. Each thread has the layers whose number leaves its own when
 * divided by the number of threads, and the last thread has the base; all sums run in one order, whoever does them.
 */
import { layerAt, threadGradients, threadMatrix, threadSums } from "./chain";
import { Kind, Layer, Plan, Table, Update } from "./layout";
import { rotationGradient, rotationPrepare } from "./rotation";
import { tableGradient } from "./table-gradient";
import { tableBuild } from "./tables";
import { address, setWord, word } from "./words";

/**
 * What follows from the parameters alone: tables and matrices. Returns 0, or 1 if some table needs more room than it has; how much then
 * stands in its `Pieces`.
 */
export function prepare(plan: usize, thread: i32, threads: i32): i32 {
  let failed = 0;
  const parameters = address(plan, Plan.Parameters);
  for (let k = 1; k <= word(plan, Plan.Layers); k++) {
    if ((k - 1) % threads != thread) continue;
    const layer = layerAt(plan, k);
    const table = address(layer, Layer.Table);
    if (table != 0) {
      const pieces = tableBuild(table, parameters);
      if (pieces > word(table, Table.Capacity)) {
        setWord(table, Table.Pieces, pieces);
        failed = 1;
      }
    }
    if (word(layer, Layer.Kind) == Kind.Rotation) {
      const own = parameters + (address(layer, Layer.Offset) << 2);
      rotationPrepare(own, word(plan, Plan.Dim), address(layer, Layer.Matrix), address(layer, Layer.PrepareScratch));
    }
  }
  return failed;
}

/** Clears what the thread accumulates. */
export function clear(plan: usize, thread: i32): void {
  const d = word(plan, Plan.Dim);
  const gradients = threadGradients(plan, thread);
  for (let k = 1; k <= word(plan, Plan.Layers); k++) {
    const layer = layerAt(plan, k);
    memory.fill(gradients + (address(layer, Layer.SummedOffset) << 2), 0, address(layer, Layer.SummedCount) << 2);
    const table = address(layer, Layer.Table);
    if (table != 0) {
      const bytes = <usize>(word(table, Table.Pieces) * ((word(table, Table.Outputs) + 3) & ~3) * 8);
      memory.fill(threadSums(layer, thread), 0, bytes);
    }
    if (word(layer, Layer.Kind) == Kind.Rotation) memory.fill(threadMatrix(layer, thread), 0, <usize>(d * d * 4));
  }
  memory.fill(gradients + (address(plan, Plan.BaseOffset) << 2), 0, address(plan, Plan.BaseCount) << 2);
}

/** Adds up what the threads accumulated, for the layers of this thread, into the gradient of the step. */
export function reduce(plan: usize, thread: i32, threads: i32): void {
  const parameters = address(plan, Plan.Parameters);
  const gradient = address(plan, Plan.Gradient);
  const norms = address(plan, Plan.SquaredNorms);
  const layers = word(plan, Plan.Layers);
  for (let k = 1; k <= layers; k++) {
    if ((k - 1) % threads != thread) continue;
    const layer = layerAt(plan, k);
    const at = norms + <usize>((k - 1) << 3);
    store<f64>(at, 0);
    if (word(layer, Layer.Trainable) == 0) continue;
    sumThreads(plan, threads, address(layer, Layer.SummedOffset), word(layer, Layer.SummedCount));
    const table = address(layer, Layer.Table);
    if (table != 0) tableGradient(table, threads, parameters, gradient);
    if (word(layer, Layer.Kind) == Kind.Rotation) reduceRotation(plan, layer, threads);
    store<f64>(at, squaredLength(gradient + (address(layer, Layer.Offset) << 2), word(layer, Layer.Count)));
  }
  if (thread != threads - 1) return;
  const at = norms + <usize>(layers << 3);
  store<f64>(at, 0);
  if (word(plan, Plan.BaseTrainable) == 0) return;
  sumThreads(plan, threads, address(plan, Plan.BaseOffset), word(plan, Plan.BaseCount));
  store<f64>(at, squaredLength(gradient + (address(plan, Plan.BaseOffset) << 2), word(plan, Plan.BaseCount)));
}

function sumThreads(plan: usize, threads: i32, offset: usize, count: i32): void {
  const to = address(plan, Plan.Gradient) + (offset << 2);
  memory.copy(to, threadGradients(plan, 0) + (offset << 2), <usize>(count << 2));
  for (let t = 1; t < threads; t++) {
    const from = threadGradients(plan, t) + (offset << 2);
    let i: usize = 0;
    for (; i + 16 <= <usize>(count << 2); i += 16) v128.store(to + i, f32x4.add(v128.load(to + i), v128.load(from + i)));
    for (; i < <usize>(count << 2); i += 4) store<f32>(to + i, load<f32>(to + i) + load<f32>(from + i));
  }
}

function reduceRotation(plan: usize, layer: usize, threads: i32): void {
  const d = word(plan, Plan.Dim);
  const sum = threadMatrix(layer, 0);
  for (let t = 1; t < threads; t++) {
    const from = threadMatrix(layer, t);
    for (let i: usize = 0; i < <usize>(d * d * 4); i += 4) store<f32>(sum + i, load<f32>(sum + i) + load<f32>(from + i));
  }
  const offset = address(layer, Layer.Offset) << 2;
  const gradient = address(plan, Plan.Gradient) + offset;
  memory.fill(gradient, 0, address(layer, Layer.Count) << 2);
  rotationGradient(address(plan, Plan.Parameters) + offset, d, address(layer, Layer.Matrix), sum, gradient, address(layer, Layer.PrepareScratch));
}

/** Σ g², each block of 256 in float32 lanes and the blocks in double precision. */
function squaredLength(from: usize, count: i32): f64 {
  let sum: f64 = 0;
  let i = 0;
  while (i + 4 <= count) {
    const end = min(count - 3, i + 256);
    let lanes = f32x4.splat(0);
    for (; i < end; i += 4) {
      const g = v128.load(from + <usize>(i << 2));
      lanes = f32x4.add(lanes, f32x4.mul(g, g));
    }
    sum += <f64>f32x4.extract_lane(lanes, 0) + <f64>f32x4.extract_lane(lanes, 1) + <f64>f32x4.extract_lane(lanes, 2) + <f64>f32x4.extract_lane(lanes, 3);
  }
  for (; i < count; i++) {
    const g = <f64>load<f32>(from + <usize>(i << 2));
    sum += g * g;
  }
  return sum;
}

/** The length of the whole gradient. */
export function gradientNorm(plan: usize): f64 {
  const norms = address(plan, Plan.SquaredNorms);
  let sum: f64 = 0;
  for (let k = 0; k <= word(plan, Plan.Layers); k++) sum += load<f64>(norms + <usize>(k << 3));
  return sqrt(sum);
}

/**
 * Clipping, Adam (Kingma and Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov and Hutter 2019) and averaging, for the layers
 * of this thread. Must not be called when loss or gradient are not finite.
 */
export function update(plan: usize, thread: i32, threads: i32): void {
  const record = address(plan, Plan.Update);
  const clip = load<f64>(record + (Update.ClipNorm << 3));
  const norm = gradientNorm(plan);
  const scale: f64 = clip > 0 && norm > clip ? clip / norm : 1;
  for (let k = 1; k <= word(plan, Plan.Layers); k++) {
    if ((k - 1) % threads != thread) continue;
    const layer = layerAt(plan, k);
    if (word(layer, Layer.Trainable) != 0) updateRange(plan, record, <f32>scale, address(layer, Layer.Offset), word(layer, Layer.Count));
  }
  if (thread == threads - 1 && word(plan, Plan.BaseTrainable) != 0)
    updateRange(plan, record, <f32>scale, address(plan, Plan.BaseOffset), word(plan, Plan.BaseCount));
}

/** Works on whole vectors; what follows the last number of a range within its vector is put back as it was. */
function updateRange(plan: usize, record: usize, scale: f32, offset: usize, count: i32): void {
  const parameters = address(plan, Plan.Parameters) + (offset << 2);
  const gradient = address(plan, Plan.Gradient) + (offset << 2);
  const first = address(plan, Plan.FirstMoment) + (offset << 2);
  const second = address(plan, Plan.SecondMoment) + (offset << 2);
  const average = address(plan, Plan.Average);
  const mean = average == 0 ? 0 : average + (offset << 2);
  const rate = <f32>load<f64>(record + (Update.Rate << 3));
  const decay = rate * <f32>load<f64>(record + (Update.WeightDecay << 3));
  const inverse1 = <f32>(1 / load<f64>(record + (Update.Correction1 << 3)));
  const inverse2 = <f32>(1 / load<f64>(record + (Update.Correction2 << 3)));
  const keep = <f32>load<f64>(record + (Update.Keep << 3));
  for (let i: usize = 0; i < <usize>(count << 2); i += 16) {
    const left = count - <i32>(i >> 2);
    const g = f32x4.mul(v128.load(gradient + i), f32x4.splat(scale));
    const oldFirst = v128.load(first + i);
    const oldSecond = v128.load(second + i);
    const old = v128.load(parameters + i);
    const m = f32x4.add(f32x4.mul(oldFirst, f32x4.splat(0.9)), f32x4.mul(g, f32x4.splat(0.1)));
    const v = f32x4.add(f32x4.mul(oldSecond, f32x4.splat(0.999)), f32x4.mul(f32x4.mul(g, g), f32x4.splat(0.001)));
    const bottom = f32x4.add(f32x4.sqrt(f32x4.mul(v, f32x4.splat(inverse2))), f32x4.splat(1e-8));
    const move = f32x4.div(f32x4.mul(m, f32x4.splat(rate * inverse1)), bottom);
    const next = f32x4.sub(f32x4.sub(old, move), f32x4.mul(old, f32x4.splat(decay)));
    storeSome(first + i, m, left);
    storeSome(second + i, v, left);
    storeSome(parameters + i, next, left);
    if (mean != 0) {
      const former = v128.load(mean + i);
      storeSome(mean + i, f32x4.add(f32x4.mul(former, f32x4.splat(keep)), f32x4.mul(next, f32x4.splat(1 - keep))), left);
    }
  }
}

/** The first `left` lanes. Another thread may be at work on what follows them. */
// @ts-expect-error: decorator
@inline
function storeSome(to: usize, value: v128, left: i32): void {
  if (left >= 4) {
    v128.store(to, value);
    return;
  }
  v128.store_lane<f32>(to, value, 0);
  if (left > 1) v128.store_lane<f32>(to, value, 1, 4);
  if (left > 2) v128.store_lane<f32>(to, value, 2, 8);
}
