/** The lines of one job: every side in one interleaved run. */
import path from "node:path";
import type { Job, Measure } from "./jobs";
import { KERNELS_OFF, type Line, lineOf, oursName, type SideName, torchName } from "./line";
import { attempt, interleave, type Measured, millisecondsOf, perStep, type Segment, stepsFor, takenByOthers } from "./measure";
import type { Plan } from "./plan";
import { SAMPLES, type Side, TRACED } from "./side";
import { Engine, peakMb, type Setting } from "./sides";
import { LIBRARIES, TorchTwin } from "./torch-twin";

/** Whether a side learns as the twin does: NLL after the same number of steps, nats. */
export interface Sanity {
  readonly job: string;
  readonly side: string;
  readonly steps: number;
  readonly nll: number;
  readonly twin: number;
  readonly agree: boolean;
}

export interface JobResult {
  /** E.g. "J5 (planar × 16)". */
  readonly title: string;
  /** Why the engine cannot do this job yet; null when it can. The twin's lines are there all the same. */
  readonly notYet: string | null;
  /** In the engine's words, how it computes the flow on each of our sides. */
  readonly computing: Readonly<Record<string, string>>;
  /** Share of the CPUs, 0…1, that other programs took before or after. */
  readonly disturbed: number;
  readonly lines: readonly Line[];
  readonly sanity: readonly Sanity[];
}

interface Running extends SideName {
  readonly side: Side;
}

const TITLES = {
  step: () => "training step",
  grid: ({ resolution }: Measure) => `log-density on ${resolution}²`,
  trace: () => `trace of ${TRACED.toLocaleString("en")} points`,
  samples: () => `${SAMPLES.toLocaleString("en")} samples, RK4 × 40`,
  memory: () => "peak resident memory",
} as const;

export async function measureJob(job: Job, plan: Plan): Promise<JobResult> {
  const before = await takenByOthers();
  const result = await measureUndisturbed(job, plan);
  return { ...result, disturbed: Math.max(before, await takenByOthers()) };
}

async function measureUndisturbed(job: Job, plan: Plan): Promise<Omit<JobResult, "disturbed">> {
  const text = job.text(plan.folder);
  const notYet = await objectionTo(text, plan);
  if (notYet !== null) plan.say(`${job.name}: ${notYet}`);
  const running: Running[] = [];
  try {
    const computing = notYet === null ? await openOurs(job, text, plan, running) : {};
    await openTwins(job, plan, running);
    plan.say(`${job.name}: ${job.learn.steps} steps on each side`);
    const { sanity, fit } = await learn(job, running);
    const lines: Line[] = [];
    for (const measure of job.measures) {
      plan.say(`${job.name}: ${TITLES[measure.what](measure)}`);
      const measured = await measuredOf(measure, fit, plan);
      if (measured.size === 0) continue;
      const note = measure.what === "trace" && notYet === null ? "ours finds the Jacobian of every layer and its ellipse too" : null;
      const title = `${job.name} ${TITLES[measure.what](measure)} (${job.title})`;
      const missing = plan.torchMissing;
      lines.push(lineOf(title, measure.what === "memory" ? "MB" : "ms", running, measured, { bars: measure.bars, note, missing }));
    }
    return { title: `${job.name} (${job.title})`, notYet, computing, lines, sanity };
  } finally {
    await Promise.all(running.map(({ side }) => side.end()));
  }
}

async function objectionTo(text: string, { dist, folder }: Plan): Promise<string | null> {
  const engine = new Engine(dist, undefined, folder);
  try {
    return await engine.objection(text);
  } finally {
    await engine.end();
  }
}

