/** Bakes the colour maps of d3-scale-chromatic into src/generated/colormaps.json: 256 entries of r, g, b each, as base64. */
import { writeFileSync } from "node:fs";
import * as chromatic from "d3-scale-chromatic";

const ENTRIES = 256;

const maps = {
  viridis: chromatic.interpolateViridis,
  cividis: chromatic.interpolateCividis,
  magma: chromatic.interpolateMagma,
  inferno: chromatic.interpolateInferno,
  greys: (t) => chromatic.interpolateGreys(1 - t), // dark is low, as in the others
  PuOr: (t) => chromatic.interpolatePuOr(1 - t), // purple is negative, orange positive
};

/** d3 answers "#rrggbb" or "rgb(r, g, b)". */
function channels(color) {
  if (color.startsWith("#")) return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return color.match(/\d+/g).slice(0, 3).map(Number);
}

function table(interpolate) {
  const bytes = new Uint8Array(ENTRIES * 3);
  for (let i = 0; i < ENTRIES; i++) bytes.set(channels(interpolate(i / (ENTRIES - 1))), 3 * i);
  return Buffer.from(bytes).toString("base64");
}

export function colormapsText() {
  const tables = Object.fromEntries(Object.entries(maps).map(([name, interpolate]) => [name, table(interpolate)]));
  return `${JSON.stringify(tables, null, 2)}\n`;
}

const target = new URL("../src/generated/colormaps.json", import.meta.url);
if (process.argv[1] === new URL(import.meta.url).pathname) writeFileSync(target, colormapsText());
