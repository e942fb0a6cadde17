/** Marching squares over the cell centres: the iso-line of one level as loose segments. */
import type { StagePicture } from "../../protocol/model";

// Edges of a cell square crossed for each pattern of corners above the level (bits: lower left, lower right, upper right, upper left).
// 0 bottom, 1 right, 2 top, 3 left; the two saddles are cut so that the high corners stay apart.
const CROSSED: readonly (readonly number[])[] = [
  [],
  [3, 0],
  [0, 1],
  [3, 1],
  [1, 2],
  [3, 0, 1, 2],
  [0, 2],
  [3, 2],
  [2, 3],
  [2, 0],
  [0, 1, 2, 3],
  [2, 1],
  [1, 3],
  [1, 0],
  [0, 3],
  [],
];

/** [x, y, x', y', …] in units of the window, 0…1, y upwards. Squares with a corner without a value have no line. */
export function isoSegments(picture: StagePicture, level: number): number[] {
  const { resolution: n, logDensity } = picture;
  const segments: number[] = [];
  for (let row = 0; row + 1 < n; row++) {
    for (let column = 0; column + 1 < n; column++) {
      const at = row * n + column;
      const corners = [logDensity[at], logDensity[at + 1], logDensity[at + n + 1], logDensity[at + n]] as [number, number, number, number];
      const [a, b, c, d] = corners;
      if (Number.isNaN(a + b + c + d)) continue;
      const pattern = (a > level ? 1 : 0) | (b > level ? 2 : 0) | (c > level ? 4 : 0) | (d > level ? 8 : 0);
      for (const edge of CROSSED[pattern] ?? []) pushCrossing(segments, edge, corners, level, column, row, n);
    }
  }
  return segments;
}

function pushCrossing(
  segments: number[],
  edge: number,
  [a, b, c, d]: readonly [number, number, number, number],
  level: number,
  column: number,
  row: number,
  n: number,
): void {
  const between = (from: number, to: number) => (Number.isFinite(from) && Number.isFinite(to) ? (level - from) / (to - from) : 0.5);
  let x = column + 0.5;
  let y = row + 0.5;
  if (edge === 0) x += between(a, b);
  else if (edge === 1) [x, y] = [x + 1, y + between(b, c)];
  else if (edge === 2) [x, y] = [x + between(d, c), y + 1];
  else y += between(a, d);
  segments.push(x / n, y / n);
}
