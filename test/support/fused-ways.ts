/** Every way of computing a flow, for laws that hold for all of them. */
import type { Compute } from "../../src/flows/compute/compute";
import { tensorCompute } from "../../src/flows/compute/tensor-compute";
import type { Flow } from "../../src/flows/flow";
import { onEveryBackend, useBackend } from "./backend";
import { fusedCompute, onEveryVariant } from "./fused";

/** One group of tests for tensor operations on each backend, and for each variant of the kernels with one thread and with two. */
export function onEveryWay(define: (compute: (flow: Flow) => Compute) => void): void {
  onEveryBackend(() => define(tensorCompute));
  describe("by fused kernels", () => {
    before(() => useBackend("cpu")); // for what a law computes besides

    onEveryVariant((source) => {
      for (const threads of [1, 2])
        describe(threads === 1 ? "and 1 thread" : `and ${threads} threads`, () => {
          const ends: (() => void)[] = [];
          afterEach(() => {
            for (const end of ends.splice(0)) end();
          });
          define((flow) => endedLater(fusedCompute(flow, source, threads), ends));
        });
    });
  });
}

/** The same, with what ends it and its learners added to a list. */
function endedLater(compute: Compute, ends: (() => void)[]): Compute {
  ends.push(() => compute.dispose());
  const learner: Compute["learner"] = (state) => {
    const made = compute.learner(state);
    ends.push(() => made.dispose());
    return made;
  };
  return Object.create(compute, { learner: { value: learner } }) as Compute; // a copy would start the evaluator
}
