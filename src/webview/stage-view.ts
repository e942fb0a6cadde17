/** Where points are at a flow time, and where a point of a stage lies in a square picture. */
import type { Frame, PointTrace, StagePicture, Window } from "../protocol/model";

/** Maps between coordinates of a stage and pixels of a square of the given side, y downwards. */
export class Mapping {
  private readonly scale: number;

  constructor(
    readonly window: Window,
    readonly side: number,
  ) {
    this.scale = side / (window[0][1] - window[0][0]);
  }

  x(value: number): number {
    return (value - this.window[0][0]) * this.scale;
  }

  y(value: number): number {
    return this.side - (value - this.window[1][0]) * this.scale;
  }

  /** Pixels for a length. */
  length(value: number): number {
    return value * this.scale;
  }

  point(px: number, py: number): [number, number] {
    return [this.window[0][0] + px / this.scale, this.window[1][0] + (this.side - py) / this.scale];
  }
}

/** Where the square of a picture lies when another window is shown in a square of the given side: its corner and its side. */
export function placeOfPicture(
  picture: Window,
  shown: Window,
  side: number,
): { readonly x: number; readonly y: number; readonly side: number } {
  const mapping = new Mapping(shown, side);
  return { x: mapping.x(picture[0][0]), y: mapping.y(picture[1][1]), side: mapping.length(picture[0][1] - picture[0][0]) };
}

/** Coordinate pair of a point at a fractional flow time: on the straight line between its images at the two stages around. */
export function pointAt(stages: Float32Array, offset: number, stride: number, time: number): readonly [number, number] {
  const k = Math.floor(time);
  const part = time - k;
  const from = k * stride + offset;
  const [x, y] = [stages[from] ?? Number.NaN, stages[from + 1] ?? Number.NaN];
  if (part === 0) return [x, y];
  const to = from + stride;
  return [x + part * ((stages[to] ?? x) - x), y + part * ((stages[to + 1] ?? y) - y)];
}

export function traceAt(trace: PointTrace, time: number): readonly [number, number] {
  return pointAt(trace.stages, 0, 2, time);
}

/** Index of the point of a stage nearest to (x, y), no farther than `reach`; −1 if there is none. */
export function nearestPoint(points: Float32Array, stage: number, count: number, x: number, y: number, reach: number): number {
  let best = -1;
  let least = reach * reach;
  const start = stage * count * 2;
  for (let i = 0; i < count; i++) {
    const dx = (points[start + 2 * i] ?? Number.NaN) - x;
    const dy = (points[start + 2 * i + 1] ?? Number.NaN) - y;
    if (dx * dx + dy * dy < least) [least, best] = [dx * dx + dy * dy, i];
  }
  return best;
}

/** Number of points in a stage-major array of K + 1 stages. */
export function pointCount(points: Float32Array, stages: number): number {
  return stages > 0 ? Math.floor(points.length / (2 * stages)) : 0;
}

/**
 * The pictures at hand: of each stage the newest at full resolution for the present parameters, else its thumbnail. Full pictures
 * of other stages are kept as long as the parameters are the same, so that going back to a stage is sharp at once.
 */
export class Pictures {
  private readonly full = new Map<number, StagePicture>();
  private key = "";

  take(frame: Frame): void {
    const key = `${frame.revision} ${frame.step}`;
    if (key !== this.key) this.full.clear();
    this.key = key;
    if (frame.focus) this.full.set(frame.focus.stage, frame.focus.picture);
  }

  of(frame: Frame, stage: number): StagePicture | null {
    return this.full.get(stage) ?? frame.stages[stage] ?? null;
  }
}
