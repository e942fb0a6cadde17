/** Which documents are flows, and what a session needs to know of one. */
import * as vscode from "vscode";
import type { Pin } from "../protocol/model";
import { VIEW_TYPE } from "./contributions";
import type { RunArchive } from "./run-archive";
import type { DocumentDoor, Permission } from "./world";

export function isFlowUri(uri: vscode.Uri): boolean {
  return uri.path.toLowerCase().endsWith(".flow.json");
}

/** Documents that can be edited and trained; versions from source control and other read-only schemes are only shown. */
function isOwn({ scheme }: vscode.Uri): boolean {
  return scheme === "file" || scheme === "untitled" || vscode.workspace.fs.isWritableFileSystem(scheme) === true;
}

export function openDocument(uri: vscode.Uri): vscode.TextDocument | undefined {
  const key = uri.toString();
  return vscode.workspace.textDocuments.find((document) => !document.isClosed && document.uri.toString() === key);
}

/** Documents that a tab shows, as text or in the Flow view; of differences the right side, which is the file itself, does not count. */
export function shownUris(): ReadonlySet<string> {
  const inputs = vscode.window.tabGroups.all.flatMap((group) => group.tabs.map((tab) => tab.input));
  return new Set(inputs.flatMap((input) => uriOfInput(input)?.toString() ?? []));
}

export function uriOfInput(input: unknown): vscode.Uri | null {
  if (input instanceof vscode.TabInputText) return input.uri;
  return input instanceof vscode.TabInputCustom && input.viewType === VIEW_TYPE ? input.uri : null;
}

export function pinsKey(uri: vscode.Uri): string {
  return `pins ${uri.toString()}`;
}

/** What outlives a session: pins in the workspace's state, runs on disk. */
export interface Memory {
  readonly memory: vscode.Memento;
  readonly archive: RunArchive;
}

/** The door to the document of a URI. */
export function documentDoor(uri: vscode.Uri, { memory, archive }: Memory): DocumentDoor {
  return {
    fileName: uri.path.split("/").at(-1) ?? uri.path,
    text: () => openDocument(uri)?.getText() ?? null,
    folder: () => folderOf(uri),
    permission: () => permissionFor(uri),
    loadPins: () => memory.get<Pin[]>(pinsKey(uri), []).filter(isPin),
    savePins: (pins) => void memory.update(pinsKey(uri), pins.length > 0 ? pins : undefined),
    loadRun: () => archive.load(uri.toString()),
    saveRun: (run) => archive.save(uri.toString(), run),
    dropRun: () => void archive.drop(uri.toString()),
  };
}

/** Folder on disk that paths of a definition start from. An unsaved one has it when its name already says where it will be. */
function folderOf(uri: vscode.Uri): string | null {
  const future = uri.scheme === "untitled" ? uri.with({ scheme: "file" }) : uri;
  if (future.scheme !== "file" || (future !== uri && !vscode.workspace.getWorkspaceFolder(future))) return null;
  return vscode.Uri.joinPath(future, "..").fsPath;
}

function permissionFor(uri: vscode.Uri): Permission {
  if (!isOwn(uri)) return { allowed: false, why: vscode.l10n.t("This is a version from source control: it is shown, but not trained.") };
  if (!vscode.workspace.isTrusted)
    return { allowed: false, why: vscode.l10n.t("Training is off in Restricted Mode. Trust this folder to train.") };
  return { allowed: true };
}

/** What a memento gives back was written by some version of this extension, or edited by hand. */
function isPin(value: unknown): value is Pin {
  const pin = value as Partial<Pin> | null;
  return typeof pin?.name === "string" && Array.isArray(pin.x) && pin.x.every((x) => typeof x === "number");
}
