/** Everything that a view draws for one set of parameters. */
import type { Flow } from "../flows/flow";
import { Random } from "../flows/random";
import { toyByType } from "../flows/targets";
import type { Frame, Health, LayerStatistics, StagePicture, Window } from "../protocol/model";
import type { Snapshot } from "./compute-contract";
import { allStages, oneStage } from "./densities";
import type { LoadedFlow } from "./loaded-flow";
import { largestCondition } from "./points";
import { windowAround } from "./windows";

/** How much work goes into a frame. A live one is replaced at once; a full one is looked at. */
const QUALITY = {
  slow: { thumbnail: 44, focus: 96, statistics: 1024, roundTrip: 256, condition: 0 }, // live, by tensor operations
  live: { thumbnail: 64, focus: 160, statistics: 4096, roundTrip: 256, condition: 0 },
  full: { thumbnail: 80, focus: Number.POSITIVE_INFINITY, statistics: 20_000, roundTrip: 1024, condition: 512 },
} as const;
/** Held-out points that are drawn. */
const DRAWN_DATA = 1000;
/** With fewer held-out points than this, the window of the data is found from model samples too. */
const ENOUGH_FOR_A_WINDOW = 200;

export interface FrameRequest {
  readonly snapshot: Snapshot;
  readonly stage: number;
  readonly revision: number;
  readonly sequence: number;
  readonly quality: "live" | "full";
}

/** What is remembered between frames of one flow, so that pictures do not tremble. */
export interface FrameMemory {
  windows: readonly Window[];
}

export async function makeFrame(
  loaded: LoadedFlow,
  memory: FrameMemory,
  { snapshot, stage, revision, sequence, quality }: FrameRequest,
  signal: { readonly aborted: boolean },
): Promise<Frame> {
  const { flow, source, view, compute } = loaded;
  const K = flow.layers.length;
  const effort = QUALITY[quality === "live" && compute.path === "tfjs" ? "slow" : quality];
  const { parameters, step } = snapshot;
  const heldOut = source ? source.heldOut.subarray(0, effort.statistics * flow.d) : null;
  const start = flow.sampleBase(parameters, Math.max(1, view.samples), new Random(flow.spec.seed, "samples"));
  const samples = await follow(loaded, parameters, start, 0, K);
  const data = heldOut && heldOut.length > 0 ? await follow(loaded, parameters, heldOut, K, 0) : null;
  const drawnData = data ? firstRows(data, Math.min(DRAWN_DATA, data.n), flow.d) : null;

  let stages: StagePicture[] = [];
  let focus: Frame["focus"] = null;
  if (flow.d === 2) {
    const drawn = Array.from({ length: K + 1 }, (_, k) =>
      windowAround(
        k === K && drawnData && drawnData.n >= ENOUGH_FOR_A_WINDOW ? stageOf(drawnData, k) : join(drawnData, samples, k),
        memory.windows[k] ?? null,
      ),
    );
    if (view.window) drawn[K] = view.window;
    memory.windows = drawn;
    stages = await allStages(compute.evaluator, parameters, drawn, effort.thumbnail);
    const shown = Math.min(Math.max(stage, 0), K);
    const resolution = Math.min(view.grid, effort.focus);
    focus = { stage: shown, picture: await oneStage(compute.evaluator, parameters, shown, drawn[shown] as Window, resolution, signal) };
  }
  const model = focus?.stage === flow.layers.length ? focus.picture : stages[flow.layers.length];
  return {
    revision,
    step,
    sequence,
    stages,
    focus,
    samples: samples.stages,
    data: drawnData?.stages ?? null,
    layers: flow.layers.map((_, k) => layerStatistics(k, data, samples)),
    logBase: data ? spread(data.logBase) : null,
    health: await healthOf(loaded, parameters, heldOut, data, model?.mass ?? null, effort),
  };
}

/** A batch at every stage, with what each layer cost. */
interface Followed {
  readonly n: number;
  /** [(K + 1) · n · d], stage-major. */
  readonly stages: Float32Array;
  /** [K · n]. */
  readonly logDets: Float32Array;
  readonly logBase: Float32Array;
  /** Share of the points outside the box of some spline; null without splines. */
  readonly outside: number | null;
  readonly width: number;
}

