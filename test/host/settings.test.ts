import assert from "node:assert/strict";
import type * as vscode from "vscode";
import type { ForTests } from "../../src/extension/extension";
import type { Session } from "../../src/extension/session";
import { tooltipOf } from "../../src/extension/status-bar";
import {
  closeEverything,
  extensionForTests,
  flowFile,
  openText,
  plainText,
  readySession,
  setSetting,
  until,
  viewOf,
} from "../support/editor";

describe("a change of the settings", () => {
  let api: ForTests;
  let uri: vscode.Uri;
  let session: Session;

  before(async () => {
    api = await extensionForTests();
  });
  beforeEach(async () => {
    uri = await flowFile();
    await openText(uri);
    await viewOf(uri);
    session = await readySession(api, uri);
  });
  afterEach(async () => {
    for (const name of ["kernels", "threads", "memoryLimit"] as const) await setSetting(name, undefined);
    await closeEverything();
  });

  const computing = () => session.state.summary?.computing;
  const tooltip = () => plainText(tooltipOf(session));

  it("takes effect at once for a flow that is open, and so does its end", async () => {
    assert.match(tooltip(), /computed by fused kernels/);
    await setSetting("kernels", "off");
    await until("TensorFlow.js computes", () => computing()?.path === "tfjs");
    assert.match(tooltip(), /computed by TensorFlow\.js/);
    await setSetting("kernels", undefined);
    await until("kernels compute", () => computing()?.path !== "tfjs");
    await setSetting("threads", 2);
    await until("two threads compute", () => computing()?.threads === 2);
    assert.match(tooltip(), /2 threads/);
    assert.equal(session.run.step, 0);
  });

  it("lets a training under way go on from its step, computed the other way", async () => {
    await session.train();
    await until("step 500", () => session.run.step >= 500);
    await setSetting("kernels", "off");
    const before = session.run.step;
    await until("TensorFlow.js computes", () => computing()?.path === "tfjs");
    await until("further steps", () => session.run.isTraining && session.run.step > before);
    assert.equal(session.state.runIsOlder, false);
    const steps = session.run.history.map(({ step }) => step);
    assert.ok((steps[0] ?? 0) < 500, "the curve before is kept");
    assert.deepEqual(
      steps,
      [...new Set(steps)].sort((a, b) => a - b),
      "no step is made twice",
    );
    await session.pause();
    assert.equal(session.definition.opened?.limits.kernels, "off");
  });

  it("keeps a paused run at its step", async () => {
    await session.step(12);
    await setSetting("threads", 2);
    await until("two threads compute", () => computing()?.threads === 2);
    assert.equal(session.run.step, 12);
    assert.equal(session.run.state?.status.kind, "paused");
    await session.step(1);
    assert.equal(session.run.step, 13);
  });

  it("refuses a flow above a new memory limit, and takes it again above that", async () => {
    await session.step(3);
    await setSetting("memoryLimit", 1e-3);
    const situation = await until("it is refused", () => session.state.situation.kind === "faulty" && session.state.situation);
    assert.match(situation.faults[0]?.message ?? "", /pushforward\.memoryLimit/);
    await setSetting("memoryLimit", undefined);
    await until("it is taken again", () => session.state.situation.kind === "ready");
    assert.equal(session.run.step, 3);
  });
});
