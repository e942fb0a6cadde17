/** Fused kernels work on vectors of 4 samples in chunks of 128: here are all sizes up to two chunks and one, with what a former batch left. */
import assert from "node:assert/strict";
import { tensorCompute } from "../../src/flows/compute/tensor-compute";
import type { FlowKernels, KernelSource } from "../../src/kernels/flow-kernels";
import { useBackend } from "../support/backend";
import { pointsOf } from "../support/cases";
import { perturbed } from "../support/flows";
import { type Answer, answerOf, assertSameAnswer, likelihood, onEveryVariant, withKernels } from "../support/fused";
import { type FusedCase, fusedPaths } from "../support/fused-cases";
import { assertClose } from "../support/laws";
import { EXACT } from "../support/tolerances";

const MOST = 2 * 128 + 1;
const SPREAD = 0.3;

/** Leaves NaN wherever a batch leaves anything. */
function spoil(kernels: FlowKernels): void {
  const nothing = new Float32Array(MOST * kernels.program.d).fill(Number.NaN);
  assert.ok(Number.isNaN(kernels.likelihood(nothing).loss));
  kernels.walk(nothing, 0, kernels.program.layers.length, { stages: true, base: true });
}

/** Means over the first point, the first two, … of the answers for each point alone. */
function means(kernels: FlowKernels, points: Float32Array): Answer[] {
  const { d, parameters } = kernels.program;
  const sum = { loss: 0, gradient: new Float64Array(parameters) };
  return Array.from({ length: MOST }, (_, i) => {
    const { loss, gradient } = likelihood(kernels, points.slice(i * d, (i + 1) * d));
    sum.loss += loss;
    for (let at = 0; at < parameters; at++) sum.gradient[at] = (sum.gradient[at] as number) + (gradient[at] as number);
    return { loss: sum.loss / (i + 1), gradient: sum.gradient.map((value) => value / (i + 1)) };
  });
}

describe("blocks of samples", () => {
  before(() => useBackend("cpu"));

  onEveryVariant((source) => {
    for (const of of fusedPaths) for (const threads of [1, 2]) sizes(of, source, threads);
  });
});

function sizes({ name, flow }: FusedCase, source: KernelSource, threads: number): void {
  const { d } = flow;
  const K = flow.layers.length;
  const parameters = perturbed(flow, SPREAD);
  const points = pointsOf(d, MOST, "blocks");
  const crew = threads === 1 ? "1 thread" : `${threads} threads`;

  it(`${name}, ${crew}: the loss and gradient of n = 1 … ${MOST} points are the means of those of each`, async () => {
    const whole = await answerOf(tensorCompute(flow), flow, parameters, points);
    withKernels(flow, source, threads, (kernels) => {
      kernels.load(parameters);
      const expected = means(kernels, points);
      assertSameAnswer(whole, expected[MOST - 1] as Answer, "of all points by tensor operations");
      expected.forEach((answer, i) => {
        spoil(kernels);
        assertSameAnswer(likelihood(kernels, points.slice(0, (i + 1) * d)), answer, `of ${i + 1} points`);
      });
    });
  });

  it(`${name}, ${crew}: a point's way does not depend on the number of points nor on its place among them`, () => {
    withKernels(flow, source, threads, (kernels) => {
      kernels.load(parameters);
      for (const [from, to] of [
        [K, 0],
        [0, K],
      ] as const) {
        const whole = kernels.walk(points, from, to, { stages: true, base: true });
        for (let n = 1; n <= MOST; n++) {
          spoil(kernels);
          const before = MOST - n;
          const part = kernels.walk(points.slice(before * d), from, to, { stages: true, base: true });
          assertClose(part.total, whole.total.subarray(before), EXACT, `log-densities, n = ${n}`);
          for (let at = 0; at <= K; at++) {
            const own = part.stages.subarray(at * n * d, (at + 1) * n * d);
            assertClose(own, whole.stages.subarray((at * MOST + before) * d, (at + 1) * MOST * d), EXACT, `stage ${at}, n = ${n}`);
          }
        }
      }
    });
  });
}
