/** Training steps, grids and memory of J1 and J2 against the PyTorch twin, and the price of the process border. */
import { DEFINITIONS, type Job, TITLES } from "./definitions";
import { type Line, lineOf, OURS, type Plan, torchName } from "./line";
import { interleave, millisecondsOf, perStep, type Segment, stepsFor } from "./measure";
import { ComputeThread, Engine, peakMb, type Side } from "./sides";
import { TorchTwin } from "./torch-twin";

/** Whether both sides learn alike: NLL after the same number of steps, nats. */
export interface Sanity {
  readonly job: Job;
  readonly steps: number;
  readonly ours: number;
  readonly torch: number;
  readonly agree: boolean;
}

const ROUNDS = 5;
const SEGMENT_MS = 1000; // long against the validation that ends a segment, short against what else runs on the machine
const SANITY_STEPS = 300;
const SANITY_NATS = 0.15; // the sides draw different numbers; a fault in one of them costs far more

export async function jobLines(job: Job, plan: Plan): Promise<{ lines: Line[]; sanity: Sanity | null }> {
  const engine = new Engine(plan.dist);
  const twins = plan.torchMissing === null ? [1, 2].map((threads) => [torchName(threads), new TorchTwin(job, threads)] as const) : [];
  const sides: readonly (readonly [string, Side])[] = [[OURS, engine], ...twins];
  try {
    await engine.open(DEFINITIONS[job]);
    plan.say(`${job}: ${SANITY_STEPS} steps on both sides`);
    await engine.step(SANITY_STEPS);
    const first = twins[0]?.[1]; // a twin with more threads computes the same, sometimes very slowly
    await first?.step(SANITY_STEPS);
    const sanity = first ? sanityOf(job, await engine.nll(), await first.nll()) : null;

    plan.say(`${job}: ${ROUNDS} rounds of steps and grids`);
    const steps = new Map<string, Segment>();
    const grids = new Map<string, Segment>();
    for (const [name, side] of sides) {
      const run = (count: number) => side.step(count);
      steps.set(name, perStep(await stepsFor(SEGMENT_MS, run), run));
      await side.grid(); // the first one warms up
      grids.set(name, () => millisecondsOf(() => side.grid()));
    }
    const missing = plan.torchMissing;
    const lines = [
      lineOf(`${job} training step (${TITLES[job]})`, "ms", await interleave(ROUNDS, steps), { missing }),
      lineOf(`${job} log-density on 256²`, "ms", await interleave(ROUNDS, grids), { missing }),
    ];
    const memory = sides.map(([name, { pid }]) => [name, peakMb(pid)] as const);
    const known = memory.flatMap(([name, mb]) => (mb === null ? [] : [[name, [mb]] as const]));
    if (known.length === memory.length) lines.push(lineOf(`${job} peak resident memory`, "MB", new Map(known), { missing }));
    else plan.say("peak memory: this system does not tell it");
    return { lines, sanity };
  } finally {
    await Promise.all(sides.map(([, side]) => side.end()));
  }
}

function sanityOf(job: Job, ours: number, torch: number): Sanity {
  return { job, steps: SANITY_STEPS, ours, torch, agree: Math.abs(ours - torch) <= SANITY_NATS };
}

/** The same steps in the engine process and in a compute thread alone: what the process border, the sessions and the messages cost. */
export async function borderLine(plan: Plan): Promise<Line> {
  const engine = new Engine(plan.dist);
  const thread = await ComputeThread.start(plan.dist, DEFINITIONS.J1);
  try {
    await engine.open(DEFINITIONS.J1);
    plan.say("J1: the engine process against a compute thread alone");
    const steps = await stepsFor(SEGMENT_MS, (count) => thread.step(count));
    await stepsFor(SEGMENT_MS, (count) => engine.step(count)); // warms up
    const sides = new Map([
      [OURS, perStep(steps, (count) => engine.step(count))],
      ["compute thread alone", perStep(steps, (count) => thread.step(count))],
    ]);
    return lineOf("J1 training step across the process border", "ms", await interleave(ROUNDS, sides));
  } finally {
    await Promise.all([engine.end(), thread.end()]);
  }
}
