import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { ForTests } from "../../src/extension/extension";
import type { Session } from "../../src/extension/session";
import {
  closeEverything,
  extensionForTests,
  flowFile,
  openText,
  pause,
  readySession,
  replaceAll,
  SMALL_FLOW,
  until,
  viewOf,
} from "../support/editor";

describe("a session", () => {
  let api: ForTests;
  let uri: vscode.Uri;
  let editor: vscode.TextEditor;
  let session: Session;

  before(async () => {
    api = await extensionForTests();
  });
  beforeEach(async () => {
    uri = await flowFile();
    editor = await openText(uri);
    await viewOf(uri);
    session = await readySession(api, uri);
  });
  afterEach(closeEverything);

  const trainTo = async (step: number) => {
    await session.train();
    await until(`step ${step}`, () => session.run.step >= step);
  };

  it("trains, and a pause stops the steps", async () => {
    await trainTo(20);
    assert.equal(session.run.state?.status.kind, "training");
    await session.pause();
    const { step } = session.run;
    assert.equal(session.run.state?.status.kind, "paused");
    await pause(500);
    assert.equal(session.run.step, step);
    const history = session.run.history;
    assert.ok(history.length > 0 && history.every(({ loss }) => Number.isFinite(loss)));
    assert.deepEqual(
      [...history].sort((a, b) => a.step - b.step),
      history,
    );
  });

  it("takes exactly the steps that were asked for", async () => {
    await session.step(7);
    assert.equal(session.run.step, 7);
    await session.step(1);
    assert.equal(session.run.step, 8);
    assert.equal(session.run.state?.status.kind, "paused");
  });

  it("goes back to step 0 on reset, also while it trains", async () => {
    await trainTo(10);
    await session.reset();
    assert.equal(session.run.step, 0);
    assert.deepEqual(session.run.history, []);
    await pause(300);
    assert.equal(session.run.step, 0);
  });

  it("goes on when its view is closed", async () => {
    await trainTo(5);
    await vscode.window.tabGroups.close(await viewOf(uri));
    const { step } = session.run;
    await until("further steps", () => session.run.step > step);
    await session.pause();
  });

  it("keeps its own definition while the text is edited, and takes up the new one when it trains anew", async () => {
    await trainTo(5);
    await replaceAll(editor, SMALL_FLOW.replaceAll('"hidden": [8]', '"hidden": [12]'));
    await until("the run is said to be older", () => session.state.runIsOlder);
    assert.equal(session.run.state?.status.kind, "training");
    const { parameters } = session.state.summary ?? { parameters: 0 };
    await session.pause();
    assert.equal(session.state.summary?.parameters, parameters);
    await session.train();
    assert.equal(session.state.runIsOlder, false);
    assert.ok((session.state.summary?.parameters ?? 0) > parameters);
    await session.pause();
  });

  it("brings the training back when an edit is taken back", async () => {
    await session.step(12);
    await replaceAll(editor, SMALL_FLOW.replace('"seed": 1', '"seed": 2'));
    await until("the new definition, untrained", () => session.state.summary?.seed === 2 && session.run.step === 0);
    await vscode.commands.executeCommand("undo");
    await until("the trained one again", () => session.state.summary?.seed === 1 && session.run.step === 12);
  });

  it("trains on through edits of the view and of comments", async () => {
    await trainTo(5);
    await replaceAll(editor, SMALL_FLOW.replace('"grid": 32', '"grid": 48 /* finer */'));
    await until("the new grid", () => session.state.summary?.view.grid === 48);
    assert.equal(session.state.runIsOlder, false);
    assert.ok(session.run.step >= 5);
    const { step } = session.run;
    await until("further steps", () => session.run.step > step + 5);
    await session.pause();
  });

  it("follows a rename", async () => {
    await session.step(3);
    session.pins.add([0.5, 0.5]);
    const target = uri.with({ path: uri.path.replace("-flow.", "-renamed.") });
    const edit = new vscode.WorkspaceEdit();
    edit.renameFile(uri, target);
    assert.ok(await vscode.workspace.applyEdit(edit));
    await until("the session has moved", () => api.sessions.of(target) === session);
    assert.equal(api.sessions.of(uri), null);
    await pause(1500);
    assert.equal(api.sessions.of(target), session);
    assert.equal(session.run.step, 3);
    assert.deepEqual(session.pins.names, ["A"]);
  });

  it("ends when neither text nor view is open, and its training is there again when they are", async () => {
    await session.step(9);
    await closeEverything();
    await until("the session has ended", () => api.sessions.of(uri) === null);
    await openText(uri);
    const next = await readySession(api, uri);
    assert.notEqual(next, session);
    await until("step 9", () => next.run.step === 9);
  });

  it("pins points, traces them anew after each step, and gives out eight names", async () => {
    assert.equal(session.pins.add([0.5, -0.25]), "A");
    const traced = await until("the trace of A", () => session.pins.traces[0]);
    const { trace } = traced;
    const sum = trace.logDets.reduce((total, logDet) => total + logDet, 0);
    const logDensity = trace.logDensities.at(-1) ?? Number.NaN;
    assert.ok(Math.abs(trace.logBase - sum - logDensity) < 1e-4, `${trace.logBase} − ${sum} = ${logDensity}`);
    await session.step(2);
    await until("the trace at step 2", () => session.pins.traces[0]?.step === 2);
    for (let i = 1; i < 8; i++) assert.ok(session.pins.add([i, i]));
    assert.equal(session.pins.add([0, 0]), null);
    session.pins.remove("C");
    assert.equal(session.pins.add([9, 9]), "C");
    assert.equal(session.pins.add([1, 2, 3]), null);
    assert.equal(session.pins.add([Number.NaN, 0]), null);
  });

  it("selects the layer under the text cursor", async () => {
    const place = editor.document.positionAt(SMALL_FLOW.indexOf('"mask": [1, 0]'));
    await vscode.window.showTextDocument(editor.document, { viewColumn: vscode.ViewColumn.One });
    editor.selection = new vscode.Selection(place, place);
    await vscode.commands.executeCommand("cursorRight"); // a movement of the keyboard, unlike the line above
    await until("stage 1", () => session.pictures.selected.stage === 1);
  });
});
