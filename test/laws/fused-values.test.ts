/** Fused kernels against tensor operations: every layer, transform, scale map, network and base, at random and at trained parameters. */
import type { Compute } from "../../src/flows/compute/compute";
import { tensorCompute } from "../../src/flows/compute/tensor-compute";
import type { KernelSource } from "../../src/kernels/flow-kernels";
import { useBackend } from "../support/backend";
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

describe("fused kernels and tensor operations", () => {
  before(() => useBackend("cpu"));

  onEveryVariant((source) => {
    for (const of of [...fusedLayers, ...fusedCouplings, ...fusedBases])
      for (const setting of SETTINGS) if (!(setting === "trained" && hasBox(of))) agree(of, setting, source);
  });
});

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
