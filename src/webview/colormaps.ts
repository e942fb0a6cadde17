/** Colour tables of 256 entries, made for one theme: reversed on light, and fading into the page at the low end. */
import tables from "../generated/colormaps.json";
import type { ViewSettings } from "../protocol/model";

export type ColormapName = ViewSettings["colormap"];

/** In the order of the menu and of key C. */
export const COLORMAPS: readonly ColormapName[] = ["viridis", "cividis", "magma", "inferno", "greys"];

export const ENTRIES = 256;
const FADE = 0.06; // the lowest 6 % fade into the page, so that "nothing" is the page

/** 256 × (r, g, b, a), straight alpha. */
export type ColorTable = Uint8ClampedArray;

const made = new Map<string, ColorTable>();

export function colorTable(name: ColormapName, onDark: boolean): ColorTable {
  const key = `${name} ${onDark}`;
  const kept = made.get(key);
  if (kept) return kept;
  const table = makeTable(
    Uint8Array.from(atob(tables[name]), (letter) => letter.charCodeAt(0)),
    !onDark,
  );
  made.set(key, table);
  return table;
}

function makeTable(colors: Uint8Array, reversed: boolean): ColorTable {
  const table = new Uint8ClampedArray(4 * ENTRIES);
  for (let i = 0; i < ENTRIES; i++) {
    const source = 3 * (reversed ? ENTRIES - 1 - i : i);
    const t = Math.min(1, i / (FADE * (ENTRIES - 1)));
    table.set(colors.subarray(source, source + 3), 4 * i);
    table[4 * i + 3] = 255 * t * t * (3 - 2 * t);
  }
  return table;
}

/** "rgba(…)" of the entry at t in 0…1. */
export function colorAt(table: ColorTable, t: number): string {
  const at = 4 * Math.round(Math.min(1, Math.max(0, t)) * (ENTRIES - 1));
  return `rgba(${table[at]}, ${table[at + 1]}, ${table[at + 2]}, ${(table[at + 3] ?? 0) / 255})`;
}

/** True where a white mark on this entry would be hard to see. */
export function isBright(table: ColorTable, t: number): boolean {
  const at = 4 * Math.round(Math.min(1, Math.max(0, t)) * (ENTRIES - 1));
  return 0.299 * (table[at] ?? 0) + 0.587 * (table[at + 1] ?? 0) + 0.114 * (table[at + 2] ?? 0) > 128;
}
