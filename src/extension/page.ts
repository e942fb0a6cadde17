/** The HTML of our pages: no inline code or style, a fresh nonce for each load, nothing from outside the extension's own folder. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { Port } from "../protocol/channel";

export interface PageFiles {
  readonly script: string;
  readonly styles: readonly string[];
}

export const FLOW_VIEW: PageFiles = {
  script: "dist/flow-view.js",
  styles: ["dist/codicons/codicon.css", "media/page.css", "media/numbers.css", "media/flow-view.css"],
};
export const INSPECTOR: PageFiles = {
  script: "dist/inspector.js",
  styles: ["dist/codicons/codicon.css", "media/page.css", "media/numbers.css", "media/inspector.css"],
};

export function preparePage(webview: vscode.Webview, extension: vscode.Uri, files: PageFiles, title: string): void {
  const roots = ["dist", "media"].map((folder) => vscode.Uri.joinPath(extension, folder));
  webview.options = { enableScripts: true, localResourceRoots: roots };
  const address = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(extension, file)).toString();
  webview.html = pageHtml({
    language: vscode.env.language,
    title,
    nonce: randomBytes(24).toString("base64"), // 192 bits
    source: webview.cspSource,
    styles: files.styles.map(address),
    script: address(files.script),
  });
}

interface PageParts {
  readonly language: string;
  readonly title: string;
  readonly nonce: string;
  readonly source: string;
  readonly styles: readonly string[];
  readonly script: string;
}

function pageHtml({ language, title, nonce, source, styles, script }: PageParts): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${source}`,
    `img-src ${source} data: blob:`,
    `font-src ${source}`,
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${asAttribute(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${asAttribute(title)}</title>
${styles.map((href) => `<link rel="stylesheet" href="${asAttribute(href)}">`).join("\n")}
</head>
<body>
<main id="pushforward"></main>
<script nonce="${nonce}" src="${asAttribute(script)}"></script>
</body>
</html>`;
}

function asAttribute(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
}

/** The host's end of the channel to a page. Messages to a page that is gone are dropped. */
export function portOf(webview: vscode.Webview, isGone: () => boolean): Port {
  return {
    post: (message) => {
      if (!isGone()) void webview.postMessage(message);
    },
    onMessage: (listener) => void webview.onDidReceiveMessage(listener),
  };
}
