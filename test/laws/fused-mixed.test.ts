/** Chains in which kernels compute some layers and tensor operations the others: the numbers are those of tensor operations alone. */
import assert from "node:assert/strict";
import { chooseCompute, needsTensors } from "../../src/flows/compute/choose";
import type { Compute } from "../../src/flows/compute/compute";
import { type Lowering, lower } from "../../src/flows/compute/lowering";
import { tensorCompute } from "../../src/flows/compute/tensor-compute";
import type { Flow } from "../../src/flows/flow";
import { tf } from "../../src/flows/tf";
import type { KernelSource } from "../../src/kernels/flow-kernels";
import { onEveryBackend } from "../support/backend";
import { pointsOf } from "../support/cases";
import { flowOf, type Part, perturbed } from "../support/flows";
import { answerOf, assertSameAnswer, onEveryVariant } from "../support/fused";
import { moonPoints, moonSource, nll, startTrainer, steps } from "../support/training";

const SPREAD = 0.2;
const POINTS = 50;
const STEPS = 60;
const net = (activation: string) => ({ type: "mlp", hidden: [8, 6], activation });
const chain = (mask: number[], other: number[]): Part[] => [
  { type: "coupling", mask, transform: { type: "affine", scaleMap: { type: "tanh" } }, net: net("relu") },
  { type: "permute" },
  { type: "coupling", mask: other, transform: { type: "rqs", bins: 4, bound: 4 }, net: net("tanh"), invert: true },
  { type: "rotation" },
  { type: "planar", trainable: false },
  { type: "actnorm", initialized: true },
];

const flows: readonly { readonly name: string; readonly flow: Flow }[] = [
  { name: "in 2-D on a mixture", flow: flowOf(2, chain([1, 0], [0, 1]), { type: "mixture", k: 2 }) },
  { name: "in 3-D on a frozen base", flow: flowOf(3, chain([1, 0, 1], [0, 1, 0]), { type: "diagNormal", loc: 0.2, trainable: false }) },
];

/** Which layers keep their kernels, from the base to the data. */
const patterns = ["011111", "111110", "110111", "101010", "010101", "000100", "111000", "010000"];

function without(flow: Flow, pattern: string): Lowering {
  const { base, layers } = lower(flow);
  return { base, layers: layers.map((layer, i) => (pattern[i] === "1" ? layer : null)) };
}

const means = (kernels: KernelSource | null) => ({ kernels, threads: 1, processors: 2 });

/** Also when the same kernels are asked again, about other parameters and points. */
async function assertSame(flow: Flow, compute: Compute): Promise<void> {
  for (const seed of [1, 2]) {
    const parameters = perturbed(flow, SPREAD, seed);
    const points = pointsOf(flow.d, POINTS - seed, "mixed", seed);
    const expected = await answerOf(tensorCompute(flow), flow, parameters, points);
    assertSameAnswer(await answerOf(compute, flow, parameters, points), expected, `of question ${seed}`);
  }
}

describe("mixed chains", () => {
  onEveryBackend(() => {
    onEveryVariant((source) => {
      for (const { name, flow } of flows) describe(name, () => laws(flow, source));
    });
  });

  onEveryVariant(choices);
});

function laws(flow: Flow, source: KernelSource): void {
  for (const pattern of patterns)
    it(`loss and gradient are those of tensor operations, kernels for ${pattern}`, async () => {
      const lowering = without(flow, pattern);
      assert.ok(needsTensors(flow, source, lowering));
      const compute = chooseCompute(flow, means(source), lowering);
      assert.equal(compute.path, "mixed");
      assert.deepEqual(
        compute.layers.map((way) => way !== "tfjs"),
        [...pattern].map((bit) => bit === "1"),
      );
      const before = tf.memory().numTensors;
      await assertSame(flow, compute);
      assert.equal(tf.memory().numTensors, before, "no tensor is left");
      compute.dispose();
    });

  it("a base without a kernel leaves the layers theirs", async () => {
    const compute = chooseCompute(flow, means(source), { ...lower(flow), base: null });
    assert.equal(compute.path, "mixed");
    await assertSame(flow, compute);
    compute.dispose();
  });

  if (flow.d === 2)
    it("it trains, and leaves no tensor behind", async () => {
      const trained = flowOf(
        2,
        chain([1, 0], [0, 1]),
        { type: "normal" },
        { batch: 64, optimizer: { type: "adam", lr: 1e-2, weightDecay: 0 } },
      );
      const compute = chooseCompute(trained, means(source), without(trained, "110101"));
      const trainer = await startTrainer(trained, moonSource(64), compute);
      const held = moonPoints(500, "held out");
      const before = nll(trained, trainer.state.parameters, held);
      await steps(trainer, 1);
      const tensors = tf.memory().numTensors;
      await steps(trainer, STEPS);
      assert.equal(tf.memory().numTensors, tensors);
      const after = nll(trained, trainer.state.parameters, held);
      assert.ok(after < before - 0.2, `from ${before} to ${after}`);
      trainer.dispose();
      compute.dispose();
    });
}

function choices(source: KernelSource): void {
  it("without kernels, or where no layer has one, everything is tensor operations", () => {
    const { flow } = flows[0] as (typeof flows)[number];
    for (const compute of [chooseCompute(flow, means(null)), chooseCompute(flow, means(source), without(flow, "000000"))]) {
      assert.equal(compute.path, "tfjs");
      assert.deepEqual(
        compute.layers,
        flow.layers.map(() => "tfjs"),
      );
    }
    assert.ok(needsTensors(flow, null));
  });

  it("where every layer has a kernel, tensor operations are not needed, and the slowest way names the whole", () => {
    const table = flowOf(2, [{ type: "coupling", mask: [1, 0], transform: { type: "affine" }, net: net("relu") }, { type: "planar" }]);
    for (const [flow, path] of [
      [flows[0]?.flow as Flow, "dense"],
      [table, "segment"],
    ] as const) {
      assert.ok(!needsTensors(flow, source));
      const compute = chooseCompute(flow, means(source));
      assert.equal(compute.path, path);
      assert.ok(compute.layers.every((way) => way === "segment" || way === "dense"));
    }
  });
}
