/** The flows that are measured. bench/torch_twin.py repeats J1 and J2 number for number. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "jsonc-parser";

const ENDLESS = 1_000_000; // steps: a run that never comes to its end, so that validations (each hundredth part) stay out of the segments
/** What the twin does as well: constant rate, gradients longer than 5 shortened. */
const TRAIN = {
  steps: ENDLESS,
  batch: 512,
  optimizer: { type: "adam", lr: 1e-3 },
  schedule: { type: "constant" },
  clipNorm: 5,
  ema: 0,
};

export type Job = "J1" | "J2";

export const TITLES: Record<Job, string> = {
  J1: "RealNVP, 8 affine couplings",
  J2: "neural spline flow, 6 rqs couplings of 8 bins",
};

export const DEFINITIONS: Record<Job, string> = {
  J1: couplings(8, { type: "affine" }),
  J2: couplings(6, { type: "rqs", bins: 8 }),
};

const EXAMPLE = path.join(__dirname, "../examples/moons.flow.json");

/** The first thing a new user opens, as it is. */
export const exampleText = (): string => readFileSync(EXAMPLE, "utf8");

/** The same without an end. */
export function endlessExample(): string {
  const definition = parse(exampleText()) as { train: object };
  return JSON.stringify({ ...definition, train: { ...definition.train, steps: ENDLESS } });
}

function couplings(count: number, transform: object): string {
  const layers = Array.from({ length: count }, (_, i) => ({
    type: "coupling",
    mask: i % 2 === 0 ? [1, 0] : [0, 1],
    transform,
    net: { type: "mlp", hidden: [64, 64], activation: "relu" },
  }));
  return JSON.stringify({ version: 1, seed: 1, layers, target: { type: "moons" }, train: TRAIN });
}