async function follow(
  { flow, compute }: LoadedFlow,
  parameters: Float32Array,
  points: Float32Array,
  from: number,
  to: number,
): Promise<Followed> {
  const { n, stages, logDets } = await compute.evaluator.walk(parameters, points, from, to);
  const width = n * flow.d;
  const outside = flow.layers.flatMap(({ instance, definition, context }, i) => {
    const entering = instance.invert ? i + 1 : i;
    const share = definition.outside?.(stages.subarray(entering * width, (entering + 1) * width), instance.config as never, context);
    return share === undefined || share === null ? [] : [share];
  });
  const logBase = await compute.evaluator.logBase(parameters, stages.slice(0, width));
  return { n, width, stages, logDets, logBase, outside: outside.length > 0 ? Math.max(...outside) : null };
}

function stageOf(points: { readonly stages: Float32Array; readonly width: number }, k: number): Float32Array {
  return points.stages.subarray(k * points.width, (k + 1) * points.width);
}

function firstRows(points: Followed, n: number, d: number): { stages: Float32Array; width: number; n: number } {
  const width = n * d;
  const count = points.stages.length / points.width;
  const stages = new Float32Array(count * width);
  for (let k = 0; k < count; k++) stages.set(stageOf(points, k).subarray(0, width), k * width);
  return { stages, width, n };
}

function join(data: { stages: Float32Array; width: number } | null, samples: Followed, k: number): Float32Array {
  const ours = stageOf(samples, k);
  if (!data) return ours;
  const theirs = stageOf(data, k);
  const both = new Float32Array(ours.length + theirs.length);
  both.set(theirs);
  both.set(ours, theirs.length);
  return both;
}

function layerStatistics(k: number, data: Followed | null, samples: Followed): LayerStatistics {
  const own = (points: Followed) => spread(points.logDets.subarray(k * points.n, (k + 1) * points.n));
  return { overData: data ? own(data) : null, overSamples: own(samples) };
}

/** Mean and deviation in double precision. */
function spread(values: Float32Array): { mean: number; sd: number } {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  return { mean, sd: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0)) };
}

async function healthOf(
  loaded: LoadedFlow,
  parameters: Float32Array,
  heldOut: Float32Array | null,
  data: Followed | null,
  mass: number | null,
  effort: (typeof QUALITY)[keyof typeof QUALITY],
): Promise<Health> {
  const { flow } = loaded;
  const logProb = data ? logDensities(data, flow.layers.length) : null;
  const nll = logProb ? spread(logProb) : null;
  const floor = targetFloor(flow);
  const points = heldOut ?? new Float32Array(0);
  return {
    nll: nll ? -nll.mean : null,
    nllError: nll && data ? nll.sd / Math.sqrt(data.n) : null,
    klToFloor: nll && floor !== null ? -nll.mean - floor : null,
    mass,
    roundTrip: await roundTrip(loaded, parameters, points.subarray(0, effort.roundTrip * flow.d)),
    condition: effort.condition > 0 ? await largestCondition(loaded, parameters, points.subarray(0, effort.condition * flow.d)) : null,
    outsideBox: data?.outside ?? null,
  };
}

/** log p(x) of each point: the formula, summed in double precision. */
function logDensities(points: Followed, K: number): Float32Array {
  return points.logBase.map((base, i) => {
    let sum = base;
    for (let k = 0; k < K; k++) sum -= points.logDets[k * points.n + i] as number;
    return sum;
  });
}

function targetFloor(flow: Flow): number | null {
  const target = flow.spec.target;
  return target ? (toyByType(target.type)?.entropy(target.config as never) ?? null) : null;
}

/** max ‖x − f(f⁻¹(x))‖∞ over the points. */
async function roundTrip({ flow, compute }: LoadedFlow, parameters: Float32Array, points: Float32Array): Promise<number> {
  const K = flow.layers.length;
  const { stages } = await compute.evaluator.walk(parameters, points, K, 0);
  const back = await compute.evaluator.walk(parameters, stages.slice(0, points.length), 0, K);
  const image = back.stages.subarray(K * points.length);
  return points.reduce((worst, value, i) => {
    const distance = Math.abs(value - (image[i] as number));
    return distance > worst || Number.isNaN(distance) ? distance : worst;
  }, 0);
}
