/** What a waterfall consists of, apart from where it lies: floating bars between two levels, one for each layer. */
import { level, signed, subscript } from "../format";
import type { Range } from "./axis";
import { type Likelihood, SMALLEST_BAR } from "./likelihood";

export interface WaterfallData {
  readonly likelihood: Likelihood;
  readonly layers: readonly { readonly type: string; readonly label: string }[];
  /** log|det J_k| over the data, beside each layer's own; null where it is not known. */
  readonly spread: readonly ({ readonly mean: number; readonly sd: number } | null)[];
}

/** One item: the base level, a layer's bar, or the resulting level. */
export interface Item {
  readonly kind: "base" | "layer" | "density";
  /** The stage that a click goes to, and the layer that a hover lights (null for the result). */
  readonly stage: number;
  readonly layer: number | null;
  /** The running log-density before and after the item. */
  readonly from: number;
  readonly to: number;
  readonly sign: "contracts" | "expands" | "none";
  readonly value: string;
  readonly finite: boolean;
  /** False from the first layer on whose log-det is not finite: there is no level to start a bar from. */
  readonly drawable: boolean;
  readonly whisker: { readonly middle: number; readonly low: number; readonly high: number } | null;
}

export interface TextMark {
  readonly x: number;
  readonly y: number;
  readonly anchor: "start" | "middle" | "end";
  readonly text: string;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface ItemPicture {
  readonly hit: Box;
  /** The bar, level or tick; null where the value is not finite. */
  readonly bar: Box | null;
  /** SVG paths; empty where there is none. */
  readonly connector: string;
  readonly whisker: string;
  readonly value: TextMark;
  /** A value that is shown only while its layer is lit, because its neighbors leave no room. */
  readonly crowded: boolean;
  readonly label: TextMark;
  readonly note: TextMark;
}

export interface WaterfallPicture {
  readonly width: number;
  readonly height: number;
  readonly grid: readonly { readonly path: string; readonly text: TextMark }[];
  readonly items: readonly ItemPicture[];
}

export function itemsOf({ likelihood, spread }: WaterfallData): readonly Item[] {
  const { logBase, logDets, logDensity, digits } = likelihood;
  const last = logDets.length;
  let running = Number.isFinite(logBase) ? logBase : 0;
  let drawable = Number.isFinite(logBase);
  const items: Item[] = [
    { ...levelItem("base", logBase, running, digits), stage: 0, layer: 0 },
    ...logDets.map((logDet, i): Item => {
      const from = running;
      const finite = Number.isFinite(logDet);
      drawable &&= finite;
      if (drawable) running = from - logDet;
      const beside = spread[i];
      const sign = !finite || Math.abs(logDet) < SMALLEST_BAR ? "none" : logDet < 0 ? "contracts" : "expands";
      const whisker =
        beside && beside.sd >= SMALLEST_BAR // a constant log-det has no spread to draw
          ? { middle: from - beside.mean, low: from - beside.mean - beside.sd, high: from - beside.mean + beside.sd }
          : null;
      return {
        kind: "layer",
        stage: i + 1,
        layer: i + 1,
        from,
        to: running,
        sign,
        value: signed(-logDet, digits),
        finite,
        drawable,
        whisker,
      };
    }),
    { ...levelItem("density", logDensity, running, digits), stage: last, layer: null },
  ];
  return items;
}

function levelItem(kind: "base" | "density", value: number, fallback: number, digits: number) {
  const finite = Number.isFinite(value);
  const place = finite ? value : fallback;
  return { kind, from: place, to: place, sign: "none", value: level(value, digits), finite, drawable: finite, whisker: null } as const;
}

const WHISKER_REACH = 1; // a whisker may add at most the height of all bars on either side, else it flattens them

/** The range of running log-densities that the picture must show. */
export function neededRange(items: readonly Item[], withWhiskers: boolean): Range {
  const levels = items.flatMap((item) => [item.from, item.to]);
  const low = Math.min(...levels);
  const high = Math.max(...levels);
  if (!withWhiskers) return { low, high };
  const reach = WHISKER_REACH * Math.max(high - low, 0.1);
  const ends = items.flatMap((item) => (item.whisker ? [item.whisker.low, item.whisker.high] : [])).filter(Number.isFinite);
  return {
    low: Math.max(low - reach, Math.min(low, ...ends)),
    high: Math.min(high + reach, Math.max(high, ...ends)),
  };
}

/** "log p₀(z₀)", "−log |det J₃|", "log p(x)". */
export function termName(item: Item): string {
  if (item.kind === "base") return "log p₀(z₀)";
  return item.kind === "density" ? "log p(x)" : `−log |det J${subscript(item.stage)}|`;
}

/** What stands under a term's name, from the fullest to the shortest. */
export function notesFor(item: Item, data: WaterfallData): readonly string[] {
  if (item.kind !== "layer") return [item.kind === "base" ? "base" : "data"];
  const layer = data.layers[item.stage - 1];
  if (!layer) return [""];
  return [layer.label, layer.label.split(" ")[0] ?? layer.type, layer.type];
}
