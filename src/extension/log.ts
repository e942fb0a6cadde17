/** The log channel. What comes from files or from the engine is stripped of control characters: a log is read in terminals too. */
import type * as vscode from "vscode";

export interface Log {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
  show(): void;
}

export function logTo(channel: vscode.LogOutputChannel): Log {
  return {
    info: (text) => channel.info(plain(text)),
    warn: (text) => channel.warn(plain(text)),
    error: (text) => channel.error(plain(text)),
    show: () => channel.show(true),
  };
}

const ESCAPE = String.fromCharCode(27);
const TERMINAL_SEQUENCE = new RegExp(`${ESCAPE}\\[[0-?]*[ -/]*[@-~]`, "g");

/** Without terminal sequences and control characters; lines and tabs stay. */
export function plain(text: string): string {
  const lines = text.replace(/\r\n?/g, "\n").replace(TERMINAL_SEQUENCE, "");
  return lines.replace(/\p{Cc}/gu, (control) => (control === "\n" || control === "\t" ? control : "")).trimEnd();
}
