/** The laws of whole flows: chains of mixed layers, some of them inverted, in several dimensions. */
import assert from "node:assert/strict";
import { tensorEvaluator } from "../../src/flows/compute/tensor-evaluator";
import type { Flow } from "../../src/flows/flow";
import { Random } from "../../src/flows/random";
import { tf } from "../../src/flows/tf";
import { initializeFromData } from "../../src/flows/training/initialize";
import { onEveryBackend } from "../support/backend";
import { pointsOf, rowsOf } from "../support/cases";
import { flowOf, oracleLogProb, type Part, perturbed } from "../support/flows";
import { assertClose, autodiffJacobians } from "../support/laws";
import { linspace, logAbsDet, mean } from "../support/numeric";
import { FLOW_ROUND_TRIP, MASS, ORACLE_LOG_PROB, WHITE, WHOLE_JACOBIAN } from "../support/tolerances";

const SPREAD = 0.25;
/** Spread of the parameters for the integral: no ridge of the density is thinner than a cell of the grid. */
const BROAD = 0.15;
const net = (activation: string) => ({ type: "mlp", hidden: [12, 12], activation });
const alternating = (d: number, first: 0 | 1) => Array.from({ length: d }, (_, i) => (i + first) % 2);

function mixed(d: number): Part[] {
  return [
    { type: "affine", logScale: 0.3, shift: -0.2 },
    { type: "coupling", mask: alternating(d, 0), transform: { type: "affine" }, net: net("tanh") },
    { type: "rotation" },
    { type: "coupling", mask: alternating(d, 1), transform: { type: "rqs", bins: 5, bound: 4 }, net: net("silu"), invert: true },
    { type: "planar" },
    { type: "permute", order: "shuffle" },
    { type: "coupling", mask: alternating(d, 1), transform: { type: "additive" }, net: net("relu") },
    { type: "planar", invert: true },
    { type: "coupling", mask: alternating(d, 0), transform: { type: "rqs", bins: 4, bound: 5 }, net: net("tanh") },
    { type: "actnorm", logScale: 0.2, initialized: true, invert: true },
  ];
}

const line: Part[] = [
  { type: "affine", logScale: 0.5, shift: 1 },
  { type: "planar" },
  { type: "planar", invert: true },
  { type: "actnorm", logScale: -0.4, shift: 0.5, initialized: true },
];

const flows: readonly { name: string; flow: Flow }[] = [
  { name: "a chain in 1-D", flow: flowOf(1, line) },
  { name: "a chain in 2-D", flow: flowOf(2, mixed(2)) },
  { name: "a chain on a mixture in 2-D", flow: flowOf(2, mixed(2), { type: "mixture", k: 3, logits: [0.5, 0, -0.7] }) },
  { name: "a chain in 3-D", flow: flowOf(3, mixed(3), { type: "diagNormal", loc: 0.3, logScale: 0.2 }) },
  { name: "a chain in 8-D", flow: flowOf(8, mixed(8)) },
  { name: "a flow without layers", flow: flowOf(2, []) },
];

describe("whole flows", () => {
  onEveryBackend(() => {
    for (const { name, flow } of flows) describe(name, () => laws(flow));
    dataDependentStart();
  });
});

