/** The few ways in which our buttons touch the text: always through a WorkspaceEdit, so that undo takes it back. */
import * as vscode from "vscode";
import { isBlank } from "../language/definition";
import { templateByName } from "../language/templates";
import type { Fault } from "../protocol/model";
import { openDocument } from "./documents";
import type { Session } from "./session";

/** Selects a place in the text: in an editor that already shows it, else beside. */
export async function revealText(uri: vscode.Uri, offset: number, length: number): Promise<void> {
  const document = openDocument(uri) ?? (await vscode.workspace.openTextDocument(uri));
  const selection = rangeOf(document, offset, length);
  await vscode.window.showTextDocument(document, { viewColumn: textColumn(uri) ?? vscode.ViewColumn.Beside, selection });
}

/** The group with the document's text, or null when it is shown nowhere. */
export function textColumn(uri: vscode.Uri): vscode.ViewColumn | null {
  const shows = (tab: vscode.Tab) => tab.input instanceof vscode.TabInputText && tab.input.uri.toString() === uri.toString();
  return vscode.window.tabGroups.all.find((group) => group.tabs.some(shows))?.viewColumn ?? null;
}

/** Applies the remedy of a fault. The page's copy only says which one: what is written comes from our own findings. */
export async function applyFault(uri: vscode.Uri, session: Session, asked: Fault): Promise<void> {
  const document = openDocument(uri);
  const { problems } = session;
  if (!document || problems?.text !== document.getText()) return; // the text has moved on, and the fault with it
  const fault = problems.list.find(({ code, offset, length }) => code === asked.code && offset === asked.offset && length === asked.length);
  if (!fault?.fix) return;
  const edit = new vscode.WorkspaceEdit();
  edit.replace(uri, rangeOf(document, fault.fix.offset, fault.fix.length), fault.fix.text);
  await vscode.workspace.applyEdit(edit);
}

/** Fills an empty definition. */
export async function insertTemplate(uri: vscode.Uri, name: string): Promise<void> {
  const document = openDocument(uri);
  const template = templateByName(name);
  if (!document || !template || !isBlank(document.getText())) return;
  const edit = new vscode.WorkspaceEdit();
  edit.replace(uri, rangeOf(document, 0, document.getText().length), template.text);
  await vscode.workspace.applyEdit(edit);
}

export function rangeOf(document: vscode.TextDocument, offset: number, length: number): vscode.Range {
  return new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
}
