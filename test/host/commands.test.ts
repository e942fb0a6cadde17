import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { commandTable, manifest } from "../../src/extension/contributions";
import type { ForTests } from "../../src/extension/extension";
import { closeEverything, extensionForTests, flowFile, openText, readySession, until, viewOf } from "../support/editor";

describe("commands", () => {
  let api: ForTests;
  before(async () => {
    api = await extensionForTests();
  });
  afterEach(closeEverything);

  it("are all registered", async () => {
    const registered = new Set(await vscode.commands.getCommands(true));
    for (const id of Object.keys(commandTable)) assert.ok(registered.has(id), id);
  });

  it("train, pause, step and stop the flow in front", async () => {
    const uri = await flowFile();
    await openText(uri);
    await viewOf(uri);
    const session = await readySession(api, uri);
    await until("it is the active one", () => api.sessions.active === session);
    await vscode.commands.executeCommand("pushforward.step");
    assert.equal(session.run.step, 1);
    await vscode.commands.executeCommand("pushforward.train");
    await until("ten steps", () => session.run.step > 10);
    await vscode.commands.executeCommand("pushforward.pause");
    const { step } = session.run;
    await vscode.commands.executeCommand("pushforward.step");
    assert.equal(session.run.step, step + 1);
    await vscode.commands.executeCommand("pushforward.train");
    await vscode.commands.executeCommand("pushforward.stop");
    assert.equal(session.run.isTraining, false);
  });

  it("of a lens select a layer", async () => {
    const uri = await flowFile();
    await openText(uri);
    await viewOf(uri);
    const session = await readySession(api, uri);
    await vscode.commands.executeCommand("pushforward.selectStage", uri, 1);
    assert.equal(session.pictures.selected.stage, 1);
  });
});

describe("the extension as packaged", () => {
  const extension = () => {
    const found = vscode.extensions.getExtension("pushforward.pushforward");
    assert.ok(found);
    return found;
  };

  it("says in package.json what contributions.ts says", () => {
    const stated = Object.fromEntries(Object.keys(manifest()).map((key) => [key, extension().packageJSON[key]]));
    const { contributes, ...rest } = stated;
    const { contributes: wanted, ...others } = manifest() as Record<string, unknown>;
    assert.deepEqual(rest.capabilities, others.capabilities);
    assert.deepEqual(Object.keys(contributes as object).sort(), Object.keys(wanted as object).sort());
  });

  it("keeps tfjs out of the extension host, and leaves the process' own listeners alone", async () => {
    const text = readFileSync(path.join(extension().extensionPath, "dist", "extension.js"), "utf8");
    assert.doesNotMatch(text, /@tensorflow|registerBackend|numTensors/);
    const loaded = Object.keys(require.cache).filter((file) => file.includes("tensorflow"));
    assert.deepEqual(loaded, []);
    const counts = () =>
      ["uncaughtException", "unhandledRejection", "exit", "disconnect", "SIGTERM"].map((event) => process.listenerCount(event));
    const before = counts();
    const api = await extensionForTests();
    const uri = await flowFile();
    await openText(uri);
    await readySession(api, uri);
    assert.deepEqual(counts(), before);
    await closeEverything();
  });
});
