/** Interleaved measurement: A B A B …, so that what disturbs the machine disturbs all sides, and ratios are taken round by round. */
import { cpus } from "node:os";

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** How long to measure. */
export interface Effort {
  readonly rounds: number;
  /** Long against the validation that ends a segment, short against what else runs on the machine. */
  readonly segmentMs: number;
}

export const FULL: Effort = { rounds: 5, segmentMs: 1000 };
/** Shows that everything runs; its numbers are not for publishing. */
export const QUICK: Effort = { rounds: 3, segmentMs: 200 };

const REST_MS = 60; // threads of the former side may still spin, waiting for more work
const MOST_MS = 20_000; // of one side in one line: torch with two threads can be a hundred times slower on a busy machine

export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error("nothing was measured");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const at = (i: number) => sorted[i] as number;
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, min: at(0), max: at(sorted.length - 1) };
}

/** One side of a comparison: a segment of its work, answered with the cost of one unit of it. */
export type Segment = () => Promise<number>;

/** What a side gave, in the order of the rounds, or why it gave up. */
export interface Measured {
  readonly values: readonly number[];
  readonly failed: string | null;
}

/** Runs every side once in each round. A side that fails or has used up its time is left out from then on; the others go on. */
export async function interleave(rounds: number, sides: ReadonlyMap<string, Segment>): Promise<Map<string, Measured>> {
  const measured = new Map<string, Measured>([...sides.keys()].map((name) => [name, { values: [], failed: null }]));
  const used = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, segment] of sides) {
      const { values, failed } = measured.get(name) as Measured;
      const before = used.get(name) ?? 0;
      if (failed !== null || before > MOST_MS) continue;
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
      const begun = performance.now();
      const one = await attempt(segment);
      used.set(name, before + performance.now() - begun);
      measured.set(name, typeof one === "number" ? { values: [...values, one], failed } : { values: [], failed: one.failed });
    }
  }
  return measured;
}

/** The result, or why there is none. */
export async function attempt<T>(work: () => Promise<T>): Promise<T | { readonly failed: string }> {
  try {
    return await work();
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

/** Round by round, as far as both have values: those of one side over those of the other. */
export function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return theirs.slice(0, ours.length).map((value, i) => (ours[i] as number) / value);
}

export async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** A segment of `steps` steps, as milliseconds per step. */
export function perStep(steps: number, run: (steps: number) => Promise<unknown>): Segment {
  return async () => (await millisecondsOf(() => run(steps))) / steps;
}

/** Steps that take about `targetMs`, found by short runs, which also warm the side up. */
export async function stepsFor(targetMs: number, run: (steps: number) => Promise<unknown>): Promise<number> {
  let trial = 2;
  await run(trial);
  for (;;) {
    const ms = await millisecondsOf(() => run(trial));
    const steps = Math.max(2, Math.round((targetMs * trial) / ms));
    if (steps <= 4 * trial) return steps;
    trial = Math.min(steps, 8 * trial);
  }
}

const LOOK_MS = 300;

/** Share of the CPUs, 0…1, that other programs take while this one waits. */
export async function takenByOthers(): Promise<number> {
  const before = busyAndAll();
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  const after = busyAndAll();
  return (after.busy - before.busy) / Math.max(1, after.all - before.all);
}

function busyAndAll(): { readonly busy: number; readonly all: number } {
  const times = cpus().map((cpu) => cpu.times);
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
  return { busy: all - times.reduce((sum, { idle }) => sum + idle, 0), all };
}
