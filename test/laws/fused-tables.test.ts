/** Tables of exact pieces: against the formula in double precision, at every kind of network that can fall apart. */
import assert from "node:assert/strict";
import { tensorCompute } from "../../src/flows/compute/tensor-compute";
import type { Flow } from "../../src/flows/flow";
import { Random } from "../../src/flows/random";
import type { KernelSource } from "../../src/kernels/flow-kernels";
import { useBackend } from "../support/backend";
import { type Answer, answerOf, assertSameAnswer, likelihood, onEveryVariant, withKernels } from "../support/fused";
import { KINKS, kinkedNetwork, oddNetworks } from "../support/fused-networks";
import { exactOutputs, flowOfNetwork, type Network, parametersOf, pointsAt } from "../support/fused-tables";
import { assertClose } from "../support/laws";
import { linspace, nextFloat32, norm } from "../support/numeric";
import { FUSED_TABLE } from "../support/tolerances";

/** Inputs that are on no breakpoint of the networks below. */
const NEAR = linspace(-3.137, 3.071, 41);

/** Outputs of the network as the kernels find them. */
function outputs(flow: Flow, source: KernelSource, parameters: Float32Array, points: Float32Array): number[] {
  return withKernels(flow, source, 1, (kernels) => {
    kernels.load(parameters);
    const { stages } = kernels.walk(points, 0, 1, { stages: true, base: false });
    return Array.from({ length: points.length / 2 }, (_, row) => stages[points.length + 2 * row + 1] as number);
  });
}

function answer(flow: Flow, source: KernelSource, parameters: Float32Array, points: Float32Array): Answer {
  return withKernels(flow, source, 1, (kernels) => {
    kernels.load(parameters);
    return likelihood(kernels, points);
  });
}

function assertExact(flow: Flow, source: KernelSource, parameters: Float32Array, points: Float32Array, what: string): void {
  const expected = exactOutputs(flow, parameters, points);
  const relative = (values: readonly number[]) => values.map((value, i) => value / Math.max(expected.sizes[i] as number, Number.MIN_VALUE));
  assertClose(relative(outputs(flow, source, parameters, points)), relative(expected.outputs), FUSED_TABLE, what);
}

async function assertGradient(flow: Flow, source: KernelSource, parameters: Float32Array, points: Float32Array, what: string) {
  assertSameAnswer(answer(flow, source, parameters, points), await answerOf(tensorCompute(flow), flow, parameters, points), what);
}

function odd(name: string, network: Network, source: KernelSource): void {
  it(`${name}: outputs are exact near 0 and far out, and the gradient is that of tensor operations`, async () => {
    const flow = flowOfNetwork(network);
    const parameters = parametersOf(flow, network);
    assertExact(flow, source, parameters, pointsAt(NEAR), "near 0");
    assertExact(flow, source, parameters, pointsAt([1e3, -1e3, 1e6, -1e6, 1e12, -1e12, 1e29, -1e29]), "far out");
    await assertGradient(flow, source, parameters, pointsAt(NEAR), "near 0");
  });
}

/** Numbers that rarely meet, such that are seldom alike in size, and few different ones, which meet all the time. */
const draws: Readonly<Record<string, (random: Random) => number>> = {
  "normal weights": (random) => random.normal(),
  "weights of very different sizes": (random) => random.normal() * Math.exp(2 * random.normal()),
  "weights among nine numbers": (random) => (random.integer(9) - 4) / 4,
};
const NETWORKS = 60;

function manyNetworks(source: KernelSource): void {
  for (const [name, draw] of Object.entries(draws))
    it(`${NETWORKS} random networks with ${name}: outputs are exact, and gradients those of tensor operations`, async () => {
      for (let i = 0; i < NETWORKS; i++) {
        const random = new Random("table", name, i);
        const hidden = Array.from({ length: 1 + random.integer(2) }, () => 1 + random.integer(9));
        const flow = flowOfNetwork({ hidden, activation: random.integer(2) === 0 ? "relu" : "leaky-relu" });
        const parameters = flow.layout.initial(1).map(() => draw(random));
        const points = pointsAt(Array.from({ length: 61 }, (_, at) => (at % 3 === 0 ? 6 : 1.5) * random.normal()));
        assertExact(flow, source, parameters, points, `network ${i}`);
        // sums that are 0 in whole stretches have no gradient that two ways of rounding agree on
        if (name !== "weights among nine numbers") await assertGradient(flow, source, parameters, points, `of network ${i}`);
      }
    });
}

function history(source: KernelSource): void {
  it("what a table says follows from its parameters alone, bit for bit, whatever it was built for before", () => {
    const flow = flowOfNetwork({ hidden: [9, 7], activation: "leaky-relu" });
    const points = pointsAt(NEAR);
    withKernels(flow, source, 1, (kernels) => {
      for (let i = 0; i < NETWORKS; i++) {
        const random = new Random("history", i);
        const parameters = flow.layout.initial(1).map(() => random.normal());
        for (let at = 0; at < 2 * 9; at++) parameters[at] = (random.integer(9) - 4) / 4; // breakpoints that often are the same
        kernels.load(parameters);
        const found = likelihood(kernels, points);
        assert.deepEqual(found, answer(flow, source, parameters, points), `network ${i}`);
      }
    });
  });
}

/** To either side of a kink; no other one is as near. */
const ASIDE = 2 ** -8;

function onBreakpoints(source: KernelSource): void {
  for (const activation of ["relu", "leaky-relu"] as const) {
    const network = { ...kinkedNetwork, activation };
    const flow = flowOfNetwork(network);
    const parameters = parametersOf(flow, network);

    it(`on breakpoints of the first layer and zeros of the second, and one float32 step beside them, outputs are exact, ${activation}`, () => {
      const inputs = KINKS[activation].flatMap((at) => [nextFloat32(at, -1), at, nextFloat32(at, 1)]);
      assertExact(flow, source, parameters, pointsAt(inputs), "output");
    });

    it(`there, the gradient lies between those on both sides, ${activation}`, () => {
      const slopes = (at: number) => Array.from(answer(flow, source, parameters, pointsAt([at])).gradient);
      for (const kink of KINKS[activation]) {
        const [left, here, right] = [slopes(kink - ASIDE), slopes(kink), slopes(kink + ASIDE)];
        assert.ok(
          left.some((value, i) => Math.abs(value - (right[i] as number)) > 0.05),
          `${kink} is a kink`,
        );
        const room = 4 * ASIDE * norm(here);
        here.forEach((value, i) => {
          const [low, high] = [Math.min(left[i] as number, right[i] as number), Math.max(left[i] as number, right[i] as number)];
          assert.ok(value >= low - room && value <= high + room, `parameter ${i} at ${kink}: ${value} is not between ${low} and ${high}`);
        });
      }
    });
  }
}

describe("tables", () => {
  before(() => useBackend("cpu"));

  onEveryVariant((source) => {
    for (const [name, network] of Object.entries(oddNetworks)) {
      for (const activation of ["relu", "leaky-relu"] as const) odd(`${name}, ${activation}`, { ...network, activation }, source);
    }
    manyNetworks(source);
    history(source);
    onBreakpoints(source);
  });
});
