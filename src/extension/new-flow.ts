/** Makes a new definition from a template, as an unsaved document beside the data or in the folder that was clicked. */
import * as vscode from "vscode";
import { csvTemplate, type Template, templates } from "../language/templates";
import { VIEW_TYPE } from "./contributions";
import { Refusal } from "./world";

/** `place` is what was clicked in the explorer: a folder, a table, or nothing. */
export async function newFlow(place?: vscode.Uri): Promise<void> {
  const table = place && isTable(place) ? place : null;
  const template = table ? await flowForTable(table) : await chooseTemplate();
  if (!template) return;
  const folder = table ? vscode.Uri.joinPath(table, "..") : await folderFor(place);
  const uri = await freeName(folder, template.name);
  const document = await vscode.workspace.openTextDocument(uri);
  const edit = new vscode.WorkspaceEdit();
  edit.insert(uri, new vscode.Position(0, 0), template.text);
  await vscode.workspace.applyEdit(edit);
  await vscode.window.showTextDocument(document);
  const isManual = vscode.workspace.getConfiguration("pushforward", uri).get("openView") === "manual";
  if (isManual)
    await vscode.commands.executeCommand("vscode.openWith", uri, VIEW_TYPE, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true });
}

async function chooseTemplate(): Promise<Template | null> {
  const table = { label: vscode.l10n.t("Columns of a table…"), description: vscode.l10n.t("A CSV or TSV file of yours"), template: null };
  const items = [...templates.map((template) => ({ label: template.title, description: template.summary, template })), table];
  const title = vscode.l10n.t("New flow from template");
  const choice = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: vscode.l10n.t("Each is complete and trains as it stands"),
    matchOnDescription: true,
  });
  if (!choice) return null;
  if (choice.template) return choice.template;
  const picked = await vscode.window.showOpenDialog({
    filters: { [vscode.l10n.t("Tables")]: ["csv", "tsv"] },
    title: vscode.l10n.t("Choose a table"),
  });
  const file = picked?.[0];
  return file ? flowForTable(file) : null;
}

async function flowForTable(table: vscode.Uri): Promise<Template | null> {
  const names = await columnsOf(table);
  const placeHolder = vscode.l10n.t("Choose the columns that become coordinates; two give pictures");
  const items = names.map((label, i) => ({ label, picked: i < 2 }));
  const chosen = await vscode.window.showQuickPick(items, { canPickMany: true, placeHolder, title: fileName(table) });
  if (!chosen || chosen.length === 0) return null;
  const columns = chosen.map(({ label }) => label);
  return { ...csvTemplate(fileName(table), columns), name: fileName(table).replace(/\.[^.]+$/, "") };
}

const LONGEST_TABLE = 50_000_000; // a table is read here only for its first line; VS Code can read whole files only

/** Names in the first line. The engine reads the rows, with all the care that values need. */
async function columnsOf(table: vscode.Uri): Promise<readonly string[]> {
  const { size } = await vscode.workspace.fs.stat(table);
  if (size > LONGEST_TABLE)
    throw new Refusal(vscode.l10n.t("{0} is too large to look into. Write its columns into the definition by hand.", fileName(table)));
  const text = new TextDecoder().decode((await vscode.workspace.fs.readFile(table)).subarray(0, 65_536)).replace(/^\ufeff/, "");
  const line = text.split(/\r\n|\r|\n/, 1)[0] ?? "";
  const separator = ["\t", ";", ","].find((candidate) => line.includes(candidate)) ?? ",";
  const names = line.split(separator).map((name) => name.trim().replace(/^"(.*)"$/, "$1"));
  const usable = names.filter((name) => name !== "" && Number.isNaN(Number(name)));
  if (usable.length === 0) throw new Refusal(vscode.l10n.t("The first line of {0} names no columns.", fileName(table)));
  return [...new Set(usable)];
}

async function folderFor(place: vscode.Uri | undefined): Promise<vscode.Uri | null> {
  if (place) return place;
  const active = vscode.window.activeTextEditor?.document.uri;
  if (active?.scheme === "file") return vscode.Uri.joinPath(active, "..");
  return vscode.workspace.workspaceFolders?.[0]?.uri ?? null;
}

/** An `untitled:` address whose file does not exist yet: saving it must overwrite nothing. */
async function freeName(folder: vscode.Uri | null, name: string): Promise<vscode.Uri> {
  for (let n = 1; ; n++) {
    const file = `${name}${n === 1 ? "" : `-${n}`}.flow.json`;
    const uri = folder
      ? vscode.Uri.joinPath(folder, file).with({ scheme: "untitled" })
      : vscode.Uri.from({ scheme: "untitled", path: file });
    const isOpen = vscode.workspace.textDocuments.some((document) => document.uri.path === uri.path);
    if (!isOpen && !(folder && (await exists(vscode.Uri.joinPath(folder, file))))) return uri;
  }
}

export async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return false;
    throw error;
  }
}

function isTable(uri: vscode.Uri): boolean {
  return /\.(csv|tsv)$/i.test(uri.path);
}

function fileName(uri: vscode.Uri): string {
  return uri.path.split("/").at(-1) ?? uri.path;
}
