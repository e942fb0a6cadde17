/** A coupling layer on a chunk: take the coordinates apart, ask the network, transform, put them together again. */
import { additiveBackward, additiveMap, affineBackward, affineMap } from "./affine-transform";
import { Layer, TransformKind } from "./layout";
import { mlpBackward, mlpMap } from "./mlp";
import { rqsBackward, rqsMap } from "./rational-quadratic";
import { tableBackward, tableMap } from "./table-samples";
import { STRIDE } from "./vector";
import { address, word } from "./words";

/** Maps `points` [d] in place. What the backward pass wants lies on the tape afterwards. */
export function couplingMap(layer: usize, inverse: bool, parameters: usize, points: usize, logDet: usize, tape: usize, n: i32): void {
  const kept = tape + address(layer, Layer.KeptRow);
  const from = tape + address(layer, Layer.PointsRow);
  const image = tape + address(layer, Layer.ImageRow);
  const raw = tape + address(layer, Layer.RawRow);
  const net = tape + address(layer, Layer.NetRow);
  gather(points, layer, Layer.Kept, Layer.KeptCount, kept, n);
  gather(points, layer, Layer.Changed, Layer.ChangedCount, from, n);
  const table = address(layer, Layer.Table);
  if (table != 0) tableMap(table, kept, raw, net, n);
  else mlpMap(address(layer, Layer.Net), parameters, kept, raw, net, n);
  const m = word(layer, Layer.ChangedCount);
  const settings = address(layer, Layer.TransformSettings);
  const transform = word(layer, Layer.Transform);
  if (transform == TransformKind.RationalQuadratic) {
    rqsMap(inverse, settings, m, n, from, raw, image, logDet, tape + address(layer, Layer.SavedRow));
  } else if (transform == TransformKind.Affine) {
    affineMap(inverse, settings, parameters + (address(layer, Layer.Offset) << 2), m, n, from, raw, image, logDet);
  } else {
    additiveMap(inverse, m, n, from, raw, image);
  }
  scatter(image, layer, points, n);
}

/**
 * Turns the cotangent of the image, `by` [d], into that of the points, in place. `sums` are the table's sums of this thread, `gradients`
 * its gradients of all parameters; 0 where nothing is learned.
 */
export function couplingBackward(
  layer: usize,
  inverse: bool,
  parameters: usize,
  gradients: usize,
  sums: usize,
  by: usize,
  byLogDet: usize,
  tape: usize,
  scratch: usize,
  n: i32,
): void {
  const kept = tape + address(layer, Layer.KeptRow);
  const from = tape + address(layer, Layer.PointsRow);
  const image = tape + address(layer, Layer.ImageRow);
  const raw = tape + address(layer, Layer.RawRow);
  const net = tape + address(layer, Layer.NetRow);
  const m = word(layer, Layer.ChangedCount);
  const byImage = scratch;
  const byFrom = byImage + <usize>m * STRIDE;
  const byRaw = byFrom + <usize>m * STRIDE;
  const byKept = byRaw + <usize>word(layer, Layer.RawCount) * STRIDE;
  const rest = byKept + <usize>word(layer, Layer.KeptCount) * STRIDE;
  gather(by, layer, Layer.Changed, Layer.ChangedCount, byImage, n);
  const settings = address(layer, Layer.TransformSettings);
  const offset = address(layer, Layer.Offset) << 2;
  const transform = word(layer, Layer.Transform);
  if (transform == TransformKind.RationalQuadratic) {
    rqsBackward(inverse, settings, m, n, from, raw, tape + address(layer, Layer.SavedRow), byImage, byLogDet, byFrom, byRaw);
  } else if (transform == TransformKind.Affine) {
    const own = gradients == 0 ? 0 : gradients + offset;
    affineBackward(inverse, settings, parameters + offset, own, m, n, from, raw, image, byImage, byLogDet, byFrom, byRaw);
  } else {
    additiveBackward(inverse, m, n, byImage, byFrom, byRaw);
  }
  const table = address(layer, Layer.Table);
  if (table != 0) tableBackward(table, sums, kept, net, byRaw, byKept, n);
  else mlpBackward(address(layer, Layer.Net), parameters, gradients, kept, net, byRaw, byKept, rest, n);
  scatter(byFrom, layer, by, n);
  addKept(byKept, layer, by, n);
}

/** Rows `list` of a chunk, one below the other. */
function gather(from: usize, layer: usize, list: i32, count: i32, to: usize, n: i32): void {
  const indices = address(layer, list);
  for (let i = 0; i < word(layer, count); i++) {
    const row = from + <usize>load<i32>(indices + <usize>(i << 2)) * STRIDE;
    memory.copy(to + <usize>i * STRIDE, row, <usize>(n << 2));
  }
}

/** Puts the changed coordinates back into their rows. */
function scatter(from: usize, layer: usize, to: usize, n: i32): void {
  const indices = address(layer, Layer.Changed);
  for (let i = 0; i < word(layer, Layer.ChangedCount); i++) {
    const row = to + <usize>load<i32>(indices + <usize>(i << 2)) * STRIDE;
    memory.copy(row, from + <usize>i * STRIDE, <usize>(n << 2));
  }
}

/** Adds what came through the network to the kept coordinates. */
function addKept(from: usize, layer: usize, to: usize, n: i32): void {
  const indices = address(layer, Layer.Kept);
  for (let i = 0; i < word(layer, Layer.KeptCount); i++) {
    const row = to + <usize>load<i32>(indices + <usize>(i << 2)) * STRIDE;
    const given = from + <usize>i * STRIDE;
    for (let s: usize = 0; s < <usize>(n << 2); s += 16) v128.store(row + s, f32x4.add(v128.load(row + s), v128.load(given + s)));
  }
}
