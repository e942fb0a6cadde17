/** The flows that are measured. bench/twin/ repeats them number for number. */
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
  checkpointEvery: ENDLESS,
};

export const MOONS = { type: "moons" };
export const AFFINE = { type: "affine" };
export const SPLINE = { type: "rqs", bins: 8 };

export interface Definition {
  readonly dim?: number;
  readonly layers: readonly object[];
  readonly target?: object;
  readonly train?: object;
}

export function definitionText({ dim = 2, layers, target = MOONS, train = {} }: Definition): string {
  return JSON.stringify({ version: 1, seed: 1, dim, layers, target, train: { ...TRAIN, ...train } });
}

/** Couplings that change every other coordinate in turn. */
export function couplings(count: number, transform: object, { dim = 2, hidden = 64 } = {}): object[] {
  return repeated(count, (i) => ({
    type: "coupling",
    mask: Array.from({ length: dim }, (_, j) => (i + j + 1) % 2),
    transform,
    net: { type: "mlp", hidden: [hidden, hidden], activation: "relu" },
  }));
}

/** The stored pass runs data → base, so that a density is one pass. */
export function autoregressive(count: number): object[] {
  return repeated(count, (i) => ({
    type: "autoregressive",
    order: i % 2 === 0 ? [0, 1] : [1, 0],
    invert: true,
    transform: AFFINE,
    net: { type: "made", hidden: [64, 64], activation: "relu" },
  }));
}

/** Base → data: coupling, LU-factorised map, activation normalisation. */
export function glowSteps(count: number): object[] {
  return couplings(count, AFFINE).flatMap((layer) => [layer, { type: "linear", factor: "lu" }, { type: "actnorm" }]);
}

export function planar(count: number): object[] {
  return repeated(count, () => ({ type: "planar", invert: true }));
}

export function continuous(steps: number): object[] {
  return [
    {
      type: "ode",
      field: { type: "mlp", hidden: [64, 64, 64], activation: "tanh", time: { type: "concat" } },
      solver: { type: "rk4", steps },
      trace: { type: "exact" },
    },
  ];
}

const EXAMPLE = path.join(__dirname, "../examples/moons.flow.json");

/** The first thing a new user opens, as it is. */
export const exampleText = (): string => readFileSync(EXAMPLE, "utf8");

/** The same without an end. */
export function endlessExample(): string {
  const definition = parse(exampleText()) as { train: object };
  return JSON.stringify({ ...definition, train: { ...definition.train, steps: ENDLESS } });
}

function repeated(count: number, layer: (i: number) => object): object[] {
  return Array.from({ length: count }, (_, i) => layer(i));
}
