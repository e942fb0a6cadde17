/**
 * Shows the Flow view when a definition comes to the front as text. Once per opening: a view that the user closed stays closed, also
 * over a reload of the window. Never for differences and versions of source control.
 */
import * as vscode from "vscode";
import { looksLikeFlow } from "../language/definition";
import { VIEW_TYPE } from "./contributions";
import { isFlowUri } from "./documents";
import { setting } from "./settings";
import { Store } from "./store";

const OFFERED = "offered views";

export class AutoOpen extends Store {
  /** Documents whose view was offered since their text was opened. */
  private readonly offered: Set<string>;

  constructor(private readonly memory: vscode.Memento) {
    super();
    this.offered = new Set(memory.get<string[]>(OFFERED, []));
    this.own(
      vscode.window.onDidChangeActiveTextEditor((editor) => this.offer(editor)),
      vscode.window.tabGroups.onDidChangeTabs(({ closed }) => this.forget(closed)),
    );
    void this.offer(vscode.window.activeTextEditor);
  }

  private async offer(editor: vscode.TextEditor | undefined): Promise<void> {
    const document = editor?.document;
    if (!document || !isFlowUri(document.uri)) return;
    const { uri } = document;
    if (uri.scheme !== "file" && uri.scheme !== "untitled") return;
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    const key = uri.toString();
    // The right side of a difference is the file itself: only the kind of its tab tells.
    if (!(tab?.input instanceof vscode.TabInputText) || tab.input.uri.toString() !== key) return;
    const how = setting("openView", uri);
    if (how === "manual" || this.offered.has(key) || !looksLikeFlow(document.getText())) return;
    this.remember(key);
    if (viewTabOf(uri)) return;
    if (how === "beside") {
      // The view takes over the text tab's own preview state, else clicking through files piles up views.
      const options = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: tab.isPreview };
      await vscode.commands.executeCommand("vscode.openWith", uri, VIEW_TYPE, options);
    } else {
      await vscode.commands.executeCommand("vscode.openWith", uri, VIEW_TYPE);
      const text = textTabOf(uri); // asked anew: the tab from before the opening is a stale object
      if (text) await vscode.window.tabGroups.close(text, true);
    }
  }

  /** When the text is closed, its next opening is a fresh one. In "replace" the text gives way to the view, which is no closing. */
  private forget(closed: readonly vscode.Tab[]): void {
    for (const { input } of closed) {
      const uri = input instanceof vscode.TabInputText ? input.uri : null;
      if (uri && !viewTabOf(uri) && this.offered.delete(uri.toString())) this.save();
    }
  }

  private remember(key: string): void {
    this.offered.add(key);
    this.save();
  }

  private save(): void {
    void this.memory.update(OFFERED, [...this.offered]);
  }
}

function viewTabOf(uri: vscode.Uri): vscode.Tab | null {
  return tabOf(
    (input) => input instanceof vscode.TabInputCustom && input.viewType === VIEW_TYPE && input.uri.toString() === uri.toString(),
  );
}

function textTabOf(uri: vscode.Uri): vscode.Tab | null {
  return tabOf((input) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString());
}

function tabOf(shows: (input: unknown) => boolean): vscode.Tab | null {
  return vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).find(({ input }) => shows(input)) ?? null;
}
