import type { Window } from "../protocol/model";

/** Share of the points that may lie outside on each side, so that one stray point does not shrink the picture. */
const TAIL = 0.004;
/** Room around the points, as a share of their extent. */
const MARGIN = 0.18;
/** Beyond this ratio of the two extents a square window would squeeze one coordinate to a line. */
const ANISOTROPY = 2.5;
/** A window is kept while the new one differs by less than this share, so that pictures do not tremble during training. */
const KEEP_WITHIN = 0.2;

/** A window around points [n · 2]; square unless the coordinates have very different scales. */
export function windowAround(points: Float32Array, previous: Window | null): Window {
  const xs = extent(points, 0);
  const ys = extent(points, 1);
  const side = Math.max(xs.size, ys.size);
  const square = side / Math.min(xs.size, ys.size) <= ANISOTROPY;
  const fresh: Window = [span(xs.middle, square ? side : xs.size), span(ys.middle, square ? side : ys.size)];
  return previous && close(previous, fresh) ? previous : fresh;
}

function extent(points: Float32Array, axis: 0 | 1): { middle: number; size: number } {
  const values = points.filter((value, i) => i % 2 === axis && Number.isFinite(value)).sort(); // typed arrays sort by number
  if (values.length === 0) return { middle: 0, size: 1 };
  const cut = Math.floor(values.length * TAIL);
  const low = values[cut] as number;
  const high = values[values.length - 1 - cut] as number;
  return { middle: (low + high) / 2, size: Math.max(high - low, 1e-3 * Math.max(1, Math.abs(low))) * (1 + 2 * MARGIN) };
}

function span(middle: number, size: number): readonly [number, number] {
  return [middle - size / 2, middle + size / 2];
}

function close(a: Window, b: Window): boolean {
  return ([0, 1] as const).every((axis) => {
    const size = b[axis][1] - b[axis][0];
    return Math.abs(a[axis][0] - b[axis][0]) < KEEP_WITHIN * size && Math.abs(a[axis][1] - b[axis][1]) < KEEP_WITHIN * size;
  });
}

/** Centres of the cells of a resolution² grid, row-major from the lower left, [resolution² · 2]. */
export function gridPoints([[x0, x1], [y0, y1]]: Window, resolution: number): Float32Array {
  const points = new Float32Array(resolution * resolution * 2);
  const dx = (x1 - x0) / resolution;
  const dy = (y1 - y0) / resolution;
  for (let row = 0; row < resolution; row++) {
    for (let column = 0; column < resolution; column++) {
      const at = 2 * (row * resolution + column);
      points[at] = x0 + (column + 0.5) * dx;
      points[at + 1] = y0 + (row + 0.5) * dy;
    }
  }
  return points;
}