function laws(flow: Flow): void {
  const { d } = flow;
  const parameters = perturbed(flow, SPREAD);
  const points = pointsOf(d, 24, "flows").map((value) => 0.8 * value);
  const K = flow.layers.length;

  it("log p(x) is log p₀(z₀) minus the log-dets of the maps base → data, whether found on the way back or on the way on", () => {
    flow.with(parameters, (bound) => {
      const x = tf.tensor2d(points, [24, d]);
      const back = bound.normalize(x);
      assert.deepEqual([back.stages.length, back.logDets.length], [K + 1, K]);
      const z = back.stages[0] as tf.Tensor2D;
      const on = bound.generate(z);
      const start = bound.logBase(z).dataSync();
      const minus = (logDets: readonly tf.Tensor[]) =>
        start.map((value, row) => logDets.reduce((sum, logDet) => sum - (logDet.dataSync()[row] as number), value));
      const logProb = bound.logProb(x).dataSync();
      assertClose(minus(back.logDets), logProb, WHOLE_JACOBIAN, "from normalize");
      assertClose(minus(on.logDets), logProb, WHOLE_JACOBIAN, "from generate");
      for (let k = 0; k <= K; k++)
        assertClose((on.stages[k] as tf.Tensor).dataSync(), (back.stages[k] as tf.Tensor).dataSync(), FLOW_ROUND_TRIP, `stage ${k}`);
      return tf.scalar(0);
    });
  });

  it("log p(x) is that of the double-precision oracle", () => {
    const engine = flow.with(parameters, (bound) => bound.logProb(tf.tensor2d(points, [24, d])));
    const expected = rowsOf(points, d).map((x) => oracleLogProb(flow, parameters, x));
    assertClose(engine.dataSync(), expected, ORACLE_LOG_PROB, "log p");
    engine.dispose();
  });

  it("the sum of the log-dets is the log-determinant of the whole Jacobian, in both directions", () => {
    for (const way of ["generate", "normalize"] as const) {
      const whole = (x: tf.Tensor2D) => {
        const trace = flow.bind(flow.layout.tensors(parameters))[way](x);
        const end = trace.stages[way === "generate" ? K : 0] as tf.Tensor2D;
        const sum = trace.logDets.reduce<tf.Tensor>((total, logDet) => total.add(logDet), tf.zeros([x.shape[0]]));
        return { points: end, logDet: (way === "generate" ? sum : sum.neg()) as tf.Tensor1D };
      };
      const sums = tf.tidy(() => whole(tf.tensor2d(points, [24, d])).logDet.dataSync());
      const determinants = autodiffJacobians(whole, points, d).map((jacobian) => logAbsDet(jacobian).log);
      assertClose(sums, determinants, WHOLE_JACOBIAN, way);
    }
  });

  if (d <= 2)
    it("the density integrates to 1 on a grid", () => {
      const cells = d === 1 ? 4000 : 200;
      const reach = d === 1 ? 40 : 10;
      const side = (2 * reach) / cells;
      const at = linspace(-reach + side / 2, reach - side / 2, cells);
      const grid = Float32Array.from(d === 1 ? at : at.flatMap((x) => at.flatMap((y) => [x, y])));
      const logProb = flow.with(perturbed(flow, BROAD), (bound) => bound.logProb(tf.tensor2d(grid, [grid.length / d, d])));
      const mass = logProb.dataSync<"float32">().reduce((sum, value) => sum + Math.exp(value), 0) * side ** d;
      logProb.dispose();
      assertClose([mass], [1], MASS, "mass");
    });

  it("a point that is not a number gets no number, and its neighbours keep theirs", () => {
    const spoilt = points.slice();
    spoilt[5 * d] = Number.NaN;
    const run = (at: Float32Array) =>
      tf.tidy(() =>
        flow
          .with(parameters, (bound) => bound.logProb(tf.tensor2d(at, [24, d])))
          .dataSync()
          .slice(),
      );
    const [clean, dirty] = [run(points), run(spoilt)];
    assert.ok(Number.isNaN(dirty[5]));
    assertClose(
      dirty.filter((_, row) => row !== 5),
      clean.filter((_, row) => row !== 5),
      FLOW_ROUND_TRIP,
      "the other rows",
    );
  });

  it("leaves no tensor behind", () => {
    const before = tf.memory().numTensors;
    const kept = flow.with(parameters, (bound) => bound.normalize(tf.tensor2d(points, [24, d])).logDets[0] ?? tf.scalar(0));
    assert.equal(tf.memory().numTensors, before + 1, "only what was asked for");
    kept.dispose();
    assert.equal(tf.memory().numTensors, before);
  });

  it("its samples of the base follow from the seed", () => {
    const draw = (seed: number) => flow.sampleBase(parameters, 6, new Random(seed, "samples"));
    assert.equal(draw(1).length, 6 * d);
    assert.deepEqual(draw(1), draw(1));
    assert.notDeepEqual(draw(1), draw(2));
  });
}

function dataDependentStart(): void {
  it("actnorm whitens the first batch where it stands: mean 0 and deviation 1 on its base side", async () => {
    const flow = flowOf(2, [
      { type: "actnorm" },
      { type: "rotation", angle: 0.4 },
      { type: "affine", logScale: [0.5, -1], shift: 3 },
      { type: "actnorm" },
    ]);
    const parameters = flow.layout.initial(1);
    const batch = pointsOf(2, 500, "whiten").map((value, i) => (i % 2 === 0 ? 30 * value - 7 : 0.01 * value + 4));
    const before = tf.memory().numTensors;
    await initializeFromData(flow, tensorEvaluator(flow), parameters, batch);
    assert.equal(tf.memory().numTensors, before, "no tensor is left");
    const stages = flow.with(parameters, (bound) => bound.normalize(tf.tensor2d(batch, [500, 2])).stages as tf.Tensor2D[]);
    for (const k of [0, 3]) {
      for (const i of [0, 1]) {
        const column = rowsOf((stages[k] as tf.Tensor2D).dataSync(), 2).map((row) => row[i] as number);
        assertClose([mean(column), Math.sqrt(mean(column.map((value) => value * value)))], [0, 1], WHITE, `stage ${k}, coordinate ${i}`);
      }
    }
    tf.dispose(stages);
  });

  it("a constant column gets a small deviation instead of the logarithm of zero", async () => {
    const flow = flowOf(2, [{ type: "actnorm" }]);
    const parameters = flow.layout.initial(1);
    await initializeFromData(
      flow,
      tensorEvaluator(flow),
      parameters,
      Float32Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 3 : i)),
    );
    assert.ok(parameters.every(Number.isFinite));
  });

  it("an actnorm that says it is initialised, or that is stored inverted, keeps its numbers", async () => {
    const flow = flowOf(2, [
      { type: "actnorm", logScale: 0.7, shift: 2, initialized: true },
      { type: "actnorm", logScale: 0.3, invert: true },
    ]);
    const parameters = flow.layout.initial(1);
    const before = parameters.slice();
    await initializeFromData(flow, tensorEvaluator(flow), parameters, pointsOf(2, 100, "kept"));
    assert.deepEqual(parameters, before);
  });
}
