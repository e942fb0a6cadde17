/** Composes the extension. Activation starts no engine and reads no file: it also happens for every settings.json. */
import * as vscode from "vscode";
import { describe } from "../protocol/channel";
import { AutoOpen } from "./auto-open";
import { Commands } from "./commands";
import { ContextKeys } from "./context-keys";
import { Diagnostics } from "./diagnostics";
import { EngineLink } from "./engine-link";
import { FlowEditor } from "./flow-editor";
import { InspectorView } from "./inspector-view";
import { LanguageFeatures } from "./language-features";
import { type Log, logTo } from "./log";
import { RunArchive } from "./run-archive";
import { Sessions } from "./sessions";
import { StatusBar } from "./status-bar";
import { TextLink } from "./text-link";
import { UserActions } from "./user-actions";

/** What host tests can reach; nothing else may use it. */
export interface ForTests {
  readonly sessions: Sessions;
  readonly engine: EngineLink;
}

export function activate(context: vscode.ExtensionContext): { readonly forTests: ForTests } | undefined {
  const channel = vscode.window.createOutputChannel("Pushforward", { log: true });
  context.subscriptions.push(channel);
  try {
    const forTests = compose(context, logTo(channel));
    return process.env.PUSHFORWARD_TEST === "1" ? { forTests } : undefined;
  } catch (error) {
    // VS Code itself would only write this to its own log.
    channel.error(error instanceof Error ? error : String(error));
    void vscode.window.showErrorMessage(vscode.l10n.t("Pushforward could not start: {0}", describe(error)));
    throw error;
  }
}

function compose({ extensionUri, workspaceState, storageUri, subscriptions }: vscode.ExtensionContext, log: Log): ForTests {
  const own = <T extends vscode.Disposable>(part: T): T => {
    subscriptions.push(part);
    return part;
  };
  const engine = own(new EngineLink(vscode.Uri.joinPath(extensionUri, "dist/engine.js").fsPath, log));
  const archive = new RunArchive(storageUri?.scheme === "file" ? storageUri.fsPath : null, (error) => log.warn(describe(error)));
  const sessions = own(new Sessions(engine, { memory: workspaceState, archive }, log));
  const actions = new UserActions(sessions, log);
  own(new Diagnostics(sessions));
  own(new LanguageFeatures(sessions));
  own(new ContextKeys(sessions));
  own(new StatusBar(sessions));
  own(new TextLink(sessions));
  own(new FlowEditor(extensionUri, sessions, actions));
  own(new InspectorView(extensionUri, sessions, actions));
  own(new Commands(sessions, actions));
  own(new AutoOpen(workspaceState));
  return { sessions, engine };
}
