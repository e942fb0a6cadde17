/** Saves a picture that a page has drawn. */
import * as vscode from "vscode";
import { plain } from "./log";

export async function savePicture(uri: vscode.Uri, name: string, png: Uint8Array): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    void vscode.window.showWarningMessage(vscode.l10n.t("Exporting is off in Restricted Mode. Trust this folder to export."));
    return;
  }
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(exportFolder(uri), `${safeFileName(name.replace(/\.png$/i, ""))}.png`),
    filters: { PNG: ["png"] },
    title: vscode.l10n.t("Export Picture"),
  });
  if (!target) return;
  await vscode.workspace.fs.writeFile(target, png);
  const open = vscode.l10n.t("Open");
  const choice = await vscode.window.showInformationMessage(vscode.l10n.t("Saved {0}.", target.path.split("/").at(-1) ?? ""), open);
  if (choice === open) await vscode.commands.executeCommand("vscode.open", target);
}

/** Beside the definition, or in the first workspace folder for one that has no place yet. */
export function exportFolder(uri: vscode.Uri): vscode.Uri {
  const first = vscode.workspace.workspaceFolders?.[0]?.uri;
  return uri.scheme === "untitled" && first ? first : vscode.Uri.joinPath(uri, "..");
}

const LONGEST_NAME = 64;

/** A name from a page or a definition, as a file name on every system. */
export function safeFileName(name: string): string {
  const safe = plain(name)
    .replace(/[\\/:*?"<>|\n\t]+/g, "-")
    .replace(/^[.\s]+|[.\s]+$/g, "")
    .slice(0, LONGEST_NAME);
  return safe || "flow";
}
