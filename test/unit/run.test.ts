/** The host's copy of a run, told by the engine in events and answers. */
import assert from "node:assert/strict";
import type { EngineClient } from "../../src/extension/definition";
import { Run } from "../../src/extension/run";
import type { RunState } from "../../src/protocol/model";

const state = (status: RunState["status"], step: number): RunState => {
  return { status, step, steps: 3, stepsPerSecond: null, nll: null, validation: null };
};

describe("a run whose end comes in the same moment as the answer that it has begun", () => {
  for (const ending of [
    { kind: "finished", because: "steps" },
    { kind: "diverged", atStep: 1, layer: 1, message: "it grew" },
  ] as const)
    it(`has ${ending.kind} and does not train for ever`, async () => {
      const began = state({ kind: "training" }, 0);
      /** As a pipe does: all messages that arrived together are handled before anyone who awaits one of them goes on. */
      const request = () =>
        new Promise((resolve) => {
          setTimeout(() => {
            run.become(began);
            resolve(began);
            run.progress({ session: "s", revision: 1, records: [], run: state(ending, 1) });
          });
        });
      const client = () => ({ request }) as unknown as EngineClient;
      const run = new Run({ session: "s", client, progressed: () => {}, changed: () => {} });
      await run.train();
      assert.deepEqual(run.state, state(ending, 1));
    });
});
