/** Where to write "50 %" and "95 %": on the line, away from the axes, and near where they were, so that training does not make them jump. */
import type { StagePicture } from "../../protocol/model";
import { isoSegments } from "../renderer/iso-lines";

export interface IsoLabel {
  readonly text: string;
  /** CSS pixels. */
  readonly x: number;
  readonly y: number;
}

const LABELLED = [
  { text: "50 %", index: 1 },
  { text: "95 %", index: 3 },
] as const;

const MARGIN = 50; // CSS pixels from the edges, which belong to the axes
const APART = 60; // between two labels
const REACH = 40; // a label stays where it was if its line is no farther away

export function isoLabels(picture: StagePicture, side: number, before: readonly IsoLabel[]): IsoLabel[] {
  const labels: IsoLabel[] = [];
  for (const { text, index } of LABELLED) {
    const level = picture.massLevels[index];
    if (level === undefined || !Number.isFinite(level)) continue;
    const place = bestPlace(
      isoSegments(picture, level),
      side,
      labels,
      before.find((label) => label.text === text),
    );
    if (place) labels.push({ text, ...place });
  }
  return labels;
}

function bestPlace(segments: readonly number[], side: number, others: readonly IsoLabel[], before: IsoLabel | undefined) {
  let best: { x: number; y: number } | null = null;
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < segments.length; i += 4) {
    const [x, y] = [(segments[i] ?? 0) * side, (1 - (segments[i + 1] ?? 0)) * side];
    if (Math.min(x, y, side - x, side - y) < MARGIN) continue;
    let merit = y - 0.3 * x; // low and to the left, where pins are rare
    if (others.some((other) => Math.hypot(other.x - x, other.y - y) < APART)) merit -= 4 * side;
    const moved = before ? Math.hypot(before.x - x, before.y - y) : REACH;
    if (moved < REACH) merit += 8 * side - moved;
    if (merit > highest) [highest, best] = [merit, { x, y }];
  }
  return best;
}
