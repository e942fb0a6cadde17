/** Ties the text to the view: the cursor selects a layer there, and the layer that is selected there is marked in the text. */
import * as vscode from "vscode";
import { rangeOfStage, stageAt } from "../language/layers";
import { isFlowUri } from "./documents";
import type { Session } from "./session";
import type { Sessions } from "./sessions";
import { Store } from "./store";
import { rangeOf } from "./text-edits";

const CURSOR_PAUSE_MS = 120; // holding an arrow key runs through layers without asking for a picture of each

export class TextLink extends Store {
  private readonly mark = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor("editor.rangeHighlightBackground"),
    overviewRulerColor: new vscode.ThemeColor("focusBorder"),
    overviewRulerLane: vscode.OverviewRulerLane.Left,
  });
  private pause: NodeJS.Timeout | null = null;

  constructor(private readonly sessions: Sessions) {
    super();
    this.own(
      this.mark,
      vscode.window.onDidChangeTextEditorSelection(({ textEditor, kind }) => {
        // Selections without a kind come from programs, ours among them.
        if (kind !== undefined) this.cursorMoved(textEditor);
      }),
      vscode.window.onDidChangeVisibleTextEditors(() => this.markAll()),
      sessions.onEach((session) => this.follow(session)),
    );
  }

  override dispose(): void {
    if (this.pause) clearTimeout(this.pause);
    super.dispose();
  }

  private follow(session: Session): void {
    session.onSelected(() => this.markAll());
  }

  private cursorMoved(editor: vscode.TextEditor): void {
    if (!isFlowUri(editor.document.uri)) return;
    if (this.pause) clearTimeout(this.pause);
    this.pause = setTimeout(() => {
      const session = this.sessions.of(editor.document.uri);
      if (!session || session.definition.isOlder) return;
      const stage = stageAt(editor.document.getText(), editor.document.offsetAt(editor.selection.active));
      if (stage !== null) session.select({ stage });
    }, CURSOR_PAUSE_MS);
  }

  private markAll(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      if (!isFlowUri(editor.document.uri)) continue;
      const session = this.sessions.of(editor.document.uri);
      const range = session && this.rangeToMark(editor.document, session);
      editor.setDecorations(this.mark, range ? [range] : []);
    }
  }

  private rangeToMark(document: vscode.TextDocument, session: Session): vscode.Range | null {
    if (session.pictures.audience.size === 0 || session.definition.isOlder) return null;
    const { stage } = session.pictures.selected;
    const isDataEnd = stage === session.definition.opened?.summary.layers.length;
    const place = isDataEnd ? null : rangeOfStage(document.getText(), stage); // the whole flow is no single line
    return place && rangeOf(document, place.offset, place.length);
  }
}
