/** The Flow view: a custom editor over the text document, which stays the model. Undo, save and hot exit are the text's own. */
import * as vscode from "vscode";
import { VIEW_TYPE } from "./contributions";
import { FLOW_VIEW, portOf, preparePage } from "./page";
import { PageServer } from "./page-server";
import type { Sessions } from "./sessions";
import { Store } from "./store";
import type { UserActions } from "./user-actions";

export class FlowEditor extends Store implements vscode.CustomTextEditorProvider {
  constructor(
    private readonly extension: vscode.Uri,
    private readonly sessions: Sessions,
    private readonly actions: UserActions,
  ) {
    super();
    this.own(
      vscode.window.registerCustomEditorProvider(VIEW_TYPE, this, {
        supportsMultipleEditorsPerDocument: false,
        webviewOptions: { retainContextWhenHidden: false },
      }),
    );
  }

  resolveCustomTextEditor(document: vscode.TextDocument, panel: vscode.WebviewPanel): void {
    let isGone = false;
    const fileName = document.uri.path.split("/").at(-1) ?? "";
    const port = portOf(panel.webview, () => isGone);
    const server = new PageServer({ port, drawsFrames: true, isShown: () => !isGone && panel.visible }, this.actions);
    server.show(this.sessions.open(document.uri));
    panel.onDidChangeViewState(() => server.visibilityChanged());
    panel.onDidDispose(() => {
      isGone = true;
      server.dispose();
    });
    preparePage(panel.webview, this.extension, FLOW_VIEW, fileName);
  }
}
