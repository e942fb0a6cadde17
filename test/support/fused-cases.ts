/** Flows on which the fused kernels are compared with tensor operations: every layer, transform, network and base of the catalogue. */
import { bases } from "../../src/flows/distributions";
import type { Flow } from "../../src/flows/flow";
import type { BatchSource } from "../../src/flows/training/trainer";
import { transforms } from "../../src/flows/transforms";
import type { KernelSource } from "../../src/kernels/flow-kernels";
import { layerCase, layerCases, pointsOf } from "./cases";
import { flowOf, type Part, perturbed } from "./flows";
import { fusedCompute } from "./fused";
import { moonPoints, startTrainer, steps } from "./training";

export interface FusedCase {
  readonly name: string;
  readonly flow: Flow;
}

/** Deviation of random parameters from their start: log-dets are far from 0, and no scale so large that log p keeps no digit. */
const SPREAD = 0.25;
const TRAINING = { batch: 128, steps: 150, optimizer: { type: "adam", lr: 5e-3, weightDecay: 0 } } as const;

/** A layer between two others, whose gradients then are right only if its gradient by the points is. */
function between(d: number, part: Part, base: Part = { type: "normal" }): Flow {
  return flowOf(d, [{ type: "affine", logScale: 0.1 }, part, { type: "affine", shift: 0.3 }], base, TRAINING);
}

const alternating = Array.from({ length: 16 }, (_, i) => (i % 3 === 0 ? 1 : 0));
const wide = [
  layerCase("affine", { logScale: 0.4 }, 16),
  layerCase("permute", { order: "shuffle" }, 16),
  layerCase("rotation", {}, 16),
  layerCase("planar", {}, 16),
  layerCase("coupling", { mask: alternating, transform: { type: "affine" }, net: { type: "mlp", hidden: [9, 7], activation: "elu" } }, 16),
];

export const fusedLayers: readonly FusedCase[] = [...layerCases, ...wide].flatMap(({ name, type, config, context: { d } }) =>
  [false, true].map((invert) => ({
    name: invert ? `${name}, inverted` : name,
    flow: between(d, { ...config, type, invert }),
  })),
);

/** Networks of one number as tables, the same activations where they cannot be tables, and all the others. */
const nets = [
  { mask: [1, 0], hidden: [7], activation: "relu" },
  { mask: [1, 0], hidden: [6, 5], activation: "relu" },
  { mask: [0, 1], hidden: [5], activation: "leaky-relu" },
  { mask: [0, 1], hidden: [4, 9], activation: "leaky-relu" },
  { mask: [1, 0, 0], hidden: [6, 5], activation: "relu" },
  { mask: [1, 0], hidden: [6, 5, 4], activation: "relu" },
  { mask: [1, 1, 0], hidden: [6, 5], activation: "leaky-relu" },
  { mask: [0, 1, 1, 0, 1], hidden: [5], activation: "tanh" },
  { mask: [0, 1], hidden: [6, 5], activation: "silu" },
  { mask: [1, 0], hidden: [9, 1, 3], activation: "elu" },
  { mask: [0, 1, 1], hidden: [4, 4, 5, 3], activation: "softplus" },
] as const;

const transformSettings = transforms.flatMap(({ type, examples }) =>
  (examples as readonly object[]).map((settings) => ({ type: type as string, ...settings })),
);

export const fusedCouplings: readonly FusedCase[] = nets.flatMap(({ mask, hidden, activation }, i) =>
  transformSettings.map((transform, j) => {
    const invert = (i + j) % 2 === 1;
    const part = { type: "coupling", mask, transform, net: { type: "mlp", hidden, activation }, invert };
    const name = `${JSON.stringify(transform)} by ${activation} [${hidden}], mask [${mask}]${invert ? ", inverted" : ""}`;
    return { name, flow: between(mask.length, part) };
  }),
);

export const fusedBases: readonly FusedCase[] = bases.flatMap(({ type, examples }) =>
  (examples as readonly object[]).flatMap((settings) =>
    [1, 2, 3, 8, 16].map((d) => {
      const part: Part = d === 1 ? { type: "planar" } : { type: "rotation" };
      return { name: `on ${type} ${JSON.stringify(settings)} in ${d}-D`, flow: between(d, part, { type, ...settings }) };
    }),
  ),
);

