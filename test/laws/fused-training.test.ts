/** Training by fused kernels against training by tensor operations, step by step. */
import assert from "node:assert/strict";
import { tensorCompute } from "../../src/flows/compute/tensor-compute";
import { tensorEvaluator } from "../../src/flows/compute/tensor-evaluator";
import type { TrainSpec } from "../../src/flows/flow-spec";
import { findCulprit } from "../../src/flows/training/culprit";
import { learningRate } from "../../src/flows/training/schedule";
import { copyState, type TrainingState } from "../../src/flows/training/state";
import type { StepOutcome } from "../../src/flows/training/trainer";
import type { KernelSource } from "../../src/kernels/flow-kernels";
import { useBackend } from "../support/backend";
import { flowOf, type Part } from "../support/flows";
import { answerOf, assertSameAnswer, fusedCompute, onEveryVariant } from "../support/fused";
import { chainOfAll } from "../support/fused-cases";
import { assertClose } from "../support/laws";
import { norm } from "../support/numeric";
import { FUSED_GRADIENT, FUSED_LOG_DENSITY, FUSED_STEP, WHITE } from "../support/tolerances";
import { moonPoints, moonSource, startTrainer, steps } from "../support/training";

/** Work for two threads: two chunks and a part of one. */
const BATCH = 300;
const flowWith = (train: Partial<TrainSpec>, parts = chainOfAll, base: Part = { type: "mixture", k: 2 }) =>
  flowOf(2, parts, base, { batch: BATCH, ...train });

const adam = (weightDecay: number) => ({ type: "adam", lr: 1e-2, weightDecay }) as const;
const runs = {
  plain: flowWith({ clipNorm: 0 }),
  "with a long gradient clipped": flowWith({ clipNorm: 0.05 }),
  "with weight decay": flowWith({ optimizer: adam(0.1) }),
  "with an average": flowWith({ ema: 0.9 }),
  "with frozen layers and a frozen base": flowWith(
    { optimizer: adam(0.1), ema: 0.9 },
    chainOfAll.map((part, i) => ({ ...part, trainable: i % 2 === 1 })),
    { type: "mixture", k: 2, trainable: false },
  ),
  "all at once, on a cosine": flowWith({ optimizer: adam(0.05), clipNorm: 0.1, ema: 0.99, schedule: { type: "cosine" }, steps: 40 }),
};

function assertLoss(outcome: StepOutcome, expected: StepOutcome): void {
  assert.ok(outcome.ok && expected.ok);
  assertClose([outcome.loss], [expected.loss], FUSED_LOG_DENSITY, "loss");
  assertClose([outcome.gradientNorm / expected.gradientNorm], [1], FUSED_GRADIENT, "length of the gradient");
}

/** Differences in units of the vector's length. */
function offOf(values: Float32Array, expected: Float32Array): number {
  return norm(values.map((value, i) => value - (expected[i] as number))) / norm(expected);
}

describe("training by fused kernels", () => {
  before(() => useBackend("cpu"));

  onEveryVariant((source) => {
    for (const name of Object.keys(runs) as (keyof typeof runs)[]) oneStep(name, source);
    start(source);
    withoutLayers(source);
    ends(source);
  });
});

/** Adam's step by the formula, from the moments that the kernels found. */
function moved(before: TrainingState, { adam: { m, v } }: TrainingState, rate: number, weightDecay: number, slots: readonly boolean[]) {
  const step = before.step + 1;
  return Array.from(before.parameters, (value, i) => {
    if (!slots[i]) return value;
    const direction = (m[i] as number) / (1 - 0.9 ** step) / (Math.sqrt((v[i] as number) / (1 - 0.999 ** step)) + 1e-8);
    return value - rate * (direction + weightDecay * value);
  });
}

