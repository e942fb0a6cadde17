/** What pictures cost: the first one of a fresh engine, and the live ones of a training run. */
import type { Frame } from "../src/protocol/model";
import { endlessExample, exampleText } from "./definitions";
import { type Line, lineOf, OURS, type Plan, torchName } from "./line";
import { interleave, millisecondsOf, perStep, type Segment, spreadOf, stepsFor } from "./measure";
import { Engine, peakMb } from "./sides";
import { TorchTwin } from "./torch-twin";

const ROUNDS = 5;
const FRAMES_ROUNDS = 4;
const WARM_UP_MS = 2000;
const SEGMENT_MS = 5000; // long enough for a handful of frames
const FEWEST_FRAMES = 3; // in a segment; with fewer the ratio says nothing about frames
const FRAMES_TARGET = 1.1; // live pictures may cost a tenth of the training speed

/** From nothing to the first picture of the example; the twin's first sign of life is its first step. */
export async function firstPictureLine(plan: Plan): Promise<Line> {
  plan.say("first picture of fresh processes");
  const sides = new Map<string, Segment>([[OURS, () => untilFirstPicture(plan.dist)]]);
  if (plan.torchMissing === null) sides.set(torchName(1), untilFirstTorchStep);
  await interleave(1, sides); // the files come from the disk once
  const values = await interleave(ROUNDS, sides);
  return lineOf("first picture of examples/moons.flow.json after spawning", "ms", values, {
    note: "torch: import, build, first step of J2; no picture",
    missing: plan.torchMissing,
  });
}

async function untilFirstPicture(dist: string): Promise<number> {
  const begun = performance.now();
  const engine = new Engine(dist);
  try {
    const picture = new Promise<Frame>((resolve) => engine.onFrame(resolve));
    await engine.open(exampleText());
    await engine.attend(true);
    await picture;
    return performance.now() - begun;
  } finally {
    await engine.end();
  }
}

async function untilFirstTorchStep(): Promise<number> {
  const begun = performance.now();
  const twin = new TorchTwin("J2", 1);
  try {
    await twin.step(1);
    return performance.now() - begun;
  } finally {
    await twin.end();
  }
}

/** How much slower the example trains while its pictures are made and acknowledged at once, in one process. */
export async function framesLine(plan: Plan): Promise<Line> {
  const engine = new Engine(plan.dist);
  try {
    const { view } = await engine.open(endlessExample());
    plan.say("the example's training with and without live frames");
    let frames = 0;
    let atRest: () => void = () => {};
    engine.onFrame((frame) => {
      frames++;
      // Pictures of a state at rest have the full resolution, live ones have not.
      if (frame.focus?.picture.resolution === view.grid) atRest();
      engine.drawn(frame).catch(() => {}); // the engine has been stopped meanwhile
    });
    const counts: number[] = [];
    const rates: number[] = [];
    const withFrames = async (steps: number) => {
      frames = 0;
      const stopListening = engine.onProgress(() => {
        stopListening();
        void engine.attend(true); // only now: the first picture too is to be a live one
      });
      const ms = await millisecondsOf(() => engine.step(steps));
      counts.push(frames);
      rates.push((1000 * frames) / ms);
      await new Promise<void>((resolve) => {
        atRest = resolve;
      });
      await engine.attend(false);
      return ms / steps;
    };
    const run = (count: number) => engine.step(count);
    await withFrames(await stepsFor(WARM_UP_MS, run)); // the first steps and pictures are slow
    const steps = await stepsFor(SEGMENT_MS, run);
    counts.length = 0;
    rates.length = 0;
    const sides = new Map<string, Segment>([
      [OURS, () => withFrames(steps)],
      ["the same without frames", perStep(steps, run)],
    ]);
    const values = await interleave(FRAMES_ROUNDS, sides);
    const memory = peakMb(engine.pid);
    const enough = spreadOf(counts).median >= FEWEST_FRAMES;
    const note = [
      `${spreadOf(rates).median.toFixed(1)} frames/s`,
      ...(enough ? [] : ["too few to say anything"]),
      ...(memory === null ? [] : [`engine peak ${memory.toFixed(0)} MB`]),
    ].join("; ");
    return lineOf("training step of the example with live frames", "ms", values, { target: enough ? FRAMES_TARGET : null, note });
  } finally {
    await engine.end();
  }
}
