/**
 * What the engine objects to, underlined in the text. What the JSON schema can say is said by the JSON schema, as warnings; and where
 * the text is no JSON, VS Code's own underlining of that takes the place of ours.
 */
import * as vscode from "vscode";
import type { Fault } from "../protocol/model";
import { openDocument } from "./documents";
import type { Session } from "./session";
import type { Sessions } from "./sessions";
import { Store } from "./store";
import { rangeOf } from "./text-edits";

export const SOURCE = "pushforward";

export class Diagnostics extends Store {
  private readonly collection = vscode.languages.createDiagnosticCollection(SOURCE);
  private readonly listening = new Map<Session, Listening>();

  constructor(private readonly sessions: Sessions) {
    super();
    this.own(
      this.collection,
      sessions.onEach((session) => this.follow(session)),
      { dispose: sessions.onClosed((session) => this.leave(session)) },
      vscode.languages.onDidChangeDiagnostics(({ uris }) => this.othersChanged(uris)),
    );
  }

  private follow(session: Session): void {
    this.listening.set(session, { stop: session.onChanged(() => this.show(session)), uri: null, isNoJson: false });
    this.show(session);
  }

  private leave(session: Session): void {
    const known = this.listening.get(session);
    known?.stop();
    if (known?.uri) this.collection.delete(known.uri);
    this.listening.delete(session);
  }

  private othersChanged(uris: readonly vscode.Uri[]): void {
    const changed = new Set(uris.map(String));
    for (const [session, { uri, isNoJson }] of this.listening) {
      if (uri && changed.has(uri.toString()) && jsonIsSaidToBeBroken(uri) !== isNoJson) this.show(session);
    }
  }

  private show(session: Session): void {
    const known = this.listening.get(session);
    const uri = this.sessions.uriOf(session);
    const document = uri && openDocument(uri);
    if (!known || !document) return;
    if (known.uri && known.uri.toString() !== uri.toString()) this.collection.delete(known.uri); // renamed
    known.uri = uri;
    known.isNoJson = jsonIsSaidToBeBroken(uri);
    const { problems } = session;
    if (problems?.text !== document.getText()) return; // the editor moves the old marks along until the new answer is there
    this.collection.set(
      uri,
      problems.list
        .filter((fault) => saysMoreThanTheSchema(fault) && !(known.isNoJson && fault.code === "syntax"))
        .map((fault) => diagnosticOf(document, fault)),
    );
  }
}

interface Listening {
  readonly stop: () => void;
  uri: vscode.Uri | null;
  /** VS Code says so. It does not where its JSON support or `json.validate.enable` is off. */
  isNoJson: boolean;
}

/** Its errors are about syntax; what it says by our schema are warnings. */
function jsonIsSaidToBeBroken(uri: vscode.Uri): boolean {
  return vscode.languages
    .getDiagnostics(uri)
    .some(({ source, severity }) => (source === "jsonc" || source === "json") && severity === vscode.DiagnosticSeverity.Error);
}

function saysMoreThanTheSchema({ severity, code }: Fault): boolean {
  return severity === "error" || !code.startsWith("schema/");
}

function diagnosticOf(document: vscode.TextDocument, fault: Fault): vscode.Diagnostic {
  const severity = fault.severity === "error" ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
  const diagnostic = new vscode.Diagnostic(rangeOf(document, fault.offset, fault.length), fault.message, severity);
  diagnostic.source = SOURCE;
  diagnostic.code = fault.code;
  return diagnostic;
}
