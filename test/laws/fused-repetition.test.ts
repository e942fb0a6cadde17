/** The same run again: the same bits from the same number of threads, and the same numbers but for rounding from another. */
import assert from "node:assert/strict";
import { copyState, type TrainingState } from "../../src/flows/training/state";
import type { Trainer } from "../../src/flows/training/trainer";
import type { KernelSource } from "../../src/kernels/flow-kernels";
import { flowOf } from "../support/flows";
import { fusedCompute, onEveryVariant } from "../support/fused";
import { chainOfAll } from "../support/fused-cases";
import { norm } from "../support/numeric";
import { THREADS_FIRST_STEP, THREADS_LATER } from "../support/tolerances";
import { moonSource, resumeTrainer, startTrainer, steps } from "../support/training";

/** Work for three threads: two chunks and a part of one. */
const BATCH = 300;
const STEPS = 50;
const flow = flowOf(2, chainOfAll, { type: "mixture", k: 2 }, { batch: BATCH, ema: 0.9 });

/** Differences in units of the vector's length. */
function offOf(values: Float32Array, expected: Float32Array): number {
  return norm(values.map((value, i) => value - (expected[i] as number))) / norm(expected);
}

describe("runs of fused kernels", () => {
  onEveryVariant(laws);
});

function laws(source: KernelSource): void {
  const begin = (crew: number) => startTrainer(flow, moonSource(BATCH), fusedCompute(flow, source, crew));
  const bits = ({ parameters, adam: { m, v }, average }: TrainingState) =>
    [parameters, m, v, average].map((values) => values && Array.from(new Uint32Array(values.slice().buffer)));

  for (const crew of [1, 2, 3])
    it(`the same seed gives the same bits after ${STEPS} steps, stopped and resumed or not, ${crew === 1 ? "1 thread" : `${crew} threads`}`, async () => {
      const [one, two] = [await begin(crew), await begin(crew)];
      await steps(one, STEPS);
      await steps(two, STEPS - 20);
      const copy = copyState(two.state);
      await steps(two, 20);
      assert.deepEqual(bits(two.state), bits(one.state));
      const resumed = resumeTrainer(flow, moonSource(BATCH), copy, fusedCompute(flow, source, crew));
      await steps(resumed, 20);
      assert.deepEqual(bits(resumed.state), bits(one.state));
      for (const each of [one, two, resumed]) each.dispose();
    });

  it(`two threads find the loss and the gradient of one, but for rounding, at first and after ${STEPS} steps`, async () => {
    const trainers: readonly [Trainer, Trainer] = [await begin(1), await begin(2)];
    for (let step = 1; step <= STEPS; step++) {
      const [one, two] = [await trainers[0].step(), await trainers[1].step()];
      const { loss, gradient } = step === 1 ? THREADS_FIRST_STEP : THREADS_LATER;
      assert.ok(one.ok && two.ok);
      assert.ok(Math.abs(one.loss - two.loss) <= loss, `step ${step}: losses ${one.loss} and ${two.loss}`);
      const off = offOf(trainers[1].state.adam.m, trainers[0].state.adam.m);
      assert.ok(off <= gradient, `step ${step}: first moment off by ${off} of its length`);
    }
    for (const trainer of trainers) trainer.dispose();
  });
}
