/** What a batch may contain: the same point again and again, points in any order, numbers beyond all measure, and none at all. */
import assert from "node:assert/strict";
import { tensorCompute } from "../../src/flows/compute/tensor-compute";
import type { KernelSource } from "../../src/kernels/flow-kernels";
import { useBackend } from "../support/backend";
import { pointsOf } from "../support/cases";
import { perturbed } from "../support/flows";
import { answerOf, assertSameAnswer, likelihood, onEveryVariant, withKernels } from "../support/fused";
import { type FusedCase, fusedPaths } from "../support/fused-cases";
import { assertClose } from "../support/laws";
import { FUSED_HUGE } from "../support/tolerances";

/** One more than a chunk, and some. */
const POINTS = 131;
const SPREAD = 0.3;

describe("what batches contain", () => {
  before(() => useBackend("cpu"));

  onEveryVariant((source) => {
    for (const of of fusedPaths) describe(of.name, () => contents(of, source));
  });
});

function contents({ flow }: FusedCase, source: KernelSource): void {
  const { d } = flow;
  const parameters = perturbed(flow, SPREAD);
  const points = pointsOf(d, POINTS, "blocks");
  const rows = (order: readonly number[]) => Float32Array.from(order.flatMap((row) => [...points.subarray(row * d, (row + 1) * d)]));
  const numbers = Array.from({ length: POINTS }, (_, i) => i);
  const byFirst = [...numbers].sort((a, b) => (points[a * d] as number) - (points[b * d] as number));

  it("the order of the points does not matter, nor that each of them comes twice", () => {
    withKernels(flow, source, 1, (kernels) => {
      kernels.load(parameters);
      const expected = likelihood(kernels, rows(numbers));
      for (const [what, order] of [
        ["sorted", byFirst],
        ["sorted downwards", [...byFirst].reverse()],
        ["each twice in a row", numbers.flatMap((row) => [row, row])],
        ["all twice", [...numbers, ...numbers]],
      ] as const)
        assertSameAnswer(likelihood(kernels, rows(order)), expected, what);
    });
  });

  it("a batch of one point many times is that point", () => {
    withKernels(flow, source, 1, (kernels) => {
      kernels.load(parameters);
      for (const row of [0, 3, 17]) {
        const expected = likelihood(kernels, rows([row]));
        for (const n of [2, 5, 128, 130])
          assertSameAnswer(likelihood(kernels, rows(new Array(n).fill(row))), expected, `row ${row}, ${n} times`);
      }
    });
  });

  it("huge coordinates give what tensor operations give, and leave the other points alone", async () => {
    const far = [1e6, -1e6, 1e12, -1e12, 1e30, -1e30];
    const x = pointsOf(d, 4 * far.length * d, "huge");
    far.forEach((value, i) => {
      for (let j = 0; j < d; j++) x[(4 * (i * d + j) + 1) * d + j] = value;
    });
    const question = [{ stage: flow.layers.length, points: x }];
    const [expected] = (await tensorCompute(flow).evaluator.logDensities(parameters, question)) as [Float32Array];
    const actual = withKernels(flow, source, 1, (kernels) => {
      kernels.load(parameters);
      return kernels.walk(x, flow.layers.length, 0, { stages: false, base: true }).total;
    });
    const isHeld = (value: number) => Math.abs(value) < 1e30;
    assert.deepEqual(Array.from(actual, isHeld), Array.from(expected, isHeld), "what float32 can hold");
    assertClose(actual.filter(isHeld), expected.filter(isHeld), FUSED_HUGE, "log p");
  });

  it("gradients out there are those of tensor operations", async () => {
    for (const far of [1e3, -1e6]) {
      const x = pointsOf(d, 3 * d, "far");
      for (let j = 0; j < d; j++) x[3 * j * d + j] = far;
      const expected = await answerOf(tensorCompute(flow), flow, parameters, x);
      const actual = withKernels(flow, source, 1, (kernels) => {
        kernels.load(parameters);
        return likelihood(kernels, x);
      });
      assert.ok(Array.from(actual.gradient).every(Number.isFinite));
      assertSameAnswer(actual, expected, `with coordinates of ${far}`);
    }
  });

  it("a point that is not a number makes the loss not a number, and takes no other point with it", () => {
    withKernels(flow, source, 1, (kernels) => {
      kernels.load(parameters);
      const way = (x: Float32Array) => kernels.walk(x, flow.layers.length, 0, { stages: true, base: true });
      for (const n of [1, 2, 4, 7, 129, 131])
        for (const row of [0, 1, n - 2, n - 1].filter((at) => at >= 0 && at < n))
          for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
            const x = points.slice(0, n * d);
            const clean = way(x);
            x[row * d + (row % d)] = bad;
            const what = `with ${bad} in row ${row} of ${n}`;
            const { loss, gradient } = likelihood(kernels, x);
            assert.ok(!Number.isFinite(loss), what);
            if (Number.isNaN(bad)) assert.ok(Number.isNaN(loss) && Array.from(gradient).some(Number.isNaN), what);
            const spoilt = way(x);
            for (const [at, value] of spoilt.total.entries())
              assert.ok(at === row ? !Number.isFinite(value) : value === clean.total[at], `log p of row ${at} ${what}`);
            for (const [at, value] of spoilt.stages.entries())
              assert.ok(Math.floor(at / d) % n === row || value === clean.stages[at], `stages ${what}`);
          }
    });
  });
}
