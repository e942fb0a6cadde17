/** What each thread does with its share of the points: chunks number thread, thread + threads, … of a walk through the layers. */
import { baseBackward, baseLogProb } from "./bases";
import { layerAt, stepBackward, stepMap } from "./chain";
import { Layer, Plan, Question } from "./layout";
import { LANES, STRIDE } from "./vector";
import { address, word } from "./words";

/** Rows that a walk itself needs before what the layers need: see `scratchRows` of the host. */
// @ts-expect-error: decorator
@inline
function pointsOf(plan: usize, thread: i32): usize {
  return address(plan, Plan.Scratch) + <usize>thread * address(plan, Plan.ScratchStride);
}

/** Walks points through the layers and writes the answers that the question asks for. */
export function walk(plan: usize, thread: i32, threads: i32): void {
  const question = address(plan, Plan.Question);
  const d = word(plan, Plan.Dim);
  const count = word(question, Question.Count);
  const from = word(question, Question.From);
  const to = word(question, Question.To);
  const points = pointsOf(plan, thread);
  const logDet = points + <usize>d * STRIDE;
  const total = logDet + STRIDE;
  const tape = address(plan, Plan.Tape) + <usize>thread * address(plan, Plan.TapeStride);
  const stages = address(question, Question.Stages);
  const logDets = address(question, Question.LogDets);
  for (let first = thread * LANES; first < count; first += threads * LANES) {
    const valid = min(count - first, LANES);
    const n = lanesFor(valid);
    readPoints(address(question, Question.Points), d, first, valid, n, points);
    fillRow(total, 0, n);
    if (stages != 0) writePoints(points, d, valid, stages + <usize>(first * d * 4));
    for (let at = 0; at < abs(from - to); at++) {
      const k = from > to ? from - at : from + at + 1;
      fillRow(logDet, 0, n);
      stepMap(plan, k, from > to, points, logDet, tape, n);
      addRow(logDet, total, n);
      if (stages != 0) writePoints(points, d, valid, stages + <usize>(((at + 1) * count + first) * d * 4));
      if (logDets != 0) memory.copy(logDets + <usize>((at * count + first) << 2), logDet, <usize>(valid << 2));
    }
    if (word(question, Question.Base) != 0) logBase(plan, points, total, n);
    const totals = address(question, Question.Total);
    if (totals != 0) memory.copy(totals + <usize>(first << 2), total, <usize>(valid << 2));
  }
}

/**
 * The gradient of Σ byLast · (last stage) + Σ byTotal · (log-det of the walk, with log p₀ if `Base`) by the first stage, and by the
 * parameters if `Learn`. The walk is done again for each chunk, so that one chunk's tape is enough.
 */
export function pullback(plan: usize, thread: i32, threads: i32): void {
  const question = address(plan, Plan.Question);
  const d = word(plan, Plan.Dim);
  const count = word(question, Question.Count);
  const points = pointsOf(plan, thread);
  const by = points + <usize>(d + 2) * STRIDE;
  const byTotal = by + <usize>d * STRIDE;
  for (let first = thread * LANES; first < count; first += threads * LANES) {
    const valid = min(count - first, LANES);
    const n = lanesFor(valid);
    readPoints(address(question, Question.Points), d, first, valid, n, points);
    fillRow(byTotal, 0, n);
    memory.copy(byTotal, address(question, Question.ByTotal) + <usize>(first << 2), <usize>(valid << 2));
    const byLast = address(question, Question.ByLast);
    for (let i = 0; i < d; i++) fillRow(by + <usize>i * STRIDE, 0, n);
    if (byLast != 0) readPoints(byLast, d, first, valid, valid, by);
    forwardAndBack(plan, thread, word(question, Question.From), word(question, Question.To), word(question, Question.Base) != 0, points, by, n);
    writePoints(by, d, valid, address(question, Question.ByFirst) + <usize>(first * d * 4));
  }
}

/**
 * Mean NLL of the points and its gradient: the loss of each chunk goes into the plan, the gradient into what the thread accumulates.
 * Lanes beyond the points repeat the last one with weight 0.
 */
