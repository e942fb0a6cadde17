/** What each command does. A command of the table without a handler does not compile. */
import * as vscode from "vscode";
import { type CommandId, INSPECTOR_TYPE, VIEW_TYPE } from "./contributions";
import { isFlowUri, uriOfInput } from "./documents";
import { exportData } from "./export-data";
import { newFlow } from "./new-flow";
import { pinPoint } from "./pin-point";
import type { Session } from "./session";
import type { Sessions } from "./sessions";
import { Store } from "./store";
import { textColumn } from "./text-edits";
import type { UserActions } from "./user-actions";

const PAGE_PATIENCE_MS = 10_000; // a page loads within a second; after this something else is wrong

export class Commands extends Store {
  constructor(
    private readonly sessions: Sessions,
    private readonly actions: UserActions,
  ) {
    super();
    for (const [id, handler] of Object.entries(this.handlers())) {
      this.own(vscode.commands.registerCommand(id, (...args: unknown[]) => actions.attempt(async () => handler(...args))));
    }
  }

  private handlers(): { readonly [Id in CommandId]: (...args: readonly unknown[]) => unknown } {
    const { actions } = this;
    /** For commands about a flow: that of the resource given by a menu, else the one in front. */
    const about =
      (action: (session: Session, ...rest: readonly unknown[]) => unknown) =>
      async (place?: unknown, ...rest: readonly unknown[]) => {
        const session = (place instanceof vscode.Uri ? this.sessions.of(place) : null) ?? this.sessions.active;
        if (session) await action(session, ...rest);
        else void vscode.window.showInformationMessage(vscode.l10n.t("Open a flow definition (*.flow.json) first."));
      };
    return {
      "pushforward.newFlow": (place) => newFlow(place instanceof vscode.Uri ? place : undefined),
      "pushforward.openView": (place) => this.openView(uriFrom(place)),
      "pushforward.openText": (place) => openText(uriFrom(place)),
      "pushforward.train": about((session) => actions.train(session)),
      "pushforward.pause": about((session) => actions.pause(session)),
      "pushforward.step": about((session) => actions.step(session, 1)),
      "pushforward.reset": about((session) => actions.reset(session)),
      "pushforward.stop": about((session) => actions.stop(session)),
      "pushforward.pinPoint": about(pinPoint),
      "pushforward.showInspector": () => vscode.commands.executeCommand(`${INSPECTOR_TYPE}.focus`),
      "pushforward.exportPicture": about(async (session) => {
        if (!(await this.isViewReady(session))) return;
        session.pictures.audience.tell("command", { name: "export-picture" });
      }),
      "pushforward.exportData": about((session) => exportData(session, actions.uriOf(session))),
      "pushforward.restartEngine": () => actions.restartEngine(),
      "pushforward.showLog": () => actions.showLog(),
      "pushforward.selectStage": about((session, stage) => {
        if (typeof stage === "number") session.select({ stage });
      }),
    };
  }

  /** Only a page can draw: opens one if none is seen, without taking the focus. */
  private async isViewReady(session: Session): Promise<boolean> {
    const { audience } = session.pictures;
    if (audience.isDrawing) return true;
    const uri = this.actions.uriOf(session);
    await vscode.commands.executeCommand("vscode.openWith", uri, VIEW_TYPE, { viewColumn: viewColumn(uri), preserveFocus: true });
    const end = Date.now() + PAGE_PATIENCE_MS;
    while (!audience.isDrawing && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
    return audience.isDrawing;
  }

  private async openView(given: vscode.Uri | null): Promise<void> {
    const uri = given ?? (this.sessions.active && this.actions.uriOf(this.sessions.active));
    if (!uri || !isFlowUri(uri)) {
      void vscode.window.showInformationMessage(vscode.l10n.t("Open a flow definition (*.flow.json) first."));
      return;
    }
    await vscode.commands.executeCommand("vscode.openWith", uri, VIEW_TYPE, viewColumn(uri));
  }
}

/** Where the view is already, else beside the text, else here. */
function viewColumn(uri: vscode.Uri): vscode.ViewColumn {
  const shows = ({ input }: vscode.Tab) => input instanceof vscode.TabInputCustom && uriOfInput(input)?.toString() === uri.toString();
  const group = vscode.window.tabGroups.all.find(({ tabs }) => tabs.some(shows));
  if (group) return group.viewColumn;
  return textColumn(uri) === null ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside;
}

async function openText(uri: vscode.Uri | null): Promise<void> {
  if (!uri) return;
  const column = textColumn(uri) ?? vscode.ViewColumn.Beside;
  await vscode.window.showTextDocument(uri, { viewColumn: column, preview: false });
}

/** The resource that a menu gives, else that of the active tab. */
function uriFrom(place: unknown): vscode.Uri | null {
  if (place instanceof vscode.Uri) return place;
  return uriOfInput(vscode.window.tabGroups.activeTabGroup.activeTab?.input);
}
