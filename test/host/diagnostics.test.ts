import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { ForTests } from "../../src/extension/extension";
import {
  closeEverything,
  extensionForTests,
  flowFile,
  openText,
  plainText,
  readySession,
  replaceAll,
  SMALL_FLOW,
  setSetting,
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

  it("that VS Code itself underlines, since the text is no JSON, are not underlined twice", async () => {
    const uri = await flowFile();
    const editor = await openText(uri);
    const session = await readySession(api, uri);
    const theirs = () => vscode.languages.getDiagnostics(uri).filter(({ source }) => source === "jsonc");
    await replaceAll(editor, SMALL_FLOW.replace('"seed": 1,', '"seed": 1'));
    await until("the fault is known", () => session.state.situation.kind === "faulty");
    assert.ok(session.problems?.list.every(({ code }) => code === "syntax"));
    await until("it is said by VS Code alone", () => theirs().length > 0 && ours(uri).length === 0);

    const json = vscode.workspace.getConfiguration("json");
    await json.update("validate.enable", false, vscode.ConfigurationTarget.Global);
    try {
      await until("it is said by us alone", () => theirs().length === 0 && ours(uri).length > 0);
    } finally {
      await json.update("validate.enable", undefined, vscode.ConfigurationTarget.Global);
    }
    await until("it is said by VS Code alone again", () => theirs().length > 0 && ours(uri).length === 0);
    await replaceAll(editor, FAULTY);
    await until("a fault of the meaning is said by us", () => ours(uri).length > 0 && theirs().length === 0);
  });

  it("leave nothing to begin anew with: the run is kept, and a reset refused", async () => {
    const uri = await flowFile();
    const editor = await openText(uri);
    const session = await readySession(api, uri);
    await session.step(4);
    await replaceAll(editor, FAULTY);
    await until("the fault is known", () => session.state.situation.kind === "faulty");
    await assert.rejects(session.reset(), /errors/);
    assert.equal(session.run.step, 4);
    await replaceAll(editor, SMALL_FLOW);
    await session.reset();
    assert.equal(session.run.step, 0);
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

  it("hovers say how a layer is computed, whether it has a network, and what a step takes", async () => {
    const layers = [
      '{ "type": "coupling", "mask": [1, 0], "transform": { "type": "affine" }, "net": { "type": "mlp", "hidden": [8], "activation": "tanh" } }',
      '{ "type": "coupling", "mask": [0, 1], "transform": { "type": "affine" }, "net": { "type": "mlp", "hidden": [8], "activation": "relu" } }',
      '{ "type": "actnorm" }',
    ];
    const text = `{ "version": 1, "layers": [\n${layers.join(",\n")}\n], "target": { "type": "moons" } }`;
    const uri = await flowFile(text);
    await openText(uri);
    await readySession(api, uri);
    const ways = async () => {
      const document = await vscode.workspace.openTextDocument(uri);
      const said = layers.map(async (_, i) => {
        const position = new vscode.Position(i + 1, document.lineAt(i + 1).text.indexOf('"type"') + 2);
        const hovers = await vscode.commands.executeCommand<vscode.Hover[]>("vscode.executeHoverProvider", uri, position);
        const parts = hovers.flatMap(({ contents }) => contents).map(plainText);
        return /^Computed by .*\n.*$/m.exec(parts.join("\n"))?.[0].replace(/\s+/g, " ") ?? "";
      });
      return Promise.all(said);
    };
    const flow = / The whole flow takes about [\d.,]+ ms a training step\.$/;
    const kernels = await ways();
    for (const way of kernels) assert.match(way, flow);
    assert.deepEqual(
      kernels.map((way) => way.replace(flow, "")),
      [
        "Computed by fused kernels, its network sample by sample.",
        "Computed by fused kernels, its network as exact straight pieces.",
        "Computed by fused kernels.",
      ],
    );
    await setSetting("kernels", "off");
    try {
      await until("TensorFlow.js computes", () => api.sessions.of(uri)?.state.summary?.computing.path === "tfjs");
      for (const way of await ways()) assert.equal(way.replace(flow, ""), "Computed by TensorFlow.js.");
    } finally {
      await setSetting("kernels", undefined);
    }
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
    const head = titles.find((title) => title.startsWith("K = 2 · "));
    assert.equal(head, `K = 2 · 68 parameters · NLL ${session.pictures.frame?.health?.nll?.toFixed(4)} nats`);
  });
});
