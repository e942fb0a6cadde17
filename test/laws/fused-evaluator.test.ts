/** An evaluator by kernels remembers parameters between questions; nobody must notice. */
import assert from "node:assert/strict";
import type { Evaluator } from "../../src/flows/compute/compute";
import type { KernelSource } from "../../src/kernels/flow-kernels";
import { pointsOf } from "../support/cases";
import { perturbed } from "../support/flows";
import { fusedCompute, onEveryVariant } from "../support/fused";
import { type FusedCase, fusedPaths } from "../support/fused-cases";

const SPREAD = 0.3;
const POINTS = 20;

describe("an evaluator by fused kernels", () => {
  onEveryVariant((source) => {
    for (const of of fusedPaths) describe(of.name, () => laws(of, source));
  });
});

function laws({ flow }: FusedCase, source: KernelSource): void {
  const points = pointsOf(flow.d, POINTS, "evaluator");
  const K = flow.layers.length;
  /** Every question, answered by an evaluator. */
  const answers = async (evaluator: Evaluator, parameters: Float32Array) => ({
    walk: await evaluator.walk(parameters, points, K, 0),
    base: await evaluator.logBase(parameters, points),
    densities: await evaluator.logDensities(parameters, [{ stage: K, points }]),
    jacobian: await evaluator.jacobians(parameters, 1, points),
  });
  const fresh = (parameters: Float32Array) => {
    const compute = fusedCompute(flow, source);
    return answers(compute.evaluator, parameters).finally(() => compute.dispose());
  };

  it("answers for the parameters of each question, also where the same array has other numbers now, or numbers that are none", async () => {
    const compute = fusedCompute(flow, source);
    const parameters = perturbed(flow, SPREAD, 1);
    const [first, second] = [parameters.slice(), perturbed(flow, SPREAD, 2)];
    for (const next of [
      first,
      first,
      second,
      second.map((value, i) => (i === 3 ? value + 0.5 : value)),
      first.fill(Number.NaN, 5, 6),
      second,
    ]) {
      parameters.set(next);
      assert.deepEqual(await answers(compute.evaluator, parameters), await fresh(parameters.slice()));
    }
    compute.dispose();
  });

  it("leaves parameters and points as they are, and its answers to the asker", async () => {
    const compute = fusedCompute(flow, source);
    const parameters = perturbed(flow, SPREAD);
    const [before, place] = [parameters.slice(), points.slice()];
    const first = await answers(compute.evaluator, parameters);
    const copy = structuredClone(first);
    await answers(compute.evaluator, perturbed(flow, SPREAD, 3));
    assert.deepEqual(first, copy);
    assert.deepEqual([parameters, points], [before, place]);
    compute.dispose();
  });

  it("walks a part of the way as it walks the whole, and nowhere at all", async () => {
    const compute = fusedCompute(flow, source);
    const parameters = perturbed(flow, SPREAD);
    const whole = await compute.evaluator.walk(parameters, points, K, 0);
    const stage = (k: number) => whole.stages.slice(k * points.length, (k + 1) * points.length);
    for (let k = K; k >= 1; k--) {
      const step = await compute.evaluator.walk(parameters, stage(k), k, k - 1);
      assert.deepEqual(step.stages, whole.stages.slice((k - 1) * points.length, (k + 1) * points.length));
      assert.deepEqual(step.logDets, whole.logDets.slice((k - 1) * POINTS, k * POINTS));
    }
    const none = await compute.evaluator.walk(parameters, points, 1, 1);
    assert.deepEqual([none.n, none.stages, none.logDets], [POINTS, points, new Float32Array(0)]);
    compute.dispose();
  });
}