const pair = (transform: object, net: object): Part[] => [
  { type: "coupling", mask: [1, 0], transform, net },
  { type: "coupling", mask: [0, 1], transform, net, invert: true },
];
const spline = { type: "rqs", bins: 4, bound: 3 };
const mlp = (hidden: number[], activation: string) => ({ type: "mlp", hidden, activation });
const plain: Part[] = [
  { type: "planar" },
  { type: "rotation" },
  { type: "actnorm" },
  { type: "permute" },
  { type: "planar", invert: true },
];

/** One small flow for each path through the kernels. */
export const fusedPaths: readonly FusedCase[] = [
  { name: "tables of one hidden layer", flow: flowOf(2, pair({ type: "affine" }, mlp([5], "relu"))) },
  { name: "tables of two hidden layers", flow: flowOf(2, pair(spline, mlp([6, 5], "leaky-relu"))) },
  { name: "dense networks", flow: flowOf(2, pair({ type: "affine", scaleMap: { type: "tanh" } }, mlp([6, 5], "tanh"))) },
  { name: "dense networks with splines", flow: flowOf(2, pair(spline, mlp([5, 3, 6], "silu")), { type: "diagNormal" }) },
  { name: "layers without networks", flow: flowOf(3, plain, { type: "mixture", k: 3 }) },
];

/** A chain with a table, a spline behind a dense network, and every other kind of layer that learns. */
export const chainOfAll: readonly Part[] = [
  { type: "coupling", mask: [1, 0], transform: { type: "affine" }, net: mlp([16, 12], "relu") },
  { type: "rotation", angle: 0.4 },
  { type: "coupling", mask: [0, 1], transform: { type: "rqs", bins: 4, bound: 4 }, net: mlp([8, 8], "tanh"), invert: true },
  { type: "planar" },
  { type: "actnorm" },
];

/** n points that a flow in d dimensions can learn from: moons, and more moons in further pairs of coordinates. */
export function manyMoons(d: number, n: number, ...key: readonly (string | number)[]): Float32Array {
  const pairs = Array.from({ length: Math.ceil(d / 2) }, (_, pair) => moonPoints(n, "many", pair, ...key));
  return Float32Array.from({ length: n * d }, (_, at) => {
    const [row, i] = [Math.floor(at / d), at % d];
    return pairs[i >> 1]?.[2 * row + (i % 2)] as number;
  });
}

function manyMoonSource(d: number, batch: number): BatchSource {
  return { batch: (step) => manyMoons(d, batch, "batch", step), heldOut: new Float32Array(0) };
}

/** Parameters and points at which answers are compared. */
export interface Setting {
  readonly parameters: Float32Array;
  readonly points: Float32Array;
}

export const SETTINGS = ["random", "trained"] as const;
export type SettingName = (typeof SETTINGS)[number];

/** Points of a setting: neither whole vectors nor a whole chunk. */
const POINTS = 37;
const known = new Map<string, Promise<Setting>>();

/** The same for all variants of the kernels: whichever asks first trains. */
export function settingOf(of: FusedCase, name: SettingName, source: KernelSource): Promise<Setting> {
  const key = `${name} ${of.name}`;
  const setting = known.get(key) ?? (name === "random" ? drawn(of) : trained(of, source));
  known.set(key, setting);
  return setting;
}

/** A box has edges that training runs into: there, log p is −∞. */
export function hasBox({ flow }: FusedCase): boolean {
  return flow.base.type === "uniform";
}

/** Random parameters, and points near the data and far out; or such as stay in the box. */
async function drawn(of: FusedCase): Promise<Setting> {
  const points = pointsOf(of.flow.d, POINTS, "fused");
  if (!hasBox(of)) return { parameters: perturbed(of.flow, SPREAD), points };
  return { parameters: perturbed(of.flow, 0.05), points: points.map((value) => Math.max(-0.6, Math.min(0.6, 0.2 * value))) };
}

/** Parameters after some training by the kernels, and fresh data. */
async function trained({ flow }: FusedCase, source: KernelSource): Promise<Setting> {
  const compute = fusedCompute(flow, source);
  const trainer = await startTrainer(flow, manyMoonSource(flow.d, flow.spec.train.batch), compute);
  await steps(trainer, flow.spec.train.steps);
  const parameters = trainer.state.parameters.slice();
  trainer.dispose();
  compute.dispose();
  return { parameters, points: manyMoons(flow.d, POINTS, "fresh") };
}
