/** What happens when numbers stop being finite: at once, with a name, and back to a state that is known to be good. */
import assert from "node:assert/strict";
import { tf } from "../../src/flows/tf";
import { findCulprit } from "../../src/flows/training/culprit";
import type { TrainingState } from "../../src/flows/training/state";
import { flowOf, type Part } from "../support/flows";
import { onEveryWay } from "../support/fused-ways";
import { moonPoints, moonSource, startTrainer } from "../support/training";

const net = { type: "mlp", hidden: [8, 8], activation: "relu" };
const exponential: Part[] = [
  { type: "coupling", mask: [1, 0], transform: { type: "affine", scaleMap: { type: "exp" } }, net },
  { type: "coupling", mask: [0, 1], transform: { type: "affine", scaleMap: { type: "exp" } }, net },
  { type: "actnorm" },
];
const ABSURD = { optimizer: { type: "adam", lr: 10, weightDecay: 0 }, schedule: { type: "constant" }, clipNorm: 0 } as const;
/** The trainer keeps a good state at least this often. */
const KEPT_EVERY = 50;

/** Independent of the trainer's own way of copying. structuredClone would share the memory of kernels instead of copying it. */
function snapshot({ parameters, adam, average, ...rest }: TrainingState): TrainingState {
  const copy = (values: Float32Array) => Float32Array.from(values);
  return { ...rest, parameters: copy(parameters), adam: { m: copy(adam.m), v: copy(adam.v) }, average: average && copy(average) };
}

describe("divergence", () => {
  onEveryWay((compute) => {
    it("an absurd learning rate with exp scales stops at the step where a number is no longer finite, names a layer, and goes back", async () => {
      const flow = flowOf(2, exponential, { type: "normal" }, ABSURD);
      const trainer = await startTrainer(flow, moonSource(32), compute(flow));
      const tensors = tf.memory().numTensors;
      const states = [snapshot(trainer.state)];
      let outcome = await trainer.step();
      while (outcome.ok && states.length < 500) {
        states.push(snapshot(trainer.state));
        outcome = await trainer.step();
      }
      assert.ok(!outcome.ok, "500 steps at this rate cannot go well");
      assert.ok(states.length > 1, "the first step is still finite");
      assert.ok(["loss-not-finite", "gradient-not-finite"].includes(outcome.because));
      assert.ok(
        outcome.culprit.layer !== null && outcome.culprit.layer >= 1 && outcome.culprit.layer <= 3,
        JSON.stringify(outcome.culprit),
      );
      const { step, parameters, adam } = trainer.state;
      assert.ok(step <= states.length - 1 && states.length - 1 - step < KEPT_EVERY, `back to step ${step} from step ${states.length - 1}`);
      assert.deepEqual(trainer.state, states[step]);
      assert.ok([parameters, adam.m, adam.v].every((values) => values.every(Number.isFinite)));
      assert.equal(tf.memory().numTensors, tensors, "no tensor is left, in the replay neither");
    });

    it("after a divergence the rate can be halved, and a sane one goes on from the kept state", async () => {
      const flow = flowOf(2, exponential, { type: "normal" }, { ...ABSURD, optimizer: { type: "adam", lr: 1e-3, weightDecay: 0 } });
      const good = moonSource(32);
      const source = { ...good, batch: (step: number) => (step === 3 && spoil ? good.batch(step).fill(Number.NaN) : good.batch(step)) };
      let spoil = true;
      const trainer = await startTrainer(flow, source, compute(flow));
      const outcomes = [await trainer.step(), await trainer.step(), await trainer.step()];
      assert.deepEqual(
        outcomes.map(({ ok }) => ok),
        [true, true, false],
      );
      assert.equal(trainer.state.step, 0);
      trainer.halveRate();
      spoil = false;
      const rates = [await trainer.step(), await trainer.step(), await trainer.step()].map((outcome) => outcome.ok && outcome.rate);
      assert.deepEqual(rates, [5e-4, 5e-4, 5e-4]);
      assert.equal(trainer.state.step, 3);
    });

    it("late in a run it goes back by less than the interval at which good states are kept, and draws the same batches again", async () => {
      const flow = flowOf(2, exponential, { type: "normal" }, { batch: 8 });
      const good = moonSource(8);
      const drawn: number[] = [];
      const source = {
        ...good,
        batch(step: number) {
          drawn.push(step);
          return step === 103 ? good.batch(step).fill(Number.NaN) : good.batch(step);
        },
      };
      const trainer = await startTrainer(flow, source, compute(flow));
      let kept = snapshot(trainer.state);
      for (let step = 1; step < 103; step++) {
        assert.ok((await trainer.step()).ok);
        if (step === 100) kept = snapshot(trainer.state);
      }
      assert.equal((await trainer.step()).ok, false);
      assert.deepEqual(trainer.state, kept);
      await trainer.step();
      assert.equal(drawn.at(-1), 101);
    });

    it("names the layer whose output is not finite first on the way to the base, with the rows concerned", async () => {
      const flow = flowOf(2, [{ type: "affine" }, { type: "affine" }, { type: "affine" }]);
      const parameters = flow.layout.initial(1);
      const shift = flow.layout.slots.find(({ key }) => key === "affine1.shift");
      parameters[shift?.offset as number] = Number.NaN;
      const gradient = new Float32Array(flow.layout.size);
      const before = tf.memory().numTensors;
      assert.deepEqual(await findCulprit(flow, compute(flow).evaluator, parameters, moonPoints(8), gradient), {
        layer: 2,
        what: "points",
        rows: 8,
        firstRow: 0,
      });
      const row = moonPoints(8);
      row[11] = Number.POSITIVE_INFINITY;
      assert.deepEqual(await findCulprit(flow, compute(flow).evaluator, flow.layout.initial(1), row, gradient), {
        layer: 3,
        what: "points",
        rows: 1,
        firstRow: 5,
      });
      assert.equal(tf.memory().numTensors, before);
    });

    it("blames the base where points leave its support, and the gradient's owner where all else is finite", async () => {
      const flow = flowOf(2, [{ type: "affine" }, { type: "planar" }], { type: "uniform", low: -3, high: 3 });
      const parameters = flow.layout.initial(1);
      const gradient = new Float32Array(flow.layout.size);
      const points = moonPoints(8).map((value) => 0.1 * value);
      points[6] = 50;
      const base = await findCulprit(flow, compute(flow).evaluator, parameters, points, gradient);
      assert.deepEqual(base, { layer: null, what: "log-density", rows: 1, firstRow: 3 });
      points[6] = 0;
      gradient[flow.layout.slots.find(({ owner }) => owner === "planar1")?.offset as number] = Number.NaN;
      assert.deepEqual(await findCulprit(flow, compute(flow).evaluator, parameters, points, gradient), {
        layer: 2,
        what: "gradient",
        rows: 0,
        firstRow: 0,
      });
    });
  });
});
