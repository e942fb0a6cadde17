/** The waterfall as columns, for wide places: running log-density upwards, base → data from left to right. */
import { level, subscript } from "../format";
import { ticks } from "../ticks";
import type { Range } from "./axis";
import { fitting, textWidth } from "./text-width";
import {
  type Item,
  type ItemPicture,
  itemsOf,
  notesFor,
  type TextMark,
  termName,
  type WaterfallData,
  type WaterfallPicture,
} from "./waterfall-picture";

export const COLUMNS_HEIGHT = 236; // where the page has room; less is given by the style sheet
const AXIS = 40; // room for the tick labels
const TOP = 4;
const BOTTOM = 46; // room for two lines of labels
const LABEL_ROOM = 20; // between the outermost bar and the rim, for its value
const BAR = 34;
const THICKNESS = 3; // of a level
const LABEL_GAP = 6; // between neighboring labels
const LEVEL_PITCH = 68; // columns of the two levels, when layers are compressed
const LEAST_PITCH = 24; // layers closer than this cannot be told apart: scroll
const LINE = 12; // two values closer than this vertically collide

/** Pitch of the layers' columns, and whether they are compressed. */
function pitches(width: number, layers: number): { readonly level: number; readonly layer: number; readonly compressed: boolean } {
  const even = (width - AXIS) / (layers + 2);
  const needed = textWidth(`−log |det J${subscript(layers)}|`, 11) + LABEL_GAP;
  if (even >= needed || layers === 0) return { level: even, layer: even, compressed: false };
  return { level: LEVEL_PITCH, layer: Math.max(LEAST_PITCH, (width - AXIS - 2 * LEVEL_PITCH) / layers), compressed: true };
}

/** Whether values of all columns have room for more than three decimals. */
export function hasRoomForDigits(width: number, layers: number): boolean {
  return !pitches(width, layers).compressed;
}

export function columnsPicture(data: WaterfallData, width: number, range: Range, height: number): WaterfallPicture {
  const items = itemsOf(data);
  const pitch = pitches(width, items.length - 2);
  const plotBottom = height - BOTTOM;
  const scale = (plotBottom - TOP - 2 * LABEL_ROOM) / (range.high - range.low);
  const y = (value: number) => Math.min(plotBottom, Math.max(TOP, plotBottom - LABEL_ROOM - (value - range.low) * scale));
  const left = (i: number) => (i === 0 ? AXIS : AXIS + pitch.level + (i - 1) * pitch.layer);
  const widthOf = (item: Item) => (item.kind === "layer" ? pitch.layer : pitch.level);
  const bar = Math.min(BAR, 0.52 * pitch.layer);
  const total = Math.max(width, AXIS + 2 * pitch.level + (items.length - 2) * pitch.layer);

  const centers = items.map((item, i) => left(i) + widthOf(item) / 2);
  const half = (item: Item) => (item.kind === "layer" ? bar : BAR) / 2;
  const pictures = items.map((item, i): ItemPicture => {
    const x = centers[i] ?? 0;
    const next = items[i + 1];
    const high = Math.min(y(item.from), y(item.to));
    const low = Math.max(y(item.from), y(item.to));
    const thin = item.sign === "none";
    const thickness = item.kind === "layer" ? 2 : THICKNESS;
    const below = item.sign === "expands";
    const room = widthOf(item) - 2 * LABEL_GAP;
    return {
      hit: { x: left(i), y: 0, width: widthOf(item), height },
      bar: !item.drawable
        ? null
        : {
            x: x - half(item),
            y: thin ? low - thickness / 2 : high,
            width: 2 * half(item),
            height: thin ? thickness : Math.max(1, low - high),
          },
      connector: next?.drawable ? `M${x + half(item)} ${y(item.to)}H${(centers[i + 1] ?? 0) - half(next)}` : "",
      whisker: whisker(item, x + bar / 2 + Math.min(8, 0.2 * pitch.layer), y),
      value: { x, y: below ? low + 14 : high - (item.kind === "layer" ? 6 : 8), anchor: "middle", text: item.value },
      crowded: false,
      label: {
        x,
        y: plotBottom + 20,
        anchor: "middle",
        text: pitch.compressed && item.kind === "layer" ? `f${subscript(item.stage)}` : termName(item),
      },
      note: {
        x,
        y: plotBottom + 35,
        anchor: "middle",
        text: pitch.compressed && item.kind === "layer" ? "" : fitting(notesFor(item, data), room, 11),
      },
    };
  });
  const marks = ticks(range.low - LABEL_ROOM / scale, range.high + LABEL_ROOM / scale, 6);
  return {
    width: total,
    height,
    grid: marks.values.map((value) => ({
      path: `M${AXIS} ${Math.round(y(value)) + 0.5}H${total}`,
      text: { x: AXIS - 8, y: y(value) + 3.5, anchor: "end", text: level(value, marks.digits) },
    })),
    items: pitch.compressed ? thinned(pictures, items) : pictures,
  };
}

const CAP = 3; // half width of the mark at the mean

function whisker(item: Item, x: number, y: (value: number) => number): string {
  if (item.whisker === null || !item.drawable || !Number.isFinite(item.whisker.middle)) return "";
  const { middle, low, high } = item.whisker;
  return `M${x} ${y(high)}V${y(low)}M${x - CAP} ${y(middle)}h${2 * CAP}`;
}

/** Hides values that would lie on a larger one's; the two levels are always shown. */
function thinned(pictures: readonly ItemPicture[], items: readonly Item[]): readonly ItemPicture[] {
  const size = (i: number) =>
    items[i]?.kind === "layer" ? Math.abs((items[i]?.to ?? 0) - (items[i]?.from ?? 0)) : Number.POSITIVE_INFINITY;
  const order = pictures.map((_, i) => i).sort((a, b) => size(b) - size(a));
  const shown: TextMark[] = [];
  const crowded = new Set<number>();
  for (const i of order) {
    const value = pictures[i]?.value;
    if (value === undefined) continue;
    const room = textWidth(value.text, 11) / 2;
    const collides = shown.some(
      (other) => Math.abs(other.y - value.y) < LINE && Math.abs(other.x - value.x) < room + textWidth(other.text, 11) / 2 + 4,
    );
    if (collides) crowded.add(i);
    else shown.push(value);
  }
  return pictures.map((picture, i) => ({ ...picture, crowded: crowded.has(i) }));
}
