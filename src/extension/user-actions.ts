/** What a person can do to a run, from a page or the palette alike: it may be refused with a sentence, and asks before it destroys. */
import * as vscode from "vscode";
import { describe } from "../protocol/channel";
import { type Log, plain } from "./log";
import type { Session } from "./session";
import type { Sessions } from "./sessions";
import { Refusal } from "./world";

export class UserActions {
  constructor(
    private readonly sessions: Sessions,
    private readonly log: Log,
  ) {}

  uriOf(session: Session): vscode.Uri {
    const uri = this.sessions.uriOf(session);
    if (!uri) throw new Refusal(vscode.l10n.t("This flow is no longer open."));
    return uri;
  }

  train(session: Session): Promise<void> {
    return this.attempt(() => session.train());
  }

  pause(session: Session): Promise<void> {
    return this.attempt(() => session.pause());
  }

  step(session: Session, steps: number): Promise<void> {
    return this.attempt(() => session.step(Math.max(1, Math.round(steps))));
  }

  resumeGently(session: Session): Promise<void> {
    return this.attempt(() => session.resumeGently());
  }

  /** Pauses; the run keeps its step and can go on. */
  stop(session: Session): Promise<void> {
    return this.attempt(async () => {
      await session.pause();
      const step = session.run.step.toLocaleString("en-US");
      vscode.window.setStatusBarMessage(vscode.l10n.t("Training stopped. Step {0} is kept.", step), STATUS_MESSAGE_MS);
    });
  }

  reset(session: Session): Promise<void> {
    return this.attempt(async () => {
      await session.readyToReset();
      if (await mayThrowAway(session.run.step)) await session.reset();
    });
  }

  restartEngine(): Promise<void> {
    return this.attempt(() => this.sessions.restartEngine());
  }

  showLog(): null {
    this.log.show();
    return null;
  }

  /** Tells the person why nothing happened; a failure that we did not expect also goes to the log. */
  async attempt(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof Refusal)) this.log.error(describe(error));
      void vscode.window.showWarningMessage(plain(describe(error)));
    }
  }
}

const STATUS_MESSAGE_MS = 5000;

async function mayThrowAway(steps: number): Promise<boolean> {
  if (steps === 0) return true;
  const reset = vscode.l10n.t("Reset");
  const question = vscode.l10n.t("Throw away {0} training steps?", steps.toLocaleString("en-US"));
  const detail = vscode.l10n.t("The parameters go back to their initial values.");
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, reset)) === reset;
}
