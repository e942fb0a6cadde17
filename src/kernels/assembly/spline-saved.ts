/**
 * What is kept of each four samples of a spline between the stages of its map, and from there to the gradient: some vectors in a row, then
 * those of the next four samples. "Near" and "far" are meant as in rational-quadratic.ts.
 */
import { madd } from "./vector";

/** All are float32 but `Bin`. */
export enum Saved {
  /** θ and 1 − θ. */
  Theta,
  Rest,
  /** Slope at a knot of the bin, and after it how it follows its raw number. */
  NearSlope,
  FarSlope = NearSlope + 2,
  /** The bin's number from the left, i32, and how many bins are nearer and farther. */
  Bin = FarSlope + 2,
  Before,
  Behind,
  /** 0, or NaN where a raw number is not finite: what no bin uses must be seen as well. */
  Doubt,
  /** An {@link Axis} each. */
  Widths,
  Heights = Widths + 4,
  /** What the gradient by the logits has as factors of the weights on the left of the bin, in the bin and on its right. */
  ByWidths = Heights + 4,
  ByHeights = ByWidths + 3,
  /** The gradient by the raw slopes at the knots of the bin. */
  ByLeft = ByHeights + 3,
  ByRight,
  /** K weights of widths, then K of heights. */
  Weights,
}

/** What a weight of 1 amounts to in units of the points; and sums of weights: of nearer bins, of the point's own, of farther ones. */
export enum Axis {
  Unit,
  Near,
  Own,
  Far,
}

/** Vectors for each four samples, which are as many as rows for a chunk. */
// @ts-expect-error: decorator
@inline
export function savedRows(bins: i32): i32 {
  return Saved.Weights + 2 * bins;
}

// @ts-expect-error: decorator
@inline
export function keep(kept: usize, field: i32, value: v128): void {
  v128.store(kept + (<usize>field << 4), value);
}

// @ts-expect-error: decorator
@inline
export function recall(kept: usize, field: i32): v128 {
  return v128.load(kept + (<usize>field << 4));
}

/** The bin's own side along an axis. */
// @ts-expect-error: decorator
@inline
export function sideOf(kept: usize, axis: i32, smallest: v128): v128 {
  return madd(recall(kept, axis + Axis.Own), recall(kept, axis + Axis.Unit), smallest);
}
