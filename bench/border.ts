/** The price of the process border: the same steps in the engine process and in a compute thread alone. */
import { JOBS } from "./jobs";
import { type Line, lineOf, oursName, type SideName } from "./line";
import { interleave, perStep, stepsFor } from "./measure";
import type { Plan } from "./plan";
import { ComputeThread, Engine } from "./sides";

const ALONE = "compute thread alone";

/** What the border, the sessions and the messages cost. */
export async function borderLine({ dist, folder, effort, say }: Plan): Promise<Line> {
  const text = JOBS[0]?.text(folder) ?? "";
  const engine = new Engine(dist);
  const thread = await ComputeThread.start(dist, text);
  try {
    await engine.open(text);
    say("J1: the engine process against a compute thread alone");
    const steps = await stepsFor(effort.segmentMs, (count) => thread.step(count));
    await stepsFor(effort.segmentMs, (count) => engine.step(count)); // warms up
    const sides: SideName[] = [
      { name: oursName(0), kind: "ours" },
      { name: ALONE, kind: "other" },
    ];
    const segments = new Map([
      [oursName(0), perStep(steps, (count: number) => engine.step(count))],
      [ALONE, perStep(steps, (count: number) => thread.step(count))],
    ]);
    return lineOf("J1 training step across the process border", "ms", sides, await interleave(effort.rounds, segments));
  } finally {
    await Promise.all([engine.end(), thread.end()]);
  }
}
