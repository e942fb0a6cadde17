/** Fused kernels against tensor operations: every layer, transform, scale map, network and base, at random and at trained parameters. */
import type { Compute } from "../../src/flows/compute/compute";
import { tensorCompute } from "../../src/flows/compute/tensor-compute";
import { affineTransform } from "../../src/flows/transforms/affine";
import type { KernelSource } from "../../src/kernels/flow-kernels";
import { useBackend } from "../support/backend";
import { pointsOf } from "../support/cases";
import { flowOf, perturbed } from "../support/flows";
import { answerOf, assertSameAnswer, fusedCompute, onEveryVariant } from "../support/fused";
import {
  type FusedCase,
  fusedBases,
  fusedCouplings,
  fusedLayers,
  hasBox,
  SETTINGS,
  type Setting,
  type SettingName,
  settingOf,
} from "../support/fused-cases";
import { assertClose } from "../support/laws";
import { FUSED_JACOBIAN, FUSED_LOG_DENSITY, FUSED_LOG_DET, FUSED_POINTS, type Tolerance } from "../support/tolerances";

/** All that can be asked of an evaluator, by name. */
async function evaluated({ evaluator }: Compute, { flow }: FusedCase, { parameters, points }: Setting) {
  const K = flow.layers.length;
  const [back, on] = [await evaluator.walk(parameters, points, K, 0), await evaluator.walk(parameters, points, 0, K)];
  const part = await evaluator.walk(parameters, points, K - 1, 1);
  const questions = [K, 1, 2, 0].map((stage, i) => ({ stage, points: points.slice(0, (4 * i + 1) * flow.d) }));
  const densities = await evaluator.logDensities(parameters, questions);
  const jacobians = await Promise.all(Array.from({ length: K }, (_, k) => evaluator.jacobians(parameters, k + 1, points)));
  return {
    "stages from data to base": back.stages,
    "stages from base to data": on.stages,
    "stages within the chain": part.stages,
    "log-dets from data to base": back.logDets,
    "log-dets from base to data": on.logDets,
    "log-dets within the chain": part.logDets,
    "log-densities of the base": await evaluator.logBase(parameters, points),
    "log-densities of several stages": densities.flatMap((values) => [...values]),
    Jacobians: jacobians.flatMap((values) => [...values]),
  };
}
type Evaluated = Awaited<ReturnType<typeof evaluated>>;

const allowed: Readonly<Record<keyof Evaluated, Tolerance>> = {
  "stages from data to base": FUSED_POINTS,
  "stages from base to data": FUSED_POINTS,
  "stages within the chain": FUSED_POINTS,
  "log-dets from data to base": FUSED_LOG_DET,
  "log-dets from base to data": FUSED_LOG_DET,
  "log-dets within the chain": FUSED_LOG_DET,
  "log-densities of the base": FUSED_LOG_DENSITY,
  "log-densities of several stages": FUSED_LOG_DENSITY,
  Jacobians: FUSED_JACOBIAN,
};

/** What tensor operations say, which is the same for all variants of the kernels. */
const known = new Map<string, unknown>();
async function once<T>(key: string, compute: () => Promise<T>): Promise<T> {
  if (!known.has(key)) known.set(key, await compute());
  return known.get(key) as T;
}

/** Raw numbers at which scale maps are steep, flat, cut off, or about to overflow. */
const RAW_SCALES = [-30, -8, -2, 1, 2.5, 2.95, 3.1, 6, 30];
const scaleMaps = affineTransform.examples.map(({ scaleMap = { type: "softclip" } }) => scaleMap as { readonly type: string });

describe("fused kernels and tensor operations", () => {
  before(() => useBackend("cpu"));

  onEveryVariant((source) => {
    for (const of of [...fusedLayers, ...fusedCouplings, ...fusedBases])
      for (const setting of SETTINGS) if (!(setting === "trained" && hasBox(of))) agree(of, setting, source);
    for (const scaleMap of scaleMaps) for (const invert of [false, true]) farScales(scaleMap, invert, source);
  });
});

function farScales(scaleMap: object, invert: boolean, source: KernelSource): void {
  it(`scales ${JSON.stringify(scaleMap)}${invert ? ", inverted" : ""}: loss and gradient agree from ${RAW_SCALES[0]} to ${RAW_SCALES.at(-1)}`, async () => {
    const net = { type: "mlp", hidden: [5], activation: "relu" };
    const flow = flowOf(2, [{ type: "coupling", mask: [1, 0], transform: { type: "affine", scaleMap }, net, invert }]);
    const bias = flow.layout.slots.find(({ name }) => name === "net.1.bias")?.offset as number;
    for (const raw of RAW_SCALES) {
      const parameters = perturbed(flow, 0.05);
      parameters[bias + 1] = raw;
      const points = pointsOf(2, 21, "scales");
      const expected = await answerOf(tensorCompute(flow), flow, parameters, points);
      const actual = await answerOf(fusedCompute(flow, source), flow, parameters, points);
      assertSameAnswer(actual, expected, `at ${raw}`);
    }
  });
}

function agree(of: FusedCase, name: SettingName, source: KernelSource): void {
  it(`${of.name}, ${name} parameters: stages, log-dets, log-densities and Jacobians agree`, async () => {
    const setting = await settingOf(of, name, source);
    const compute = fusedCompute(of.flow, source);
    const actual = await evaluated(compute, of, setting);
    const expected = await once(`values ${name} ${of.name}`, () => evaluated(tensorCompute(of.flow), of, setting));
    for (const what of Object.keys(allowed) as (keyof Evaluated)[]) assertClose(actual[what], expected[what], allowed[what], what);
    compute.dispose();
  });

  it(`${of.name}, ${name} parameters: the loss and its gradient agree`, async () => {
    const setting = await settingOf(of, name, source);
    const ask = (compute: Compute) => answerOf(compute, of.flow, setting.parameters, setting.points);
    const expected = await once(`gradient ${name} ${of.name}`, () => ask(tensorCompute(of.flow)));
    assertSameAnswer(await ask(fusedCompute(of.flow, source)), expected, "of kernels");
  });
}
