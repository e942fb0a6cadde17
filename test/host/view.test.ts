import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { ForTests } from "../../src/extension/extension";
import {
  closeEverything,
  extensionForTests,
  flowFile,
  openText,
  pause,
  readySession,
  SMALL_FLOW,
  setSetting,
  tabsOf,
  until,
  VIEW_TYPE,
  viewOf,
} from "../support/editor";

const TIME_TO_OPEN_MS = 1500; // in which a view that must not open would have opened; it takes about 0.2 s

describe("the Flow view", () => {
  let api: ForTests;
  before(async () => {
    api = await extensionForTests();
  });
  afterEach(closeEverything);

  it("opens beside the text and leaves the focus there", async () => {
    const uri = await flowFile();
    await openText(uri);
    const view = await viewOf(uri);
    assert.equal(view.group.viewColumn, vscode.ViewColumn.Two);
    assert.equal(vscode.window.activeTextEditor?.document.uri.toString(), uri.toString());
    assert.equal(vscode.window.tabGroups.activeTabGroup.viewColumn, vscode.ViewColumn.One);
    const session = await readySession(api, uri);
    assert.equal(session.state.summary?.layers.length, 2);
  });

  it("stays closed when the user has closed it, until the text is opened anew", async () => {
    const uri = await flowFile();
    const other = await flowFile();
    await openText(uri);
    await vscode.window.tabGroups.close(await viewOf(uri));
    await openText(other);
    await viewOf(other);
    await openText(uri);
    await pause(TIME_TO_OPEN_MS);
    assert.equal(tabsOf(uri).view.length, 0);

    await vscode.window.tabGroups.close(tabsOf(uri).text);
    await openText(uri);
    await viewOf(uri);
  });

  it("does not open for differences", async () => {
    const uri = await flowFile();
    const other = await flowFile(SMALL_FLOW.replace('"seed": 1', '"seed": 2'));
    await vscode.commands.executeCommand("vscode.diff", other, uri, "a difference");
    await until(
      "the difference is shown",
      () => vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputTextDiff,
    );
    await pause(TIME_TO_OPEN_MS);
    assert.deepEqual([tabsOf(uri).view.length, tabsOf(other).view.length], [0, 0]);
    assert.equal(api.sessions.of(uri), null);
  });

  it("does not open for files of other tools that have the same ending", async () => {
    const uri = await flowFile('{ "nodes": [], "edges": [] }');
    await openText(uri);
    await pause(TIME_TO_OPEN_MS);
    assert.equal(tabsOf(uri).view.length, 0);
    assert.equal(api.sessions.of(uri), null);
  });

  it("opens for an unsaved definition too", async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    assert.ok(folder);
    const uri = vscode.Uri.joinPath(folder, "unsaved.flow.json").with({ scheme: "untitled" });
    const editor = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), SMALL_FLOW));
    await viewOf(uri);
    await readySession(api, uri);
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  });

  it("opens on request only, when set so", async () => {
    await setSetting("openView", "manual");
    try {
      const uri = await flowFile();
      await openText(uri);
      await pause(TIME_TO_OPEN_MS);
      assert.equal(tabsOf(uri).view.length, 0);
      await vscode.commands.executeCommand("pushforward.openView", uri);
      assert.equal((await viewOf(uri)).group.viewColumn, vscode.ViewColumn.Two);
    } finally {
      await setSetting("openView", undefined);
    }
  });

  it("takes the text's place, when set so", async () => {
    await setSetting("openView", "replace");
    try {
      const uri = await flowFile();
      await openText(uri);
      await viewOf(uri);
      await until("the text has given way", () => tabsOf(uri).text.length === 0);
      await vscode.commands.executeCommand("pushforward.openText", uri);
      await until("the text is back", () => tabsOf(uri).text.length === 1);
      await pause(TIME_TO_OPEN_MS);
      assert.deepEqual([tabsOf(uri).text.length, tabsOf(uri).view.length], [1, 1]);
    } finally {
      await setSetting("openView", undefined);
    }
  });

  it("of a version under source control is shown without training", async () => {
    const uri = await flowFile();
    const provider = vscode.workspace.registerTextDocumentContentProvider("pushforward-old", {
      provideTextDocumentContent: () => SMALL_FLOW,
    });
    try {
      const old = uri.with({ scheme: "pushforward-old" });
      await vscode.commands.executeCommand("vscode.openWith", old, VIEW_TYPE);
      const session = await readySession(api, old);
      assert.equal(session.state.mayTrain, false);
      await assert.rejects(session.train(), /source control/);
      assert.equal(session.run.step, 0);
    } finally {
      provider.dispose();
    }
  });
});
