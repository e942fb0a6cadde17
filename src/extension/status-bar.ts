/** One line in the status bar for the flow in front, or for one that trains behind. */
import * as vscode from "vscode";
import { about, decimals } from "../language/numbers";
import type { CommandId } from "./contributions";
import { nllOf } from "./nll";
import { plainMarkdown } from "./plain-text";
import type { Session } from "./session";
import type { Sessions } from "./sessions";
import { Store } from "./store";

const PAUSE_MS = 200; // five changes a second are as many as can be read

export class StatusBar extends Store {
  private readonly item = vscode.window.createStatusBarItem("pushforward.status", vscode.StatusBarAlignment.Left);
  private pause: NodeJS.Timeout | null = null;

  constructor(private readonly sessions: Sessions) {
    super();
    this.item.name = vscode.l10n.t("Flow training");
    const later = () => this.renewLater();
    this.own(
      this.item,
      { dispose: sessions.onActive(later) },
      { dispose: sessions.onClosed(later) },
      sessions.onEach((session) => this.follow(session)),
    );
    later();
  }

  override dispose(): void {
    if (this.pause) clearTimeout(this.pause);
    super.dispose();
  }

  private follow(session: Session): void {
    session.onChanged(() => this.renewLater());
    session.onTick(() => this.renewLater());
  }

  private renewLater(): void {
    this.pause ??= setTimeout(() => {
      this.pause = null;
      if (!this.disposed) this.renew();
    }, PAUSE_MS);
  }

  private renew(): void {
    const session = this.sessions.active ?? this.sessions.all.find(({ run }) => run.isTraining) ?? null;
    const text = session && textOf(session);
    if (!session || !text) {
      this.item.hide();
      return;
    }
    this.item.text = `${iconOf(session)} ${text}`;
    this.item.tooltip = tooltipOf(session);
    this.item.accessibilityInformation = { label: vscode.l10n.t("Flow {0}: {1}", session.document.fileName, text) };
    const command: CommandId = "pushforward.openView";
    this.item.command = { command, title: vscode.l10n.t("Open Flow View"), arguments: [this.sessions.uriOf(session)] };
    this.item.show();
  }
}

function iconOf({ state }: Session): string {
  const { situation, run } = state;
  if (situation.kind === "engine-ended" || situation.kind === "engine-silent" || run?.status.kind === "diverged") return "$(warning)";
  if (run?.status.kind === "training") return "$(sync~spin)";
  return run?.status.kind === "finished" ? "$(check)" : "$(graph-line)";
}

function textOf(session: Session): string | null {
  const { situation, run } = session.state;
  if (situation.kind === "engine-ended") return vscode.l10n.t("flow engine ended");
  if (situation.kind === "engine-silent") return vscode.l10n.t("flow engine does not answer");
  if (!run) return null;
  const step = vscode.l10n.t("step {0}", run.step.toLocaleString("en-US"));
  const nll = nllOf(session);
  return nll === null ? step : `${step} · ${nll.name} ${decimals(nll.value, 2)}`;
}

export function tooltipOf({ document, state }: Session): vscode.MarkdownString {
  const { run, summary, engine, situation } = state;
  const lines = [
    document.fileName,
    situation.kind === "engine-ended" ? situation.reason : null,
    run?.status.kind === "diverged" ? run.status.message : null,
    run && vscode.l10n.t("step {0} of {1}", run.step.toLocaleString("en-US"), run.steps.toLocaleString("en-US")),
    run?.stepsPerSecond ? vscode.l10n.t("{0} steps/s", about(run.stepsPerSecond)) : null,
    summary && vscode.l10n.t("{0} parameters", summary.parameters.toLocaleString("en-US")),
    summary && vscode.l10n.t("computed by {0}", summary.computing.text),
    engine?.note ?? null,
  ];
  // Plain text: file names and messages are not markup.
  return lines.reduce(
    (markdown, line) => (line ? markdown.appendMarkdown(`${plainMarkdown(line)}  \n`) : markdown),
    new vscode.MarkdownString(),
  );
}
