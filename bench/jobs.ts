/** The nine jobs: what is built, what is measured of it, and how far ahead we want to be. */
import { AFFINE, autoregressive, continuous, couplings, type Definition, definitionText, glowSteps, planar, SPLINE } from "./definitions";
import { type Bars, overLibraries, overTwin } from "./line";
import { tableName, tableTarget } from "./tables";

export const JOB_NAMES = ["J1", "J2", "J3", "J4", "J5", "J6", "J7", "J8", "J9"] as const;
export type JobName = (typeof JOB_NAMES)[number];

/** One measured thing, with its bars. */
export interface Measure {
  readonly what: "step" | "grid" | "samples" | "trace" | "memory";
  readonly bars: Bars;
  /** Cells along each side of a grid. */
  readonly resolution?: number;
}

export interface Job {
  readonly name: JobName;
  readonly title: string;
  /** The job of bench/torch_twin.py. */
  readonly twin: JobName;
  /** The definition; tables of points that it needs are written into the folder. */
  readonly text: (folder: string) => string;
  /** With the solver that samples are drawn with. */
  readonly samplesText?: string;
  /** Name of the table that the twin learns from. */
  readonly table?: string;
  readonly measures: readonly Measure[];
  /** Steps before anything is measured; all sides must then agree up to `nats`, unless another job looks at that. */
  readonly learn: { readonly steps: number; readonly nats: number | null };
}

const ALIKE = { steps: 300, nats: 0.15 }; // the sides draw different numbers; a fault in one of them costs far more
const FEW_STEPS = { steps: 20, nats: 0.15 };
const SIXTEEN_COORDINATES = { steps: 150, nats: 0.4 }; // each side holds out rows of its own
const LOOKED_AT = { steps: 300, nats: null };
const NINTH_ROWS = 20_000;
const MATCHING = { objective: { type: "flow-matching", path: { type: "linear", sigma: 0 } } };

const step = (bars: Bars): Measure => ({ what: "step", bars });
const grid = (bars: Bars, resolution = 256): Measure => ({ what: "grid", bars, resolution });
const samples = (bars: Bars): Measure => ({ what: "samples", bars });
const memory: Measure = { what: "memory", bars: overTwin(0.3) };
const trace: Measure = { what: "trace", bars: {} };

export const JOBS: readonly Job[] = [
  job("J1", "RealNVP, 8 affine couplings", couplings(8, AFFINE), [step(overLibraries(0.06)), grid(overLibraries(0.09)), memory]),
  job("J2", "neural spline flow, 6 rqs couplings of 8 bins", couplings(6, SPLINE), [
    step(overLibraries(0.12)),
    grid(overLibraries(0.12)),
    memory,
  ]),
  job("J3", "MAF, 5 MADE", autoregressive(5), [step(overLibraries(0.1)), grid(overLibraries(0.15)), memory]),
  job("J4", "Glow-like, (ActNorm, LU, affine coupling) × 8", glowSteps(8), [step(overLibraries(0.07)), grid({}), memory]),
  job("J5", "planar × 16", planar(16), [step(overTwin(0.06)), grid({}), memory]),
  job("J6", "continuous, maximum likelihood, exact trace, RK4 × 20", continuous(20), [step(overTwin(0.4)), grid({}, 128), memory], {
    learn: FEW_STEPS,
  }),
  job(
    "J7",
    "continuous, flow matching",
    continuous(20),
    [step(overTwin(0.4)), samples(overTwin(0.5)), grid(overTwin(0.4), 128), memory],
    { samplesText: definitionText({ layers: continuous(40), train: MATCHING }) },
    { train: MATCHING },
  ),
  job("J8", "J1's flow", couplings(8, AFFINE), [trace], { twin: "J1", learn: LOOKED_AT }),
  job("J8", "J2's flow", couplings(6, SPLINE), [trace], { twin: "J2", learn: LOOKED_AT }),
  {
    name: "J9",
    title: "RealNVP in 16 dimensions, hidden 128, batch 1,024",
    twin: "J9",
    text: (folder) =>
      definitionText({
        dim: 16,
        layers: couplings(8, AFFINE, { dim: 16, hidden: 128 }),
        target: tableTarget(folder, 16, NINTH_ROWS),
        train: { batch: 1024 },
      }),
    table: tableName(16, NINTH_ROWS),
    measures: [step(overLibraries(0.65)), memory],
    learn: SIXTEEN_COORDINATES,
  },
];

function job(
  name: JobName,
  title: string,
  layers: readonly object[],
  measures: readonly Measure[],
  more: Partial<Job> = {},
  definition: Partial<Definition> = {},
): Job {
  return { name, title, twin: name, text: () => definitionText({ layers, ...definition }), measures, learn: ALIKE, ...more };
}
