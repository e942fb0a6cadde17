/** The layers of a flow on one chunk, in either direction, and backwards. Every kind of layer is known here and nowhere else. */
import { couplingBackward, couplingMap } from "./coupling";
import { elementwiseBackward, elementwiseMap } from "./elementwise";
import { Kind, Layer, Plan, Table } from "./layout";
import { linearBackward, linearMap, permuteBackward, permuteMap } from "./linear";
import { planarBackward, planarMap } from "./planar";
import { STRIDE } from "./vector";
import { address, word } from "./words";

/** The record of layer k = 1 … K. */
// @ts-expect-error: decorator
@inline
export function layerAt(plan: usize, k: i32): usize {
  return address(plan, Plan.LayerTable) + <usize>((k - 1) * Layer.Size * 4);
}

/** The step of layer k towards the base or the data: maps `points` [d] in place and adds the map's log-det. `tape` is the layer's own. */
export function stepMap(plan: usize, k: i32, toBase: bool, points: usize, logDet: usize, tape: usize, n: i32): void {
  const layer = layerAt(plan, k);
  const inverse = (word(layer, Layer.InverseToBase) != 0) == toBase;
  const d = word(plan, Plan.Dim);
  const parameters = address(plan, Plan.Parameters);
  const own = parameters + (address(layer, Layer.Offset) << 2);
  const kind = word(layer, Layer.Kind);
  if (kind == Kind.Coupling) {
    couplingMap(layer, inverse, parameters, points, logDet, tape, n);
    return;
  }
  const from = tape + address(layer, Layer.PointsRow);
  const image = tape + address(layer, Layer.ImageRow);
  copyRows(points, from, d, n);
  if (kind == Kind.Elementwise) elementwiseMap(inverse, own, d, n, from, image, logDet);
  else if (kind == Kind.Planar) planarMap(inverse, own, d, n, from, image, logDet, tape + address(layer, Layer.SavedRow));
  else if (kind == Kind.Rotation) linearMap(inverse, address(layer, Layer.Matrix), d, n, from, image);
  else permuteMap(inverse, address(layer, Layer.Order), d, n, from, image);
  copyRows(image, points, d, n);
}

/** Backwards through the step that {@link stepMap} did: turns the cotangent `by` [d] of its image into that of its points, in place. */
export function stepBackward(
  plan: usize,
  thread: i32,
  k: i32,
  toBase: bool,
  learn: bool,
  by: usize,
  byLogDet: usize,
  tape: usize,
  scratch: usize,
  n: i32,
): void {
  const layer = layerAt(plan, k);
  const inverse = (word(layer, Layer.InverseToBase) != 0) == toBase;
  const d = word(plan, Plan.Dim);
  const parameters = address(plan, Plan.Parameters);
  const offset = address(layer, Layer.Offset) << 2;
  const learns = learn && word(layer, Layer.Trainable) != 0;
  const gradients = learns ? threadGradients(plan, thread) : 0;
  const kind = word(layer, Layer.Kind);
  if (kind == Kind.Coupling) {
    const sums = learns ? threadSums(layer, thread) : 0;
    couplingBackward(layer, inverse, parameters, gradients, sums, by, byLogDet, tape, scratch, n);
    return;
  }
  const own = learns ? gradients + offset : 0;
  const from = tape + address(layer, Layer.PointsRow);
  const image = tape + address(layer, Layer.ImageRow);
  const saved = tape + address(layer, Layer.SavedRow);
  copyRows(by, scratch, d, n);
  if (kind == Kind.Elementwise) elementwiseBackward(inverse, parameters + offset, own, d, n, from, image, scratch, byLogDet, by);
  else if (kind == Kind.Planar) planarBackward(inverse, parameters + offset, own, d, n, from, image, saved, scratch, byLogDet, by);
  else if (kind == Kind.Rotation)
    linearBackward(inverse, address(layer, Layer.Matrix), learns ? threadMatrix(layer, thread) : 0, d, n, from, scratch, by);
  else permuteBackward(inverse, address(layer, Layer.Order), d, n, scratch, by);
}

// @ts-expect-error: decorator
@inline
export function threadGradients(plan: usize, thread: i32): usize {
  return address(plan, Plan.ThreadGradients) + <usize>thread * address(plan, Plan.ThreadGradientStride);
}

// @ts-expect-error: decorator
@inline
export function threadMatrix(layer: usize, thread: i32): usize {
  return address(layer, Layer.MatrixGradients) + <usize>thread * address(layer, Layer.MatrixStride);
}

/** The sums of the layer's table, 0 without one. */
// @ts-expect-error: decorator
@inline
export function threadSums(layer: usize, thread: i32): usize {
  const table = address(layer, Layer.Table);
  return table == 0 ? 0 : address(table, Table.Sums) + <usize>thread * address(table, Table.SumsStride);
}

// @ts-expect-error: decorator
@inline
function copyRows(from: usize, to: usize, rows: i32, n: i32): void {
  for (let i: usize = 0; i < <usize>rows * STRIDE; i += STRIDE) memory.copy(to + i, from + i, <usize>(n << 2));
}
