/** Nothing hides a number that is none: whichever parameter is spoilt, fused kernels show it in the loss or in the gradient. */
import assert from "node:assert/strict";
import type { Learner } from "../../src/flows/compute/compute";
import { tensorCompute } from "../../src/flows/compute/tensor-compute";
import { initialState } from "../../src/flows/training/state";
import type { KernelSource } from "../../src/kernels/flow-kernels";
import { useBackend } from "../support/backend";
import { perturbed } from "../support/flows";
import { fusedCompute, onEveryVariant } from "../support/fused";
import { type FusedCase, fusedBases, fusedCouplings, fusedLayers, manyMoons } from "../support/fused-cases";
import { assertClose } from "../support/laws";
import { FUSED_LOG_DENSITY } from "../support/tolerances";

/** A whole vector and a part of one. */
const POINTS = 7;
const SPREAD = 0.1;
/** Factor that keeps points in the box of a uniform base. */
const NEAR = 0.2;
/** Every layer and base, and each network with some of the transforms. */
const cases = [...fusedLayers, ...fusedBases, ...fusedCouplings.filter((_, i) => i % 9 === 0)].filter(({ flow }) => flow.d <= 3);

const allFinite = ({ loss, gradient }: { readonly loss: number; readonly gradient: Float32Array }) =>
  Number.isFinite(loss) && gradient.every(Number.isFinite);

describe("parameters that are not finite", () => {
  before(() => useBackend("cpu"));

  onEveryVariant((source) => {
    for (const of of cases) shown(of, source);
  });
});

function shown({ name, flow }: FusedCase, source: KernelSource): void {
  it(`${name}: NaN is seen wherever it is, and an infinity but where it stops a unit, as with tensor operations`, async () => {
    const parameters = perturbed(flow, SPREAD);
    const points = manyMoons(flow.d, POINTS).map((value) => NEAR * value);
    const state = initialState(flow, flow.spec.train, parameters);
    const [learner, plain] = [fusedCompute(flow, source).learner(state), tensorCompute(flow).learner(state)];
    const at = async (of: Learner, i: number, value: number) => {
      of.load({ ...state, parameters: parameters.map((kept, j) => (i === j ? value : kept)) });
      return of.gradient(points);
    };
    for (const { key, offset, size } of flow.layout.slots)
      for (let i = offset; i < offset + size; i++) {
        assert.ok(!allFinite(await at(learner, i, Number.NaN)), `NaN in ${key}[${i - offset}]`);
        for (const infinity of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          const found = await at(learner, i, infinity);
          if (!allFinite(found)) continue;
          const expected = await at(plain, i, infinity);
          assertClose([found.loss], [expected.loss], FUSED_LOG_DENSITY, `loss with ${infinity} in ${key}[${i - offset}]`);
        }
      }
    learner.load(state);
    assert.ok(allFinite(await learner.gradient(points)), "nothing of it stays");
    learner.dispose();
  });
}
