/** The plain arrays of the tensor way against the tensors behind them, on the flow of every example; and the Learner's promises. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Evaluator } from "../../src/flows/compute/compute";
import { tensorCompute } from "../../src/flows/compute/tensor-compute";
import { type BoundFlow, Flow } from "../../src/flows/flow";
import { tf } from "../../src/flows/tf";
import { copyState, initialState } from "../../src/flows/training/state";
import { parseDefinition } from "../../src/spec/parse";
import { onEveryBackend } from "../support/backend";
import { pointsOf } from "../support/cases";
import { perturbed } from "../support/flows";
import { assertClose, autodiffJacobians } from "../support/laws";
import { EXACT, JACOBIAN, ORACLE_LOG_PROB } from "../support/tolerances";
import { moonPoints } from "../support/training";

const FOLDER = path.join(__dirname, "../../examples");
const POINTS = 20;
const SPREAD = 0.1;

const examples = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".flow.json"))
  .map((file) => {
    const parsed = parseDefinition(readFileSync(path.join(FOLDER, file), "utf8"));
    assert.ok(parsed.ok, file);
    return { file, flow: new Flow(parsed.definition.spec) };
  });

/** The numbers of the tensors that a bound flow gives, one after the other. */
function numbers(flow: Flow, parameters: Float32Array, compute: (bound: BoundFlow) => readonly tf.Tensor[]): Float32Array {
  return tf.tidy(() =>
    Float32Array.from(flow.with(parameters, (bound) => [...compute(bound)]).flatMap((tensor) => [...tensor.dataSync()])),
  );
}

/** log p_k of points in the space after layer k, layer by layer. */
function stageLogProb(bound: BoundFlow, stage: number, points: tf.Tensor2D): tf.Tensor {
  let z = points;
  let sum: tf.Tensor = tf.zeros([points.shape[0]]);
  for (let k = stage; k >= 1; k--) {
    const back = bound.toBase(k, z);
    z = back.points;
    sum = sum.add(back.logDet);
  }
  return bound.logBase(z).add(sum);
}

describe("the tensor way", () => {
  onEveryBackend(() => {
    for (const { file, flow } of examples) {
      describe(file, () => evaluation(flow, tensorCompute(flow).evaluator));
      describe(file, () => learning(flow));
    }
  });
});

