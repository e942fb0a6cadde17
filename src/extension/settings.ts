/** The user's settings, read anew at every use: a value kept from before a grant of trust would be the wrong one. */
import * as vscode from "vscode";
import type { Limits } from "../protocol/engine";
import { MOST_THREADS, type Settings, settingTable } from "./setting-table";

export function setting<Key extends keyof Settings>(key: Key, scope?: vscode.Uri): Settings[Key] {
  return vscode.workspace.getConfiguration("pushforward", scope ?? null).get<Settings[Key]>(key, settingTable[key].default);
}

/** What definitions are opened with. */
export function limits(): Limits {
  return {
    memoryBytes: setting("memoryLimit") * 1024 * 1024,
    kernels: setting("kernels") === "off" ? "off" : "auto",
    threads: allowedThreads(setting("threads")),
  };
}

/** VS Code only underlines a value beyond the limits in settings.json; a thousand threads would be started all the same. */
function allowedThreads(wanted: number): number {
  return Number.isInteger(wanted) ? Math.min(Math.max(wanted, 0), MOST_THREADS) : settingTable.threads.default;
}
