/** A real workspace in a real VS Code, for the suites in test/host. */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { ForTests } from "../../src/extension/extension";
import type { Session } from "../../src/extension/session";
import type { Settings } from "../../src/extension/setting-table";

export const VIEW_TYPE = "pushforward.editor";
const LOOK_AGAIN_MS = 50;

/** Learns within a second, and has minutes of training before it, however fast the machine: no run ends while a test looks at it. */
export const SMALL_FLOW = `{
  "version": 1,
  "seed": 1,
  "layers": [
    { "type": "coupling", "mask": [1, 0], "transform": { "type": "affine" }, "net": { "type": "mlp", "hidden": [8], "activation": "tanh" } },
    { "type": "coupling", "mask": [0, 1], "transform": { "type": "affine" }, "net": { "type": "mlp", "hidden": [8], "activation": "tanh" } }
  ],
  "target": { "type": "moons" },
  "train": { "steps": 1000000, "batch": 512, "checkpointEvery": 20 },
  "view": { "grid": 32, "samples": 50 }
}
`;

export async function extensionForTests(): Promise<ForTests> {
  const extension = vscode.extensions.getExtension<{ forTests: ForTests } | undefined>("pushforward.pushforward");
  assert.ok(extension, "the extension is not installed");
  const api = await extension.activate();
  assert.ok(api, "PUSHFORWARD_TEST is not set for the extension host");
  return api.forTests;
}

export async function until<T>(what: string, ask: () => T | null | undefined | false, timeout = 20_000): Promise<T> {
  const end = Date.now() + timeout;
  for (;;) {
    const answer = ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`not within ${timeout / 1000} s: ${what}`);
    await pause(LOOK_AGAIN_MS);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

let written = 0;
const SUITE = Date.now().toString(36); // each suite is a bundle of its own, with its own count

/** A new file in the workspace; every call makes its own, so that no test sees another's leavings. */
export async function flowFile(text = SMALL_FLOW, stem = "flow"): Promise<vscode.Uri> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  assert.ok(folder, "the tests need a workspace folder");
  const uri = vscode.Uri.joinPath(folder, `${SUITE}-${++written}-${stem}.flow.json`);
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  return uri;
}

export async function openText(uri: vscode.Uri): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.One, preview: false });
}

export async function replaceAll(editor: vscode.TextEditor, text: string): Promise<void> {
  const whole = new vscode.Range(editor.document.positionAt(0), editor.document.positionAt(editor.document.getText().length));
  assert.ok(await editor.edit((edit) => edit.replace(whole, text)));
}

export function tabsOf(uri: vscode.Uri): { readonly text: vscode.Tab[]; readonly view: vscode.Tab[] } {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return {
    text: tabs.filter(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString()),
    view: tabs.filter(
      ({ input }) => input instanceof vscode.TabInputCustom && input.viewType === VIEW_TYPE && input.uri.toString() === uri.toString(),
    ),
  };
}

/** What a reader of a hover sees of the text that was appended to it as text. */
export function plainText(content: vscode.MarkdownString | vscode.MarkedString): string {
  const { value } = typeof content === "string" ? { value: content } : content;
  return value.replaceAll("&nbsp;", " ").replace(/\\(?=[^\p{L}\p{N}])/gu, "");
}

/** Changes a setting of the user; undefined takes it back. */
export async function setSetting(name: keyof Settings, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration("pushforward").update(name, value, vscode.ConfigurationTarget.Global);
}

export async function viewOf(uri: vscode.Uri): Promise<vscode.Tab> {
  return until(`the view of ${uri.path} is open`, () => tabsOf(uri).view[0]);
}

/** The session of a document, once the engine has accepted its definition. */
export async function readySession({ sessions }: ForTests, uri: vscode.Uri): Promise<Session> {
  return until(
    `the definition of ${uri.path} is open in the engine`,
    () => {
      const session = sessions.of(uri);
      return session?.state.situation.kind === "ready" && session;
    },
    25_000,
  );
}

/** Leaves the editor as the next test expects it: nothing open, nothing unsaved. */
export async function closeEverything(): Promise<void> {
  for (const document of vscode.workspace.textDocuments) {
    if (!document.isDirty || document.uri.scheme !== "file") continue;
    await document.save();
  }
  await vscode.commands.executeCommand("workbench.action.closeAllEditors");
}