function evaluation(flow: Flow, evaluator: Evaluator): void {
  const { d } = flow;
  const K = flow.layers.length;
  const parameters = perturbed(flow, SPREAD);
  const points = pointsOf(d, POINTS, "tensor way").map((value) => 0.6 * value);
  const matrix = () => tf.tensor2d(points, [POINTS, d]);

  it("walks to the base and to the data through the stages of the flow, with the log-dets of the maps base → data", async () => {
    for (const [from, to, way] of [
      [K, 0, "normalize"],
      [0, K, "generate"],
    ] as const) {
      const walk = await evaluator.walk(parameters, points, from, to);
      assert.equal(walk.n, POINTS);
      assertClose(
        walk.stages,
        numbers(flow, parameters, (bound) => bound[way](matrix()).stages),
        EXACT,
        `${way}, stages`,
      );
      assertClose(
        walk.logDets,
        numbers(flow, parameters, (bound) => bound[way](matrix()).logDets),
        EXACT,
        `${way}, log-dets`,
      );
    }
  });

  it("walks a part of the way as it walks the whole, and nowhere at all", async () => {
    const whole = await evaluator.walk(parameters, points, K, 0);
    const low = Math.floor(K / 2);
    const start = whole.stages.slice((K - 1) * POINTS * d, K * POINTS * d);
    const part = await evaluator.walk(parameters, start, K - 1, low);
    assertClose(part.stages, whole.stages.subarray(low * POINTS * d, K * POINTS * d), EXACT, "stages");
    assertClose(part.logDets, whole.logDets.subarray(low * POINTS, (K - 1) * POINTS), EXACT, "log-dets");
    const none = await evaluator.walk(parameters, points, low, low);
    assert.deepEqual([none.stages, none.logDets], [points, new Float32Array(0)]);
  });

  it("answers several questions about densities in their own order, each as if it were alone", async () => {
    const few = points.slice(0, 7 * d);
    const questions = [
      { stage: 1, points: few },
      { stage: K, points },
      { stage: 0, points },
      { stage: K, points: few },
    ];
    const answers = await evaluator.logDensities(parameters, questions);
    questions.forEach(({ stage, points: asked }, i) => {
      const alone = numbers(flow, parameters, (bound) => [stageLogProb(bound, stage, tf.tensor2d(asked, [asked.length / d, d]))]);
      assertClose(answers[i] as Float32Array, alone, ORACLE_LOG_PROB, `question ${i}, stage ${stage}`);
    });
    const logProb = numbers(flow, parameters, (bound) => [bound.logProb(matrix())]);
    assertClose(answers[1] as Float32Array, logProb, ORACLE_LOG_PROB, "log p(x)");
    assertClose(await evaluator.logBase(parameters, points), answers[2] as Float32Array, EXACT, "log p₀");
    assert.deepEqual(await evaluator.logDensities(parameters, []), []);
  });

  it("gives the Jacobian of each layer's map base → data, row by row", async () => {
    for (let k = 1; k <= K; k++) {
      const found = await evaluator.jacobians(parameters, k, points);
      const map = (z: tf.Tensor2D) => flow.bind(flow.layout.tensors(parameters)).toData(k, z);
      assertClose(found, autodiffJacobians(map, points, d).flat(2), JACOBIAN, `layer ${k}`);
    }
  });

  it("leaves no tensor behind, and its answers to the asker", async () => {
    const before = tf.memory();
    const given = points.slice();
    const walk = await evaluator.walk(parameters, given, K, 0);
    const [answer] = await evaluator.logDensities(parameters, [{ stage: K, points: given }]);
    await evaluator.logBase(parameters, given);
    await evaluator.jacobians(parameters, 1, given);
    const after = tf.memory();
    assert.deepEqual([after.numTensors, after.numBytes], [before.numTensors, before.numBytes]);
    for (const values of [walk.stages, walk.logDets, answer as Float32Array]) values.fill(0);
    assert.deepEqual(given, points);
  });
}

function learning(flow: Flow): void {
  const rule = { step: 1, rate: 1e-3, weightDecay: 0, clipNorm: 5, ema: 0 };
  const start = () => initialState(flow, flow.spec.train, perturbed(flow, SPREAD));
  const batch = moonPoints(16, "tensor way");

  it("a gradient changes nothing and belongs to the step: the same loss, and the length that the step reports", async () => {
    const learner = tensorCompute(flow).learner(start());
    const before = copyState(learner.state);
    const { loss, gradient } = await learner.gradient(batch);
    assert.deepEqual(copyState(learner.state), before);
    const logProb = numbers(flow, before.parameters, (bound) => [bound.logProb(tf.tensor2d(batch, [16, flow.d]))]);
    assertClose([loss], [-logProb.reduce((sum, value) => sum + value, 0) / 16], ORACLE_LOG_PROB, "loss");
    const outcome = await learner.step(batch, rule);
    assert.deepEqual(outcome, { loss, gradientNorm: Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0)) });
    assert.equal(learner.state.step, 1);
    assert.notDeepEqual(learner.state.parameters, before.parameters);
  });

  it("a step with a loss that is no number changes nothing, and a kept state is gone back to without being used up", async () => {
    const learner = tensorCompute(flow).learner(start());
    await learner.step(batch, rule);
    const kept = copyState(learner.state);
    const { loss } = await learner.step(batch.slice().fill(Number.NaN), { ...rule, step: 2 });
    assert.ok(!Number.isFinite(loss));
    assert.deepEqual(copyState(learner.state), kept);
    const after = async () => {
      learner.load(kept);
      await learner.step(batch, { ...rule, step: 2 });
      return copyState(learner.state);
    };
    assert.deepEqual(await after(), await after());
    assert.equal(kept.step, 1);
  });
}
