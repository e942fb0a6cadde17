/** The first training step of a fresh process: start, imports, building the flow, one step, its answer. */
import { JOBS } from "./jobs";
import { KERNELS_OFF, type Line, lineOf, oursName, overTwin, type SideName, torchName } from "./line";
import { interleave, millisecondsOf, type Segment } from "./measure";
import type { Plan } from "./plan";
import type { Side } from "./side";
import { AS_SHIPPED, Engine, type Setting } from "./sides";
import { TorchTwin } from "./torch-twin";

const BAR = 0.1;

export async function firstStepLine({ dist, folder, effort, torchMissing, say }: Plan): Promise<Line> {
  say("first training step of fresh processes");
  const text = JOBS[0]?.text(folder) ?? "";
  const ours = (setting: Setting) => async () => {
    const engine = new Engine(dist, setting);
    await engine.open(text);
    return engine;
  };
  const sides: SideName[] = [
    { name: oursName(AS_SHIPPED.threads), kind: "ours" },
    { name: KERNELS_OFF, kind: "kernels-off" },
  ];
  const segments = new Map<string, Segment>([
    [oursName(AS_SHIPPED.threads), firstStep(ours(AS_SHIPPED))],
    [KERNELS_OFF, firstStep(ours({ kernels: "off", threads: 1 }))],
  ]);
  if (torchMissing === null) {
    sides.push({ name: torchName(1), kind: "twin" });
    segments.set(
      torchName(1),
      firstStep(() => new TorchTwin("J1", 1)),
    );
  }
  await interleave(1, segments); // the files come from the disk once
  const note = "from starting the process to the answer of one step of J1: imports, flow and compilation included, on both sides";
  return lineOf("first training step after start", "ms", sides, await interleave(effort.rounds, segments), {
    bars: overTwin(BAR),
    note,
    missing: torchMissing,
  });
}

function firstStep(start: () => Side | Promise<Side>): Segment {
  return async () => {
    let side: Side | null = null;
    const ms = await millisecondsOf(async () => {
      side = await start();
      await side.step(1);
    });
    await (side as Side | null)?.end();
    return ms;
  };
}
