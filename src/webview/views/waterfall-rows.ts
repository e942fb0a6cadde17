/** The waterfall on its side, for narrow places: running log-density to the right, base → data from top to bottom. */
import { level, subscript } from "../format";
import { ticks } from "../ticks";
import type { Range } from "./axis";
import { fitting, textWidth } from "./text-width";
import { type Item, type ItemPicture, itemsOf, notesFor, termName, type WaterfallData, type WaterfallPicture } from "./waterfall-picture";

const ROW = 18;
const BAR = 10;
const LEVEL = 14; // height of a level's mark
const THICKNESS = 3;
const GAP = 12; // between labels, plot and values
const AXIS = 20;

export function rowsPicture(data: WaterfallData, width: number, range: Range): WaterfallPicture {
  const items = itemsOf(data);
  const labels = Math.min(180, Math.max(84, 0.27 * width));
  const values = Math.max(...items.map((item) => textWidth(item.value, 12, 600)));
  const plot = { left: labels + GAP, right: width - values - GAP };
  const scale = (plot.right - plot.left) / (range.high - range.low);
  const x = (value: number) => Math.min(plot.right, Math.max(plot.left, plot.left + (value - range.low) * scale));
  const bottom = items.length * ROW;
  const marks = ticks(range.low, range.high, Math.max(2, Math.min(6, (plot.right - plot.left) / 60)));
  return {
    width,
    height: bottom + AXIS,
    grid: marks.values.map((value) => ({
      path: `M${Math.round(x(value)) + 0.5} 0V${bottom}`,
      text: { x: x(value), y: bottom + 14, anchor: "middle", text: level(value, marks.digits) },
    })),
    items: items.map((item, i): ItemPicture => {
      const top = i * ROW;
      const middle = top + ROW / 2;
      const next = items[i + 1];
      return {
        hit: { x: 0, y: top, width, height: ROW },
        bar: item.drawable ? barOf(item, x, middle) : null,
        connector: next?.drawable ? `M${x(item.to)} ${middle + half(item)}V${middle + ROW - half(next)}` : "",
        whisker: "",
        value: { x: width, y: middle + 4, anchor: "end", text: item.value },
        crowded: false,
        label: { x: 0, y: middle + 4, anchor: "start", text: item.kind === "layer" ? named(item, data, labels) : termName(item) },
        note: { x: 0, y: 0, anchor: "start", text: "" },
      };
    }),
  };
}

function half(item: Item): number {
  return (item.kind === "layer" ? BAR : LEVEL) / 2;
}

function barOf(item: Item, x: (value: number) => number, middle: number) {
  const height = 2 * half(item);
  const y = middle - height / 2;
  if (item.sign === "none") {
    const thickness = item.kind === "layer" ? 2 : THICKNESS;
    return { x: x(item.to) - thickness / 2, y, width: thickness, height };
  }
  const left = Math.min(x(item.from), x(item.to));
  return { x: left, y, width: Math.max(1, Math.abs(x(item.to) - x(item.from))), height };
}

function named(item: Item, data: WaterfallData, width: number): string {
  const name = `f${subscript(item.stage)}`;
  return fitting(
    notesFor(item, data).map((note) => `${name} ${note}`),
    width,
    11,
  );
}