/** Adds each side before it is opened, so that it is ended whatever happens. Answers how each computes. */
async function openOurs({ samplesText }: Job, text: string, { dist, folder, threads }: Plan, running: Running[]) {
  const settings: readonly (SideName & Setting)[] = [
    ...threads.map((count) => ({ name: oursName(count), kind: "ours", kernels: "auto", threads: count }) as const),
    { name: KERNELS_OFF, kind: "kernels-off", kernels: "off", threads: 1 },
  ];
  const computing: Record<string, string> = {};
  for (const { name, kind, ...setting } of settings) {
    const engine = new Engine(dist, setting, folder);
    running.push({ name, kind, side: engine });
    const summary = await engine.open(text);
    computing[name] = summary.computing.text;
    if (samplesText !== undefined) await engine.openForSamples(samplesText);
  }
  return computing;
}

async function openTwins({ name, twin, table, measures }: Job, { torchMissing, libraries, threads, folder }: Plan, running: Running[]) {
  if (torchMissing !== null) return;
  const options = table === undefined ? {} : { csv: path.join(folder, table) };
  for (const count of threads) running.push({ name: torchName(count), kind: "twin", side: new TorchTwin(twin, count, options) });
  if (libraries === null || !measures.some(({ what }) => what === "step")) return;
  for (const [library, jobs] of Object.entries(LIBRARIES)) {
    if (!jobs.includes(name)) continue;
    // one thread is the best setting of all of them: with more they wait for one another
    const side = new TorchTwin(twin, 1, { ...options, library, directory: libraries });
    const hello = await attempt(() => side.hello());
    if ("failed" in hello) process.stderr.write(`${name}, ${library}: ${hello.failed}\n`);
    else running.push({ name: `${library} ${hello.library ?? ""}`, kind: "library", side });
  }
}

/** The same steps on every side; those that fail are not measured. A twin with more threads computes the same, sometimes very slowly. */
async function learn({ name, learn: { steps, nats } }: Job, running: readonly Running[]) {
  const reached = new Map<string, number>();
  const fit: Running[] = [];
  const first = running.find(({ kind }) => kind === "twin");
  for (const one of running) {
    const wanted = one.kind !== "twin" || one === first ? steps : 2;
    const result = await attempt(async () => {
      await one.side.step(wanted);
      return wanted === steps ? one.side.nll() : null;
    });
    if (result !== null && typeof result === "object") process.stderr.write(`${name}, ${one.name}: ${result.failed}\n`);
    else fit.push(one);
    if (typeof result === "number") reached.set(one.name, result);
  }
  const twin = first && reached.get(first.name);
  if (twin === undefined || nats === null) return { fit, sanity: [] };
  const sanity = running.flatMap(({ name: side, kind }): Sanity[] => {
    const nll = reached.get(side);
    if (nll === undefined || kind === "twin" || kind === "library") return []; // libraries start from other weights
    return [{ job: name, side, steps, nll, twin, agree: Math.abs(nll - twin) <= nats }];
  });
  return { fit, sanity };
}

async function measuredOf(measure: Measure, running: readonly Running[], { effort }: Plan): Promise<Map<string, Measured>> {
  if (measure.what === "memory") return memoryOf(running);
  const segments = new Map<string, Segment>();
  const able = measure.what === "step" ? running : running.filter(({ kind }) => kind !== "library" || measure.what === "grid");
  for (const { name, side } of able) {
    const segment = await attempt(() => segmentOf(measure, side, effort.segmentMs));
    segments.set(name, typeof segment === "function" ? segment : () => Promise.reject(new Error(segment.failed)));
  }
  return interleave(effort.rounds, segments);
}

/** Warms up, and answers the segment. */
async function segmentOf({ what, resolution = 0 }: Measure, side: Side, segmentMs: number): Promise<Segment> {
  if (what === "step") {
    const run = (steps: number) => side.step(steps);
    return perStep(await stepsFor(segmentMs, run), run);
  }
  const once = () => (what === "grid" ? side.grid(resolution) : what === "trace" ? side.trace() : side.samples());
  await once();
  return () => millisecondsOf(once);
}

function memoryOf(running: readonly Running[]): Map<string, Measured> {
  const known = running.flatMap(({ name, side }) => {
    const mb = peakMb(side.pid);
    return mb === null ? [] : [[name, { values: [mb], failed: null }] as const];
  });
  return new Map(known);
}
