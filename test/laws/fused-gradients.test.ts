/** Gradients of fused kernels against the double-precision oracle, which shares no code with them or with tensor operations. */
import type { Flow } from "../../src/flows/flow";
import type { Slot } from "../../src/flows/parameters";
import { Random } from "../../src/flows/random";
import { initialState } from "../../src/flows/training/state";
import type { KernelSource } from "../../src/kernels/flow-kernels";
import { rowsOf } from "../support/cases";
import { oracleLogProb } from "../support/flows";
import { fusedCompute, onEveryVariant } from "../support/fused";
import {
  type FusedCase,
  fusedBases,
  fusedLayers,
  hasBox,
  SETTINGS,
  type Setting,
  type SettingName,
  settingOf,
} from "../support/fused-cases";
import { assertClose } from "../support/laws";
import { mean, norm } from "../support/numeric";
import { FUSED_ORACLE_GRADIENT, ORACLE_LOG_PROB } from "../support/tolerances";

const POINTS = 6;
/** Rounding of the oracle's inner differences (1e-10) and truncation of this step (its square) both stay below 1e-6. */
const STEP = 1e-4;

/** A direction in which only one parameter's numbers move, of length 1. */
function directionOf(flow: Flow, { key, offset, size }: Slot): Float64Array {
  const random = new Random("direction", key);
  const all = new Float64Array(flow.layout.size);
  for (let i = offset; i < offset + size; i++) all[i] = random.normal();
  const length = norm(all);
  return all.map((value) => value / length);
}

interface Expected {
  readonly loss: number;
  /** Slope of the loss along the direction of each parameter. */
  readonly slopes: readonly number[];
}

const known = new Map<string, Expected>(); // the oracle's answer is the same for all variants of the kernels

function oracle({ name, flow }: FusedCase, setting: SettingName, { parameters, points }: Setting): Expected {
  const rows = rowsOf(points.subarray(0, POINTS * flow.d), flow.d);
  const loss = (flat: ArrayLike<number>) => -mean(rows.map((x) => oracleLogProb(flow, flat, x)));
  const slope = (direction: Float64Array) => {
    const moved = (by: number) => loss(direction.map((value, i) => (parameters[i] as number) + by * value));
    return (moved(STEP) - moved(-STEP)) / (2 * STEP);
  };
  const key = `${setting} ${name}`;
  const found = known.get(key) ?? {
    loss: loss(parameters),
    slopes: flow.layout.slots.map((slot) => slope(directionOf(flow, slot))),
  };
  known.set(key, found);
  return found;
}

describe("gradients of fused kernels", () => {
  onEveryVariant((source) => {
    for (const of of [...fusedLayers, ...fusedBases])
      for (const setting of SETTINGS) if (!(setting === "trained" && hasBox(of))) isTheOracles(of, setting, source);
  });
});

function isTheOracles(of: FusedCase, name: SettingName, source: KernelSource): void {
  it(`${of.name}, ${name} parameters: the loss, and its slope along each parameter, are the oracle's`, async () => {
    const { flow } = of;
    const setting = await settingOf(of, name, source);
    const expected = oracle(of, name, setting);
    const learner = fusedCompute(flow, source).learner(initialState(flow, flow.spec.train, setting.parameters));
    const { loss, gradient } = await learner.gradient(setting.points.slice(0, POINTS * flow.d));
    learner.dispose();
    assertClose([loss], [expected.loss], ORACLE_LOG_PROB, "loss");
    const slopes = flow.layout.slots.map((slot) => {
      const direction = directionOf(flow, slot);
      return gradient.reduce((sum, value, i) => sum + value * (direction[i] as number), 0);
    });
    assertClose(slopes, expected.slopes, FUSED_ORACLE_GRADIENT, `slopes along ${flow.layout.slots.map(({ key }) => key).join(", ")}`);
  });
}
