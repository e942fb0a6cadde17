/** The user's settings, read anew at every use: a value kept from before a grant of trust would be the wrong one. */
import * as vscode from "vscode";
import { type Settings, settingTable } from "./contributions";

export function setting<Key extends keyof Settings>(key: Key, scope?: vscode.Uri): Settings[Key] {
  return vscode.workspace.getConfiguration("pushforward", scope ?? null).get<Settings[Key]>(key, settingTable[key].default);
}

export function memoryLimitBytes(): number {
  return setting("memoryLimit") * 1024 * 1024;
}
