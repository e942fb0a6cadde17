import assert from "node:assert/strict";
import type * as vscode from "vscode";
import type { ForTests } from "../../src/extension/extension";
import type { Session } from "../../src/extension/session";
import { closeEverything, extensionForTests, flowFile, openText, readySession, until, viewOf } from "../support/editor";

describe("the death of the engine", () => {
  let api: ForTests;
  let session: Session;
  let uri: vscode.Uri;

  before(async () => {
    api = await extensionForTests();
  });
  beforeEach(async () => {
    uri = await flowFile();
    await openText(uri);
    await viewOf(uri);
    session = await readySession(api, uri);
  });
  afterEach(closeEverything);

  const kill = async () => {
    const { pid } = api.engine;
    assert.ok(pid);
    process.kill(pid, "SIGKILL");
    return until("the death is said", () => session.state.situation.kind === "engine-ended" && session.state.situation);
  };

  it("is said with its reason and the step that is safe, and the host lives on", async () => {
    await session.train();
    await until("a checkpoint", () => (api.engine.checkpointOf(session.id)?.step ?? 0) > 0);
    const situation = await kill();
    assert.match(situation.reason, /SIGKILL/);
    assert.ok((situation.safeStep ?? 0) > 0);
    assert.notEqual(session.run.state?.status.kind, "training");
    await assert.rejects(session.train(), /SIGKILL/);
    assert.ok(api.sessions.of(uri));
  });

  it("is mended by a restart, which continues from the checkpoint", async () => {
    await session.train();
    await until("a checkpoint", () => (api.engine.checkpointOf(session.id)?.step ?? 0) > 0);
    const { safeStep } = await kill();
    await api.sessions.restartEngine();
    await until("ready again", () => session.state.situation.kind === "ready" && session.run.step === safeStep, 25_000);
    assert.ok(session.run.history.length > 0, "the curve is kept");
    await session.step(1);
    assert.equal(session.run.step, (safeStep ?? 0) + 1);
  });

  it("has a milder form: silence is said, and the first answer after it", async function () {
    if (process.platform === "win32") this.skip(); // no SIGSTOP
    const { pid } = api.engine;
    assert.ok(pid);
    process.kill(pid, "SIGSTOP");
    try {
      await until("the silence is said", () => session.state.situation.kind === "engine-silent");
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await until("it answers again", () => session.state.situation.kind === "ready");
    await session.step(1);
    assert.equal(session.run.step, 1);
  });

  it("loses nothing when the engine is restarted in good health", async () => {
    await session.step(15);
    await api.sessions.restartEngine();
    await until("step 15 in the new engine", () => session.state.situation.kind === "ready" && session.run.step === 15, 25_000);
  });
});
