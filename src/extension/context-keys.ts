/** The facts that menus, keybindings and the palette ask for. */
import * as vscode from "vscode";
import type { Session } from "./session";
import type { Sessions } from "./sessions";
import { Store } from "./store";

type Facts = { readonly hasFlow: boolean; readonly mayTrain: boolean; readonly training: boolean; readonly trained: boolean };

export class ContextKeys extends Store {
  private told: Partial<Facts> = {};
  private stopListening: () => void = () => {};

  constructor(sessions: Sessions) {
    super();
    this.own({ dispose: sessions.onActive((session) => this.follow(session)) });
    this.follow(sessions.active);
  }

  override dispose(): void {
    this.stopListening();
    super.dispose();
  }

  private follow(session: Session | null): void {
    this.stopListening();
    const tell = () => this.tell(factsOf(session));
    const stops = session ? [session.onChanged(tell), session.onTick(tell)] : [];
    this.stopListening = () => {
      for (const stop of stops) stop();
    };
    tell();
  }

  private tell(facts: Facts): void {
    for (const key of Object.keys(facts) as (keyof Facts)[]) {
      if (facts[key] === this.told[key]) continue;
      void vscode.commands.executeCommand("setContext", `pushforward.${key}`, facts[key]);
    }
    this.told = facts;
  }
}

function factsOf(session: Session | null): Facts {
  return {
    hasFlow: session?.definition.opened != null,
    mayTrain: session?.document.permission().allowed ?? false,
    training: session?.run.isTraining ?? false,
    trained: (session?.run.step ?? 0) > 0,
  };
}
