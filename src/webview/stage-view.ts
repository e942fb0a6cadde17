/** Where points are at a flow time, and where a point of a stage lies in a square picture. */
import type { Frame, PointTrace, StagePicture, Window } from "../protocol/model";

/** Maps between coordinates of a stage and pixels of a square of the given side, y downwards. The axes may have scales of their own. */
export class Mapping {
  /** Pixels for one unit of each coordinate. */
  readonly scale: readonly [number, number];

  constructor(
    readonly window: Window,
    readonly side: number,
  ) {
    this.scale = [side / (window[0][1] - window[0][0]), side / (window[1][1] - window[1][0])];
  }

  x(value: number): number {
    return (value - this.window[0][0]) * this.scale[0];
  }

  y(value: number): number {
    return this.side - (value - this.window[1][0]) * this.scale[1];
  }

  point(px: number, py: number): [number, number] {
    return [this.window[0][0] + px / this.scale[0], this.window[1][0] + (this.side - py) / this.scale[1]];
  }
}

/** Where a picture lies when another window is shown in a square of the given side: its corner and its size. */
export function placeOfPicture(
  picture: Window,
  shown: Window,
  side: number,
): { readonly x: number; readonly y: number; readonly width: number; readonly height: number } {
  const mapping = new Mapping(shown, side);
  const [x, y] = [mapping.x(picture[0][0]), mapping.y(picture[1][1])];
  return { x, y, width: mapping.x(picture[0][1]) - x, height: mapping.y(picture[1][0]) - y };
}

/** Beyond this ratio two stages are measured in different units (a standardising layer lies between), and a line from one to the other says nothing. */
const OTHER_UNITS = 5;

/** The first stage whose coordinates can be drawn in the picture at a flow time: those before it are in other units. */
export function firstComparable(stages: readonly StagePicture[], time: number): number {
  const last = stages[Math.ceil(time)]?.window;
  let first = Math.ceil(time);
  while (last && first > 0 && comparable(stages[first - 1]?.window ?? last, last)) first--;
  return first;
}

function comparable(a: Window, b: Window): boolean {
  return ([0, 1] as const).every((axis) => {
    const ratio = (a[axis][1] - a[axis][0]) / (b[axis][1] - b[axis][0]);
    return ratio < OTHER_UNITS && ratio > 1 / OTHER_UNITS;
  });
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

/** Index of the point of a stage nearest to the pixel (px, py), no farther than `reach` pixels; −1 if there is none. */
export function nearestPoint(
  points: Float32Array,
  stage: number,
  count: number,
  mapping: Mapping,
  px: number,
  py: number,
  reach: number,
): number {
  let best = -1;
  let least = reach * reach;
  const start = stage * count * 2;
  for (let i = 0; i < count; i++) {
    const dx = mapping.x(points[start + 2 * i] ?? Number.NaN) - px;
    const dy = mapping.y(points[start + 2 * i + 1] ?? Number.NaN) - py;
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
