/** Points of more than two dimensions: pairs of moons, mixed by a fixed rotation, as a CSV file. */
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Random } from "../src/flows/random";
import { moons } from "../src/flows/targets/toys";

const SCALE = 0.6; // brings the deviations near 1, so that nothing has to be standardised
const DIGITS = 5;

/** A definition's target of `d` coordinates; the file is written into `folder` on first use. The same numbers on every machine. */
export function tableTarget(folder: string, d: number, rows: number): object {
  const file = tableName(d, rows);
  const whole = path.join(folder, file);
  const columns = Array.from({ length: d }, (_, i) => `x${i + 1}`);
  if (!existsSync(whole)) writeFileSync(whole, [columns.join(), ...lines(d, rows)].join("\n"));
  return { type: "csv", file, columns, standardize: false };
}

export const tableName = (d: number, rows: number) => `moons-${d}-${rows}.csv`;

function* lines(d: number, rows: number): Generator<string> {
  const rotation = orthogonal(d);
  const random = new Random("bench", d);
  for (let i = 0; i < rows; i++) {
    const pairs = Array.from({ length: d / 2 }, () => moons.draw(random, { noise: 0.1 })).flat();
    yield rotation.map((row) => (SCALE * dot(row, pairs)).toFixed(DIGITS)).join();
  }
}

/** A random orthogonal matrix: Gram and Schmidt on normal numbers. */
function orthogonal(d: number): number[][] {
  const random = new Random("bench", "rotation", d);
  const rows: number[][] = [];
  while (rows.length < d) {
    let row = Array.from({ length: d }, () => random.normal());
    for (const other of rows) {
      const along = dot(row, other);
      row = row.map((value, i) => value - along * (other[i] as number));
    }
    const length = Math.sqrt(dot(row, row));
    rows.push(row.map((value) => value / length));
  }
  return rows;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}
