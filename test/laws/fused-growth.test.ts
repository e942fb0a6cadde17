/** Networks with more pieces than there is room for at first: the kernels move into a larger memory and give the same numbers. */
import assert from "node:assert/strict";
import { tensorCompute } from "../../src/flows/compute/tensor-compute";
import { copyState, type TrainingState } from "../../src/flows/training/state";
import type { KernelSource } from "../../src/kernels/flow-kernels";
import { useBackend } from "../support/backend";
import { flowOf, type Part, perturbed } from "../support/flows";
import { answerOf, assertSameAnswer, fusedCompute, likelihood, onEveryVariant, withKernels } from "../support/fused";
import { assertClose } from "../support/laws";
import { FUSED_STEP } from "../support/tolerances";
import { moonPoints } from "../support/training";

const BATCH = 64;
const H1 = 24;
const H2 = 40;
const SPACING = 0.25;
const ordinary: Part = {
  type: "coupling",
  mask: [0, 1],
  transform: { type: "affine" },
  net: { type: "mlp", hidden: [7, 5], activation: "relu" },
};
const flow = flowOf(
  2,
  [ordinary, { ...ordinary, mask: [1, 0], net: { type: "mlp", hidden: [H1, H2], activation: "relu" } }, ordinary, { type: "actnorm" }],
  { type: "normal" },
  { ema: 0.9 },
);
const ZIGZAG = "coupling1.net.";

/** Sets parameter `name` of the large network to a function of its number. */
function set(parameters: Float32Array, name: string, value: (i: number) => number): void {
  const slot = flow.layout.slots.find(({ key }) => key === ZIGZAG + name);
  assert.ok(slot);
  for (let i = 0; i < slot.size; i++) parameters[slot.offset + i] = value(i);
}

/**
 * The second layer's sums go up and down between 0 and 1, less a part of 1 that differs from unit to unit: each of them changes its sign
 * between any two breakpoints, so that the table has about H1 · H2 pieces. At first there is room for some four for each unit.
 */
function zigzag(): Float32Array {
  const parameters = perturbed(flow, 0.2);
  set(parameters, "0.weight", () => 1);
  set(parameters, "0.bias", (i) => 3 - SPACING * i);
  set(parameters, "1.weight", (i) => (i % H1 === 0 ? 1 : 2 * (-1) ** (i % H1)) / SPACING);
  set(parameters, "1.bias", (i) => -(i + 0.5) / H2);
  set(parameters, "2.weight", (i) => 0.1 * Math.sin(i));
  return parameters;
}
/** A state with few pieces from which one step of Adam, whatever the gradient, leads to `parameters`, about. */
function stateBefore(parameters: Float32Array): TrainingState {
  const calm = parameters.slice();
  set(calm, "1.weight", (i) => 0.01 * Math.cos(i));
  const m = calm.map((value, i) => (value - (parameters[i] as number)) / RULE.rate / 0.9);
  return { step: RULE.step - 1, parameters: calm, adam: { m, v: calm.map(() => 1) }, average: calm.slice(), rateFactor: 1 };
}

/** So late that moments need no correction. */
const RULE = { step: 20_000, rate: 1e-4, weightDecay: 0, clipNorm: 0, ema: 0.9 };

describe("tables that need more room", () => {
  before(() => useBackend("cpu"));

  onEveryVariant((source) => {
    for (const threads of [1, 2]) grow(source, threads);
  });
});

function grow(source: KernelSource, threads: number): void {
  const crew = threads === 1 ? "1 thread" : `${threads} threads`;
  const batch = moonPoints(BATCH, "growth");

  it(`parameters that are loaded give the loss and gradient of tensor operations, with ${crew}`, async () => {
    const parameters = zigzag();
    const small = withKernels(flow, source, threads, (kernels) => kernels.bytes);
    const expected = await answerOf(tensorCompute(flow), flow, parameters, batch);
    const found = withKernels(flow, source, threads, (kernels) => {
      kernels.load(parameters);
      return { ...likelihood(kernels, batch), bytes: kernels.bytes };
    });
    assert.ok(found.bytes > small, "there was not room enough");
    assertSameAnswer(found, expected, "loaded");
  });

  it(`a training step that needs more room changes parameters, moments and average as tensor operations do, with ${crew}`, async () => {
    const start = stateBefore(zigzag());
    const [learner, plain] = [fusedCompute(flow, source, threads).learner(start), tensorCompute(flow).learner(start)];
    await learner.step(batch, RULE);
    await plain.step(batch, RULE);
    const [actual, expected] = [copyState(learner.state), plain.state];
    assert.equal(actual.step, RULE.step);
    for (const [what, values, others] of [
      ["parameters", actual.parameters, expected.parameters],
      ["first moment", actual.adam.m, expected.adam.m],
      ["second moment", actual.adam.v, expected.adam.v],
      ["average", actual.average, expected.average],
    ] as const)
      assertClose(values as Float32Array, others as Float32Array, FUSED_STEP, what);
    plain.load(actual);
    const grown = await learner.gradient(batch);
    assertSameAnswer(grown, await plain.gradient(batch), "after the step");
    const fresh = fusedCompute(flow, source, threads).learner(actual);
    assert.deepEqual(await fresh.gradient(batch), grown, "what new kernels say, bit for bit");
    for (const each of [learner, fresh, plain]) await each.step(batch, { ...RULE, step: RULE.step + 1 });
    assert.deepEqual(copyState(learner.state), copyState(fresh.state), "and where both go on to");
    assertClose(learner.state.average as Float32Array, plain.state.average as Float32Array, FUSED_STEP, "average after another step");
    for (const each of [learner, fresh]) each.dispose();
  });
}
