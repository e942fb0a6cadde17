/** Answers what a page asks: the same for the Flow view and the trajectory inspector. */
import * as vscode from "vscode";
import { type Handlers, type Port, serve } from "../protocol/channel";
import type { ViewEvents, ViewMethods, ViewState } from "../protocol/view";
import type { Page } from "./audience";
import { savePicture } from "./export-picture";
import type { Session } from "./session";
import { applyFault, insertTemplate, revealText } from "./text-edits";
import type { UserActions } from "./user-actions";
import { Refusal } from "./world";

const NOTHING_YET: ViewState = {
  revision: 0,
  fileName: "",
  situation: { kind: "empty" },
  mayTrain: false,
  whyNot: null,
  runIsOlder: false,
  summary: null,
  warnings: [],
  run: null,
  engine: null,
};

/** A page of VS Code: whether it can be seen, and its message port. */
export interface Window {
  readonly port: Port;
  readonly drawsFrames: boolean;
  readonly isShown: () => boolean;
}

/** A page and the session that it shows; the inspector's changes with the active editor. */
export class PageServer {
  readonly page: Page;
  /** A page is reachable from its `view/ready` until it is hidden: hiding destroys it. */
  private loaded = false;
  private session: Session | null = null;

  constructor(
    private readonly window: Window,
    private readonly actions: UserActions,
  ) {
    const server = this;
    const { emit } = serve<ViewMethods, ViewEvents>(window.port, this.handlers());
    this.page = {
      drawsFrames: window.drawsFrames,
      get isVisible() {
        return server.loaded && window.isShown();
      },
      emit,
    };
  }

  /** Shows another session, or none. A page that is loaded is told everything of it. */
  show(session: Session | null): void {
    if (session === this.session) return;
    this.session?.pictures.detach(this.page);
    this.session = session;
    session?.pictures.attach(this.page);
    if (!this.page.isVisible) return;
    const { state, history, frame, pins, selected } = this.snapshot();
    const { emit } = this.page;
    emit("state", state);
    if (state.run) emit("progress", { records: history, run: state.run, restarted: true });
    emit("pins", pins);
    emit("select", selected);
    if (frame) emit("frame", frame);
  }

  visibilityChanged(): void {
    if (!this.window.isShown()) this.loaded = false;
    this.session?.pictures.visibilityChanged(this.page);
  }

  dispose(): void {
    this.loaded = false;
    this.session?.pictures.detach(this.page);
    this.session = null;
  }

  private snapshot() {
    const { session } = this;
    return {
      state: session?.state ?? NOTHING_YET,
      history: session?.run.history ?? [],
      frame: session?.pictures.frame ?? null,
      pins: session?.pins.traces ?? [],
      selected: session?.pictures.selected ?? { stage: 0, pin: null },
      reduceMotion: vscode.workspace.getConfiguration("workbench").get("reduceMotion") === "on",
    };
  }

  private handlers(): Handlers<ViewMethods> {
    const { actions } = this;
    /** For requests that only make sense with a flow. */
    const act = (action: (session: Session) => unknown) => async () => {
      if (this.session) await action(this.session);
      return null;
    };
    return {
      "view/ready": () => {
        this.loaded = true;
        this.session?.pictures.visibilityChanged(this.page);
        return this.snapshot();
      },
      "run/train": act((session) => actions.train(session)),
      "run/pause": act((session) => actions.pause(session)),
      "run/step": ({ steps }) => act((session) => actions.step(session, steps))(),
      "run/reset": act((session) => actions.reset(session)),
      "run/resumeGently": act((session) => actions.resumeGently(session)),
      "pin/add": ({ x }) => this.session?.pins.add(x) ?? null,
      "pin/move": ({ name, x }) => act((session) => session.pins.move(name, x))(),
      "pin/remove": ({ name }) => act((session) => session.pins.remove(name))(),
      select: (choice) => act((session) => session.select(choice))(),
      "point/trace": ({ x }, { signal }) => {
        if (!this.session) throw new Refusal("there is no flow");
        return this.session.traceHover(x, signal);
      },
      "frame/drawn": ({ sequence }) => act((session) => session.pictures.audience.drawn(this.page, sequence))(),
      "text/reveal": ({ offset, length }) => act((session) => revealText(actions.uriOf(session), offset, length))(),
      "text/fix": ({ fault }) => act((session) => applyFault(actions.uriOf(session), session, fault))(),
      "text/template": ({ name }) => act((session) => insertTemplate(actions.uriOf(session), name))(),
      "engine/restart": () => actions.restartEngine().then(() => null),
      "log/show": () => actions.showLog(),
      "trust/manage": () => run("workbench.trust.manage"),
      "inspector/show": () => run("pushforward.showInspector"),
      "export/picture": ({ name, png }) => act((session) => savePicture(actions.uriOf(session), name, png))(),
    };
  }
}

async function run(command: string): Promise<null> {
  await vscode.commands.executeCommand(command);
  return null;
}
