/** Which NLL is told: the same in the page's header as in the status bar and above the text. */
import assert from "node:assert/strict";
import { nllOf } from "../../src/extension/nll";
import type { Session } from "../../src/extension/session";
import type { Frame, RunState } from "../../src/protocol/model";
import { shownNll } from "../../src/webview/nll";
import type { ViewModel } from "../../src/webview/store";

const FLOOR = 2;
const run = (step: number, nll: number | null, validation: number | null): RunState => {
  return { status: { kind: "training" }, step, steps: 100, stepsPerSecond: null, nll, validation };
};
const frame = (step: number, nll: number | null) => ({ step, health: { nll } }) as unknown as Frame;

describe("the NLL that is told", () => {
  const CASES: Readonly<Record<string, readonly [run: RunState | null, frame: Frame | null, name: string | null, value: number | null]>> = {
    "is that of the picture, where it is of this step": [run(5, 9, 3), frame(5, 2.5), "NLL", 2.5],
    "is else the newest validation": [run(6, 9, 3), frame(5, 2.5), "NLL", 3],
    "is that of the batch before there is a validation, and is called so": [run(6, 9, null), frame(5, 2.5), "batch NLL", 9],
    "is that of the validation where pictures have none": [run(5, 9, 3), frame(5, null), "NLL", 3],
    "does not exist before there is any": [run(0, null, null), null, null, null],
    "does not exist without a run": [null, frame(5, 2.5), null, null],
  };
  for (const [title, [state, picture, name, value]] of Object.entries(CASES)) {
    it(title, () => {
      const host = nllOf({ run: { state }, pictures: { frame: picture } } as unknown as Session);
      const page = shownNll({ state: { run: state, summary: { target: { floor: FLOOR } } }, frame: picture } as unknown as ViewModel);
      assert.deepEqual([host?.name ?? null, host?.value ?? null], [name, value]);
      assert.deepEqual([page?.name ?? null, page?.value ?? null], [name, value]);
      assert.equal(page?.aboveFloor ?? null, name === "NLL" && value !== null ? value - FLOOR : null);
    });
  }
});
