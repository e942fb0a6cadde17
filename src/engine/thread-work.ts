/** What a compute thread does for each method; it holds the flows that were loaded into it. */
import { Random } from "../flows/random";
import { writeWeights } from "../interop/checkpoint";
import type { Handlers } from "../protocol/channel";
import { ChannelError } from "../protocol/channel";
import type { ComputeMethods, Snapshot } from "./compute-contract";
import { Computing } from "./computing";
import { oneStage } from "./densities";
import { type FrameMemory, makeFrame } from "./frame";
import { type LoadedFlow, loadFlow } from "./loaded-flow";
import { tracePoints } from "./points";
import { Run, type RunListener } from "./run";
import { windowAround } from "./windows";

interface Resident {
  readonly loaded: LoadedFlow;
  readonly memory: FrameMemory;
  run: Run | null;
}

/** Samples behind the window of a grid that no frame has placed yet. */
const WINDOW_SAMPLES = 1000;

export interface Surroundings {
  listenerOf(key: string): RunListener;
  warn(text: string): void;
}

export function threadWork({ listenerOf, warn }: Surroundings): Handlers<ComputeMethods> {
  let computing: Computing | null = null;
  const residents = new Map<string, Resident>();
  const resident = (key: string): Resident => {
    const found = residents.get(key);
    if (!found) throw new ChannelError("no-flow", "this flow is not loaded here");
    return found;
  };
  /** The flow of a question about parameters; they may be those of a definition that was replaced meanwhile. */
  const fitting = (key: string, { parameters }: Snapshot): Resident => {
    const found = resident(key);
    if (parameters.length !== found.loaded.flow.layout.size) throw new ChannelError("replaced", "the definition changed meanwhile");
    return found;
  };
  const runOf = (key: string): Run => {
    const owner = resident(key);
    if (!owner.loaded.source)
      throw new ChannelError("no-target", "The definition has no target, so there is nothing to train on. Add a target.");
    owner.run ??= new Run(owner.loaded, listenerOf(key));
    return owner.run;
  };
  /** Gives back what a flow held. */
  const leave = (key: string) => {
    const former = residents.get(key);
    former?.run?.dispose();
    former?.loaded.compute.dispose();
    residents.delete(key);
  };
  return {
    "thread/start": ({ folder }) => {
      computing = new Computing(folder, warn);
      return { backend: computing.name, note: computing.note };
    },
    "flow/load": async ({ key, definition }) => {
      if (!computing) throw new ChannelError("not-started", "the thread was not started");
      const loading = await loadFlow(definition, computing);
      await residents.get(key)?.run?.pause();
      if (!loading.ok) return { answer: loading.answer, snapshot: null };
      const { loaded, answer } = loading;
      const memory = residents.get(key)?.memory ?? { windows: [] };
      leave(key);
      residents.set(key, {
        loaded,
        memory: { windows: loaded.flow.layers.length + 1 === memory.windows.length ? memory.windows : [] },
        run: null,
      });
      return { answer, snapshot: { step: loaded.state.step, parameters: (loaded.state.average ?? loaded.state.parameters).slice() } };
    },
    "flow/unload": async ({ key }) => {
      await residents.get(key)?.run?.pause();
      leave(key);
      return null;
    },
    "run/train": ({ key }) => runOf(key).start(),
    "run/pause": ({ key }) => runOf(key).pause(),
    "run/step": ({ key, steps }) => runOf(key).stepBy(steps),
    "run/resumeGently": ({ key }) => runOf(key).resumeGently(),
    "run/snapshot": ({ key }) => runOf(key).snapshot,
    "run/checkpoint": ({ key }) => runOf(key).checkpoint,
    "evaluate/frame": ({ key, ...request }, { signal }) => {
      const { loaded, memory } = fitting(key, request.snapshot);
      return makeFrame(loaded, memory, request, signal);
    },
    "evaluate/density": async ({ key, snapshot, stage, window, resolution }, { signal }) => {
      const { loaded, memory } = fitting(key, snapshot);
      const place =
        window ?? memory.windows[stage] ?? windowAround(await drawSamples(loaded, snapshot.parameters, WINDOW_SAMPLES, stage), null);
      return oneStage(loaded.compute.evaluator, snapshot.parameters, stage, place, resolution, signal);
    },
    "evaluate/points": ({ key, snapshot, points }) => tracePoints(fitting(key, snapshot).loaded, snapshot.parameters, points),
    "evaluate/weights": ({ key, snapshot }) => writeWeights(fitting(key, snapshot).loaded.flow, snapshot.parameters, snapshot.step),
    "evaluate/samples": ({ key, snapshot, n }) => {
      const { loaded } = fitting(key, snapshot);
      return drawSamples(loaded, snapshot.parameters, n, loaded.flow.layers.length);
    },
  };
}

/** n model samples in the space after layer `stage`, [n · d]. */
async function drawSamples({ flow, compute }: LoadedFlow, parameters: Float32Array, n: number, stage: number): Promise<Float32Array> {
  const start = flow.sampleBase(parameters, n, new Random(flow.spec.seed, "samples"));
  const { stages } = await compute.evaluator.walk(parameters, start, 0, stage);
  return stages.slice(stage * start.length);
}