export function likelihood(plan: usize, thread: i32, threads: i32): void {
  const question = address(plan, Plan.Question);
  const d = word(plan, Plan.Dim);
  const count = word(question, Question.Count);
  const points = pointsOf(plan, thread);
  const by = points + <usize>(d + 2) * STRIDE;
  const byTotal = by + <usize>d * STRIDE;
  const losses = address(plan, Plan.ChunkLosses);
  for (let first = thread * LANES, chunk = thread; first < count; first += threads * LANES, chunk += threads) {
    const valid = min(count - first, LANES);
    const n = lanesFor(valid);
    readPoints(address(question, Question.Points), d, first, valid, n, points);
    fillRow(byTotal, 0, n);
    fillRow(byTotal, -1 / <f32>count, valid);
    for (let i = 0; i < d; i++) fillRow(by + <usize>i * STRIDE, 0, n);
    forwardAndBack(plan, thread, word(plan, Plan.Layers), 0, true, points, by, n);
    const total = points + <usize>(d + 1) * STRIDE;
    let sum: f64 = 0;
    for (let s = 0; s < valid; s++) sum -= <f64>load<f32>(total + <usize>(s << 2));
    store<f64>(losses + <usize>(chunk << 3), sum);
  }
}

/** One chunk: all layers with their tapes, the base if wanted, and back. `by` is the cotangent of the last stage, then of the first. */
function forwardAndBack(plan: usize, thread: i32, from: i32, to: i32, base: bool, points: usize, by: usize, n: i32): void {
  const d = word(plan, Plan.Dim);
  const total = points + <usize>(d + 1) * STRIDE;
  const byTotal = by + <usize>d * STRIDE;
  const more = byTotal + STRIDE;
  const tape = address(plan, Plan.Tape) + <usize>thread * address(plan, Plan.TapeStride);
  const learn = word(address(plan, Plan.Question), Question.Learn) != 0;
  fillRow(total, 0, n);
  const steps = abs(from - to);
  for (let at = 0; at < steps; at++) {
    const k = from > to ? from - at : from + at + 1;
    stepMap(plan, k, from > to, points, total, tape + address(layerAt(plan, k), Layer.TapeOffset), n);
  }
  if (base) {
    logBase(plan, points, total, n);
    const learns = learn && word(plan, Plan.BaseTrainable) != 0;
    const offset = address(plan, Plan.BaseOffset) << 2;
    const stride = address(plan, Plan.ThreadGradientStride);
    const gradients = learns ? address(plan, Plan.ThreadGradients) + <usize>thread * stride + offset : 0;
    baseBackward(address(plan, Plan.BaseSettings), address(plan, Plan.Parameters) + offset, gradients, d, n, points, byTotal, more, more + <usize>d * STRIDE);
    for (let i = 0; i < d; i++) addRow(more + <usize>i * STRIDE, by + <usize>i * STRIDE, n);
  }
  for (let at = steps - 1; at >= 0; at--) {
    const k = from > to ? from - at : from + at + 1;
    stepBackward(plan, thread, k, from > to, learn, by, byTotal, tape + address(layerAt(plan, k), Layer.TapeOffset), more, n);
  }
}

function logBase(plan: usize, points: usize, total: usize, n: i32): void {
  const own = address(plan, Plan.Parameters) + (address(plan, Plan.BaseOffset) << 2);
  baseLogProb(address(plan, Plan.BaseSettings), own, word(plan, Plan.Dim), n, points, total);
}

/** Lanes that are computed for so many points: a multiple of four. */
// @ts-expect-error: decorator
@inline
function lanesFor(valid: i32): i32 {
  return (valid + 3) & ~3;
}

/** Rows of n lanes from points [count · d]; lanes beyond the valid ones repeat the last. */
function readPoints(from: usize, d: i32, first: i32, valid: i32, n: i32, to: usize): void {
  const start = from + <usize>(first * d * 4);
  for (let i = 0; i < d; i++) {
    const row = to + <usize>i * STRIDE;
    let at = start + <usize>(i << 2);
    for (let s = 0; s < valid; s++) {
      store<f32>(row + <usize>(s << 2), load<f32>(at));
      at += <usize>(d << 2);
    }
    const last = load<f32>(row + <usize>((valid - 1) << 2));
    for (let s = valid; s < n; s++) store<f32>(row + <usize>(s << 2), last);
  }
}

function writePoints(from: usize, d: i32, valid: i32, to: usize): void {
  for (let s = 0; s < valid; s++) {
    for (let i = 0; i < d; i++) {
      store<f32>(to, load<f32>(from + <usize>i * STRIDE + <usize>(s << 2)));
      to += 4;
    }
  }
}

/** The first n lanes of a row. */
function fillRow(row: usize, value: f32, n: i32): void {
  for (let s: usize = 0; s < <usize>(n << 2); s += 4) store<f32>(row + s, value);
}

function addRow(from: usize, to: usize, n: i32): void {
  for (let s: usize = 0; s < <usize>(n << 2); s += 16) v128.store(to + s, f32x4.add(v128.load(to + s), v128.load(from + s)));
}
