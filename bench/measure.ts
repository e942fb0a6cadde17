/** Interleaved measurement: A B A B …, so that what disturbs the machine disturbs all sides, and ratios are taken round by round. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error("nothing was measured");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const at = (i: number) => sorted[i] as number;
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, min: at(0), max: at(sorted.length - 1) };
}

/** One side of a comparison: a segment of its work, answered with the cost of one unit of it. */
export type Segment = () => Promise<number>;

/** Runs every side once in each round; answers all values of each side, in the order of the rounds. */
export async function interleave(rounds: number, sides: ReadonlyMap<string, Segment>): Promise<Map<string, number[]>> {
  const values = new Map([...sides.keys()].map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, segment] of sides) values.get(name)?.push(await segment());
  }
  return values;
}

/** Round by round: the values of one side over those of the other. */
export function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, i) => value / (theirs[i] as number));
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

/** Steps that take about `targetMs`, found by a short run, which also warms the side up. */
export async function stepsFor(targetMs: number, run: (steps: number) => Promise<unknown>): Promise<number> {
  const trial = 10;
  await run(trial);
  const ms = await millisecondsOf(() => run(trial));
  return Math.max(5, Math.round((targetMs * trial) / ms));
}
