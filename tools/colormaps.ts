/** The colour maps of d3-scale-chromatic as tables: 256 entries of r, g, b each, as base64. */
import * as chromatic from "d3-scale-chromatic";

const ENTRIES = 256;

const maps = {
  viridis: chromatic.interpolateViridis,
  cividis: chromatic.interpolateCividis,
  magma: chromatic.interpolateMagma,
  inferno: chromatic.interpolateInferno,
  greys: (t: number) => chromatic.interpolateGreys(1 - t), // dark is low, as in the others
  PuOr: (t: number) => chromatic.interpolatePuOr(1 - t), // purple is negative, orange positive
};

/** d3 answers "#rrggbb" or "rgb(r, g, b)". */
function channels(color: string): number[] {
  if (color.startsWith("#")) return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return (color.match(/\d+/g) ?? []).slice(0, 3).map(Number);
}

function table(interpolate: (t: number) => string): string {
  const bytes = new Uint8Array(ENTRIES * 3);
  for (let i = 0; i < ENTRIES; i++) bytes.set(channels(interpolate(i / (ENTRIES - 1))), 3 * i);
  return Buffer.from(bytes).toString("base64");
}

export function colormapsText(): string {
  const tables = Object.fromEntries(Object.entries(maps).map(([name, interpolate]) => [name, table(interpolate)]));
  return `${JSON.stringify(tables, null, 2)}\n`;
}
