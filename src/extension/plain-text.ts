import * as vscode from "vscode";

/** The text as Markdown that shows it as it is, whatever it contains, and breaks its lines: `appendText` alone forbids that. */
export function plainMarkdown(text: string): string {
  return new vscode.MarkdownString().appendText(text).value.replaceAll("&nbsp;", " ");
}