function oneStep(name: keyof typeof runs, source: KernelSource): void {
  const flow = runs[name];

  it(`a step from a state in the middle of a run is that of tensor operations: ${name}`, async () => {
    const compute = fusedCompute(flow, source);
    const trainer = await startTrainer(flow, moonSource(BATCH), compute);
    await steps(trainer, 10);
    trainer.halveRate();
    const before = copyState(trainer.state);
    const outcome = await trainer.step();
    const actual = trainer.state;

    const rate = learningRate(flow.spec.train, 11) / 2;
    const { optimizer, clipNorm, ema } = flow.spec.train;
    const plain = tensorCompute(flow).learner(before);
    const { loss, gradientNorm } = await plain.step(moonSource(BATCH).batch(11), {
      step: 11,
      rate,
      clipNorm,
      ema,
      weightDecay: optimizer.weightDecay,
    });
    assertLoss(outcome, { ok: true, loss, gradientNorm, rate });
    assert.equal(outcome.ok && outcome.rate, rate);
    assert.ok(offOf(actual.adam.m, plain.state.adam.m) < FUSED_GRADIENT.abs, "first moment");
    assert.ok(offOf(actual.adam.v, plain.state.adam.v) < FUSED_GRADIENT.abs, "second moment");
    const trainable = flow.layout.slots.flatMap((slot) => new Array<boolean>(slot.size).fill(slot.trainable));
    assertClose(actual.parameters, moved(before, actual, rate, optimizer.weightDecay, trainable), FUSED_STEP, "parameters");
    if (ema > 0) {
      const keep = Math.min(ema, 11 / 21);
      const expected = before.average?.map((value, i) => keep * value + (1 - keep) * (actual.parameters[i] as number));
      assertClose(actual.average as Float32Array, expected as Float32Array, FUSED_STEP, "average");
    }
    trainer.dispose();
    compute.dispose();
  });
}

function start(source: KernelSource): void {
  it("layers that start from data start from the same numbers as with tensor operations", async () => {
    const flow = flowWith({}, [...chainOfAll, { type: "affine", logScale: 0.4 }, { type: "actnorm" }]);
    const [fused, plain] = [
      await startTrainer(flow, moonSource(BATCH), fusedCompute(flow, source)),
      await startTrainer(flow, moonSource(BATCH)),
    ];
    assertClose(fused.state.parameters, plain.state.parameters, WHITE, "parameters");
    fused.dispose();
  });
}

function withoutLayers(source: KernelSource): void {
  it("a flow without layers has the density of its base, and trains it", async () => {
    const flow = flowWith({}, [], { type: "mixture", k: 3 });
    const points = moonPoints(50, "base");
    const parameters = flow.layout.initial(1);
    const expected = await tensorCompute(flow).evaluator.logBase(parameters, points);
    for (const crew of [1, 2]) {
      const compute = fusedCompute(flow, source, crew);
      const [density] = await compute.evaluator.logDensities(parameters, [{ stage: 0, points }]);
      assertClose(density as Float32Array, expected, FUSED_LOG_DENSITY, "log p");
      assertSameAnswer(
        await answerOf(compute, flow, parameters, points),
        await answerOf(tensorCompute(flow), flow, parameters, points),
        "",
      );
      const trainer = await startTrainer(flow, moonSource(BATCH), compute);
      const losses = (await steps(trainer, 40)).map((outcome) => (outcome.ok ? outcome.loss : Number.NaN));
      assert.ok((losses[39] as number) < (losses[0] as number), `${losses[0]} to ${losses[39]}`);
      trainer.dispose();
      compute.dispose();
    }
  });
}

function ends(source: KernelSource): void {
  it("a divergence is seen at the very step, and its culprit is the one that tensor operations name", async () => {
    const exp = { type: "affine", scaleMap: { type: "exp" } };
    const parts = [0, 1].map(
      (i): Part => ({
        type: "coupling",
        mask: i === 0 ? [1, 0] : [0, 1],
        transform: exp,
        net: { type: "mlp", hidden: [8, 8], activation: "relu" },
      }),
    );
    const train = { optimizer: { type: "adam", lr: 10, weightDecay: 0 }, schedule: { type: "constant" }, clipNorm: 0 } as const;
    for (const flow of [flowWith(train, parts), flowWith(train, [...parts, { type: "planar" }], { type: "normal" })]) {
      const trainer = await startTrainer(flow, moonSource(BATCH), fusedCompute(flow, source));
      const plain = tensorCompute(flow).learner(trainer.state);
      let before = copyState(trainer.state);
      let outcome = await trainer.step();
      while (outcome.ok && before.step < 500) {
        before = copyState(trainer.state);
        outcome = await trainer.step();
      }
      assert.ok(!outcome.ok && before.step > 0, "after some steps that were finite");
      plain.load(before);
      const batch = moonSource(BATCH).batch(before.step + 1);
      const { loss, gradient } = await plain.gradient(batch);
      assert.equal(Number.isFinite(loss), outcome.because === "gradient-not-finite");
      assert.ok(!Number.isFinite(norm(gradient)));
      assert.deepEqual(outcome.culprit, await findCulprit(flow, tensorEvaluator(flow), before.parameters, batch, gradient));
      trainer.dispose();
    }
  });
}
