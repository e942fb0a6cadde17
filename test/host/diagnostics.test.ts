import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { ForTests } from "../../src/extension/extension";
import {
  closeEverything,
  extensionForTests,
  flowFile,
  openText,
  readySession,
  replaceAll,
  SMALL_FLOW,
  until,
  viewOf,
} from "../support/editor";

describe("faults in the text", () => {
  let api: ForTests;
  before(async () => {
    api = await extensionForTests();
  });
  afterEach(closeEverything);

  const ours = (uri: vscode.Uri) => vscode.languages.getDiagnostics(uri).filter(({ source }) => source === "pushforward");
  /** The first mask with one entry too many: the schema cannot know that it is wrong. */
  const FAULTY = SMALL_FLOW.replace('"mask": [1, 0]', '"mask": [1, 0, 1]');

  it("are underlined in their place, while the last good picture stays", async () => {
    const uri = await flowFile();
    const editor = await openText(uri);
    await viewOf(uri);
    const session = await readySession(api, uri);
    const frame = await until("a picture", () => session.pictures.frame);
    await replaceAll(editor, FAULTY);
    const [diagnostic] = await until("a diagnostic", () => ours(uri).length > 0 && ours(uri));
    assert.ok(diagnostic);
    assert.equal(editor.document.getText(diagnostic.range), "[1, 0, 1]");
    assert.equal(diagnostic.severity, vscode.DiagnosticSeverity.Error);
    assert.equal(session.state.situation.kind, "faulty");
    assert.equal(session.state.summary?.layers.length, 2);
    assert.equal(session.pictures.frame, frame);
    await assert.rejects(session.train(), /errors/);

    await replaceAll(editor, SMALL_FLOW);
    await until("no diagnostics", () => ours(uri).length === 0 && session.state.situation.kind === "ready");
  });

  it("are mended by a quick fix, which undo takes back", async () => {
    const uri = await flowFile(FAULTY);
    const editor = await openText(uri);
    const [diagnostic] = await until("a diagnostic", () => ours(uri).length > 0 && ours(uri));
    assert.ok(diagnostic);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>("vscode.executeCodeActionProvider", uri, diagnostic.range);
    const fix = actions.find(({ edit, kind }) => edit && kind?.contains(vscode.CodeActionKind.QuickFix));
    assert.ok(fix?.edit, `no fix among ${actions.map(({ title }) => title).join(", ")}`);
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    await until("no diagnostics", () => ours(uri).length === 0);
    const mended = editor.document.getText();
    assert.notEqual(mended, FAULTY);

    await vscode.window.showTextDocument(editor.document, { viewColumn: vscode.ViewColumn.One });
    await vscode.commands.executeCommand("undo");
    assert.equal(editor.document.getText(), FAULTY);
    await until("the diagnostic again", () => ours(uri).length > 0);
    await vscode.commands.executeCommand("redo");
    assert.equal(editor.document.getText(), mended);
  });

  it("of every prefix of a definition are diagnostics, nothing worse", async function () {
    this.timeout(60_000);
    const uri = await flowFile();
    const editor = await openText(uri);
    const session = await readySession(api, uri);
    const { pid } = api.engine;
    for (let length = 0; length <= SMALL_FLOW.length; length += 61) {
      await replaceAll(editor, SMALL_FLOW.slice(0, length));
      await session.definition.settle();
      const { kind } = session.state.situation;
      assert.ok(kind === "faulty" || kind === "empty" || kind === "ready", `${kind} at ${length}`);
    }
    await replaceAll(editor, SMALL_FLOW);
    await until("ready again", () => session.state.situation.kind === "ready");
    assert.equal(api.engine.pid, pid);
  });

  it("disappear with the document", async () => {
    const uri = await flowFile(FAULTY);
    await openText(uri);
    await until("a diagnostic", () => ours(uri).length > 0);
    await closeEverything();
    await until("no diagnostics", () => ours(uri).length === 0);
  });

  it("an empty document is no fault but a beginning", async () => {
    const uri = await flowFile("");
    await openText(uri);
    await viewOf(uri);
    const session = await until("a session", () => api.sessions.of(uri));
    await until("empty", () => session.state.situation.kind === "empty");
    assert.deepEqual(ours(uri), []);
  });

  it("hovers show formula and source without trusting links to commands", async () => {
    const uri = await flowFile();
    await openText(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    const position = document.positionAt(SMALL_FLOW.indexOf('"coupling"') + 3);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>("vscode.executeHoverProvider", uri, position);
    const parts = hovers.flatMap(({ contents }) => contents).map((content) => (typeof content === "string" ? content : content.value));
    assert.ok(
      parts.some((part) => part.includes("y_b = τ(z_b; θ(z_a))")),
      parts.join("\n---\n"),
    );
  });

  it("lenses above the layers carry their numbers", async () => {
    const uri = await flowFile();
    await openText(uri);
    await viewOf(uri);
    const session = await readySession(api, uri);
    await until("a picture", () => session.pictures.frame);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri, 10);
    const titles = lenses.map(({ command }) => command?.title ?? "");
    assert.equal(titles.filter((title) => /^f[₁₂] coupling/.test(title)).length, 2, titles.join("\n"));
    assert.ok(
      titles.some((title) => title.startsWith("K = 2 · ")),
      titles.join("\n"),
    );
  });
});
