/** The trajectory inspector in the side bar: the pinned points of the flow that was last in front. It never reveals itself. */
import * as vscode from "vscode";
import { INSPECTOR_TYPE } from "./contributions";
import { INSPECTOR, portOf, preparePage } from "./page";
import { PageServer } from "./page-server";
import type { Session } from "./session";
import type { Sessions } from "./sessions";
import { Store } from "./store";
import type { UserActions } from "./user-actions";

export class InspectorView extends Store implements vscode.WebviewViewProvider {
  private server: PageServer | null = null;
  private view: vscode.WebviewView | null = null;
  private stopListening: () => void = () => {};

  constructor(
    private readonly extension: vscode.Uri,
    private readonly sessions: Sessions,
    private readonly actions: UserActions,
  ) {
    super();
    this.own(vscode.window.registerWebviewViewProvider(INSPECTOR_TYPE, this), {
      dispose: sessions.onActive((session) => this.follow(session)),
    });
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    let isGone = false;
    const port = portOf(view.webview, () => isGone);
    const server = new PageServer({ port, drawsFrames: false, isShown: () => !isGone && view.visible }, this.actions);
    this.view = view;
    this.server = server;
    view.onDidChangeVisibility(() => server.visibilityChanged());
    view.onDidDispose(() => {
      isGone = true;
      server.dispose();
      if (this.server !== server) return;
      this.server = null;
      this.view = null;
    });
    preparePage(view.webview, this.extension, INSPECTOR, vscode.l10n.t("Trajectory Inspector"));
    this.follow(this.sessions.active);
  }

  private follow(session: Session | null): void {
    this.stopListening();
    const describe = () => {
      if (this.view) this.view.description = session?.document.fileName ?? "";
    };
    this.stopListening = session?.onChanged(describe) ?? (() => {});
    describe();
    this.server?.show(session);
  }

  override dispose(): void {
    this.stopListening();
    super.dispose();
  }
}
