/** What pictures cost: the first one of a fresh engine, and the live ones of a training run. */
import type { Frame } from "../src/protocol/model";
import { endlessExample, exampleText } from "./definitions";
import { type Line, lineOf, oursName, type SideName, torchName } from "./line";
import { interleave, millisecondsOf, perStep, type Segment, spreadOf, stepsFor } from "./measure";
import type { Plan } from "./plan";
import { Engine, peakMb } from "./sides";
import { TorchTwin } from "./torch-twin";

const LONGER = 5; // a segment with frames is this much longer than others: long enough for a handful of frames
const FEWEST_FRAMES = 3; // in a segment; with fewer the ratio says nothing about frames
const FRAMES_BAR = 1.1; // live pictures may cost a tenth of the training speed
const WITHOUT = "without frames";

/** From nothing to the first picture of the example; the twin's first sign of life is its first step. */
export async function firstPictureLine({ dist, effort, torchMissing, say }: Plan): Promise<Line> {
  say("first picture of fresh processes");
  const sides: SideName[] = [{ name: oursName(0), kind: "ours" }];
  const segments = new Map<string, Segment>([[oursName(0), () => untilFirstPicture(dist)]]);
  if (torchMissing === null) {
    sides.push({ name: torchName(1), kind: "twin" });
    segments.set(torchName(1), untilFirstTorchStep);
  }
  await interleave(1, segments); // the files come from the disk once
  return lineOf("first picture of examples/moons.flow.json after start", "ms", sides, await interleave(effort.rounds, segments), {
    note: "torch: import, build, first step of J2; no picture",
    missing: torchMissing,
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
export async function framesLine({ dist, effort, say }: Plan): Promise<Line> {
  const engine = new Engine(dist);
  try {
    const { view } = await engine.open(endlessExample());
    say("the example's training with and without live frames");
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
    await withFrames(await stepsFor(2 * effort.segmentMs, run)); // the first steps and pictures are slow
    const steps = await stepsFor(LONGER * effort.segmentMs, run);
    counts.length = 0;
    rates.length = 0;
    const sides: SideName[] = [
      { name: oursName(0), kind: "ours" },
      { name: WITHOUT, kind: "other" },
    ];
    const segments = new Map<string, Segment>([
      [oursName(0), () => withFrames(steps)],
      [WITHOUT, perStep(steps, run)],
    ]);
    const measured = await interleave(effort.rounds, segments);
    const memory = peakMb(engine.pid);
    const enough = spreadOf(counts).median >= FEWEST_FRAMES;
    const note = [
      `${spreadOf(rates).median.toFixed(1)} frames/s`,
      ...(enough ? [] : ["too few to say anything"]),
      ...(memory === null ? [] : [`engine peak ${memory.toFixed(0)} MB`]),
    ].join("; ");
    return lineOf("training step of the example with live frames", "ms", sides, measured, {
      bars: enough ? { other: FRAMES_BAR } : {},
      note,
    });
  } finally {
    await engine.end();
  }
}
