/** How the time of a step grows with the flow, and how much of the machine's arithmetic it uses. */
import { AFFINE, couplings, definitionText, MOONS, SPLINE } from "./definitions";
import { attempt, interleave, perStep, type Segment, spreadOf, stepsFor, takenByOthers } from "./measure";
import { measurePeak, type Peak } from "./peak";
import type { Plan } from "./plan";
import { Engine } from "./sides";
import { tableTarget } from "./tables";

interface Size {
  readonly layers: number;
  readonly width: number;
  readonly batch: number;
  readonly dim: number;
}

export interface ScalingPoint {
  readonly value: number;
  readonly ms: number | null;
  /** Multiply-adds of the nets as if each were computed in full, twice that many operations, over the time. */
  readonly gflops: number | null;
  /** How the engine computes a flow of this size, in a word. */
  readonly path: string;
}

export interface Sweep {
  readonly family: string;
  readonly over: keyof Size;
  readonly base: Size;
  readonly threads: number;
  readonly points: readonly ScalingPoint[];
  /** Slope of log time over log size: 1 is proportional. */
  readonly exponent: number | null;
}

export interface Scaling {
  /** Share of the CPUs, 0…1, that other programs took before or after. */
  readonly disturbed: number;
  readonly peak: Peak;
  readonly sweeps: readonly Sweep[];
}

const ROWS = 10_000; // of tables: more than the largest batch after a tenth is held out
const ROUNDS = 3;
const FLAT: Size = { layers: 8, width: 64, batch: 512, dim: 2 };
const WIDE: Size = { ...FLAT, dim: 16 }; // the nets have several inputs here: other kernels
const LAYERS = [4, 8, 16, 32, 64];
const WIDTHS = [32, 64, 128, 256, 512];
const BATCHES = [64, 256, 1024, 4096, 8192];
const DIMS = [2, 4, 8, 16, 32, 64];

const FAMILIES = {
  "affine couplings": { transform: AFFINE, outputs: 2 },
  "rqs couplings": { transform: SPLINE, outputs: 3 * SPLINE.bins - 1 },
} as const;
type Family = keyof typeof FAMILIES;

const SWEEPS: readonly { readonly family: Family; readonly base: Size; readonly over: keyof Size; readonly values: readonly number[] }[] = [
  { family: "affine couplings", base: FLAT, over: "layers", values: LAYERS },
  { family: "affine couplings", base: FLAT, over: "width", values: WIDTHS },
  { family: "affine couplings", base: FLAT, over: "batch", values: BATCHES },
  { family: "affine couplings", base: FLAT, over: "dim", values: DIMS },
  { family: "affine couplings", base: WIDE, over: "layers", values: LAYERS },
  { family: "affine couplings", base: WIDE, over: "width", values: WIDTHS },
  { family: "affine couplings", base: WIDE, over: "batch", values: BATCHES },
  { family: "rqs couplings", base: FLAT, over: "layers", values: LAYERS.slice(0, 4) },
  { family: "rqs couplings", base: FLAT, over: "batch", values: BATCHES },
  { family: "rqs couplings", base: FLAT, over: "dim", values: DIMS.slice(0, 4) },
];

/** `quick` takes the two ends of each sweep only. */
export async function measureScaling(plan: Plan, quick: boolean): Promise<Scaling> {
  const before = await takenByOthers();
  plan.say("multiply-adds that the machine can do");
  const peak = await measurePeak(plan.threads);
  const sweeps: Sweep[] = [];
  for (const { family, base, over, values } of SWEEPS) {
    const chosen = quick ? [values[0] as number, values[2] as number] : values;
    plan.say(`${family}, dim ${base.dim}: step over ${over}`);
    const points = new Map<number, ScalingPoint[]>(plan.threads.map((threads) => [threads, []]));
    for (const value of chosen) {
      const size = { ...base, [over]: value };
      const operations = operationsOf(family, size);
      for (const [threads, { ms, path }] of await timesOf(family, size, plan))
        points.get(threads)?.push({ value, ms, path, gflops: ms === null ? null : operations / ms / 1e6 });
    }
    for (const [threads, own] of points) sweeps.push({ family, over, base, threads, points: own, exponent: exponentOf(own) });
  }
  return { disturbed: Math.max(before, await takenByOthers()), peak, sweeps };
}

interface Timed {
  readonly ms: number | null;
  readonly path: string;
}

/** Milliseconds of a step by number of threads; null where the engine gave up. */
async function timesOf(family: Family, { layers, width, batch, dim }: Size, plan: Plan): Promise<Map<number, Timed>> {
  const target = dim === 2 ? MOONS : tableTarget(plan.folder, dim, ROWS);
  const text = definitionText({
    dim,
    layers: couplings(layers, FAMILIES[family].transform, { dim, hidden: width }),
    target,
    train: { batch },
  });
  const engines = plan.threads.map((threads) => ({ threads, engine: new Engine(plan.dist, { kernels: "auto", threads }, plan.folder) }));
  try {
    const segments = new Map<string, Segment>();
    let path = "";
    for (const { threads, engine } of engines) {
      const run = (steps: number) => engine.step(steps);
      const steps = await attempt(async () => {
        path = (await engine.open(text)).computing.path;
        return stepsFor(plan.effort.segmentMs / 3, run);
      });
      segments.set(String(threads), typeof steps === "number" ? perStep(steps, run) : () => Promise.reject(new Error(steps.failed)));
    }
    const measured = await interleave(ROUNDS, segments);
    return new Map(
      plan.threads.map((threads) => {
        const values = measured.get(String(threads))?.values ?? [];
        return [threads, { path, ms: values.length > 0 ? spreadOf(values).median : null }];
      }),
    );
  } finally {
    await Promise.all(engines.map(({ engine }) => engine.end()));
  }
}

/** Forward, and twice that backward: by the inputs and by the weights. */
function operationsOf(family: Family, { layers, width, batch, dim }: Size): number {
  const half = dim / 2;
  return 6 * layers * batch * (half * width + width * width + width * half * FAMILIES[family].outputs);
}

/** Least squares on logarithms. */
function exponentOf(points: readonly ScalingPoint[]): number | null {
  const known = points.flatMap(({ value, ms }) => (ms === null ? [] : [[Math.log(value), Math.log(ms)] as const]));
  if (known.length < 2) return null;
  const mean = (i: 0 | 1) => known.reduce((sum, pair) => sum + pair[i], 0) / known.length;
  const [x, y] = [mean(0), mean(1)];
  const above = known.reduce((sum, pair) => sum + (pair[0] - x) * (pair[1] - y), 0);
  return above / known.reduce((sum, pair) => sum + (pair[0] - x) ** 2, 0);
}
