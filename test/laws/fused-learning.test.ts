/**
 * Whether fused kernels learn what they should: a wrong end of a block or a table that drifts can pass every check of a gradient and still
 * ruin the density. So two runs of the length that people train are held against the exact density of the target, on points they never saw.
 */
import assert from "node:assert/strict";
import type { Flow } from "../../src/flows/flow";
import type { KernelSource } from "../../src/kernels/flow-kernels";
import { rowsOf } from "../support/cases";
import { densities } from "../support/densities";
import { flowOf, type Part } from "../support/flows";
import { answerOf, fusedCompute, onEveryVariant } from "../support/fused";
import { denseTwin, toTwin, withZero } from "../support/fused-tables";
import { assertClose } from "../support/laws";
import { mean, standardError } from "../support/numeric";
import { FUSED_LOG_DENSITY, LEARNED, LOSS_TO_HELD_OUT, STANDARD_ERRORS } from "../support/tolerances";
import { moonPoints, moonSource, startTrainer } from "../support/training";

const BATCH = 512;
const HELD_OUT = moonPoints(20_000, "held out");
/** Held-out points that the training pass takes at once. */
const ONE_BATCH = 10_001;
const net = { type: "mlp", hidden: [64, 64], activation: "relu" };

function couplings(count: number, transform: object): Flow {
  const parts = Array.from({ length: count }, (_, i): Part => ({ type: "coupling", mask: i % 2 === 0 ? [1, 0] : [0, 1], transform, net }));
  return flowOf(2, parts, { type: "normal" }, { batch: BATCH, schedule: { type: "constant" } });
}

const runs = [
  { name: "8 affine couplings", flow: couplings(8, { type: "affine" }), checks: LEARNED.affine },
  { name: "6 spline couplings", flow: couplings(6, { type: "rqs", bins: 8, bound: 5 }), checks: LEARNED.splines },
];

/** log p of the target itself; the double-precision density is the sum over a curve, so it is found once. */
let exact: number[] = [];

describe("what fused kernels learn", () => {
  before(() => {
    exact = rowsOf(HELD_OUT, 2).map(([x, y]) => Math.log(densities.moons?.at(x as number, y as number) as number));
  });

  onEveryVariant((source) => {
    for (const { name, flow, checks } of runs)
      it(`${name}: held-out likelihood after ${checks.map(({ step }) => step).join(" and ")} steps is near the target's own, and near the loss`, () =>
        learns(flow, source, checks));
  });
});

async function learns(
  flow: Flow,
  source: KernelSource,
  checks: readonly { readonly step: number; readonly excess: number }[],
): Promise<void> {
  const compute = fusedCompute(flow, source);
  const trainer = await startTrainer(flow, moonSource(BATCH), compute);
  const losses: number[] = [];
  for (const { step, excess } of checks) {
    while (losses.length < step) {
      const outcome = await trainer.step();
      assert.ok(outcome.ok, `step ${losses.length + 1}`);
      losses.push(outcome.loss);
    }
    const parameters = trainer.state.parameters.slice();
    const question = [{ stage: flow.layers.length, points: HELD_OUT }];
    const [found] = (await compute.evaluator.logDensities(parameters, question)) as [Float32Array];
    const difference = exact.map((value, i) => value - (found[i] as number)); // its mean is the divergence from the target, never below 0
    const room = STANDARD_ERRORS * standardError(difference);
    const divergence = mean(difference);
    assert.ok(divergence > -room, `${divergence} nats after ${step} steps: better than the target itself`);
    assert.ok(divergence < excess, `${divergence} nats after ${step} steps`);
    const recent = mean(losses.slice(-100));
    assert.ok(
      Math.abs(recent + mean(found)) < LOSS_TO_HELD_OUT,
      `the loss is ${recent}, held out it is ${-mean(found)}, after ${step} steps`,
    );
    await isConfirmed(flow, source, parameters, found);
  }
  trainer.dispose();
  compute.dispose();
}

/** The same held-out likelihood by dense networks, and as the loss of the training pass. */
async function isConfirmed(flow: Flow, source: KernelSource, parameters: Float32Array, found: Float32Array): Promise<void> {
  const twin = denseTwin(flow);
  const { evaluator } = fusedCompute(twin, source);
  const question = [{ stage: twin.layers.length, points: withZero(HELD_OUT) }];
  const [dense] = (await evaluator.logDensities(toTwin(flow, twin, parameters), question)) as [Float32Array];
  evaluator.dispose();
  assertClose([mean(found)], [mean(dense) + 0.5 * Math.log(2 * Math.PI)], FUSED_LOG_DENSITY, "by dense networks");
  const { loss } = await answerOf(fusedCompute(flow, source), flow, parameters, HELD_OUT.slice(0, 2 * ONE_BATCH));
  assertClose([loss], [-mean(found.subarray(0, ONE_BATCH))], FUSED_LOG_DENSITY, "as the loss of one batch");
}
