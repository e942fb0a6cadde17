/** What the page shows instead of, over or above the pictures while something is not as usual. Pictures stay, except in `empty`. */
import type { ViewState } from "../../protocol/view";
import type { Actions } from "../actions";
import { button, icon, make, setClass } from "../dom";
import { integer } from "../format";
import type { Host } from "../host";
import type { Store, ViewModel } from "../store";
import { divergedNotice, endedNotice, faultyNotice, type Say, silentNotice } from "./notices";

const PATIENCE_MS = 300; // what is over sooner needs no sign of waiting
const STALE_MS = 700; // a picture that lags by a frame is not worth a word
const STALE_TRAINING_MS = 4000;

export class Situations {
  /** Lines above the regions: facts that stay for a while. */
  readonly bars = make("div", "bars");
  /** Over the lower part of the stage: what went wrong, and what to do. */
  readonly notice = make("div", "notice");
  /** In place of everything: no flow, or the first start. */
  readonly instead = make("div", "instead-of-page");
  /** On the stage: which step the picture belongs to, when that is not the present one. */
  readonly stale = make("div", "stale");
  private shownNotice: unknown = null;
  private shownBars = "";
  private shownInstead = "";
  private startingSince = 0;
  private framedAt = performance.now();
  private frameSeen: unknown = null;
  private wantedAt = performance.now();
  private wanted = "";

  constructor(
    private readonly root: HTMLElement,
    private readonly store: Store,
    private readonly host: Host,
    private readonly actions: Actions,
    private readonly rendererNote: string | null,
  ) {
    this.notice.setAttribute("role", "status");
    this.notice.hidden = true;
    this.instead.hidden = true;
    store.subscribe(["state", "frame"], (model) => this.draw(model));
    setInterval(() => this.draw(store.value), STALE_MS); // silence and staleness are facts about time
  }

  private draw(model: ViewModel): void {
    const { state, frame } = model;
    if (frame !== this.frameSeen) this.framedAt = performance.now();
    this.frameSeen = frame;
    if (!state) return;
    const wanted = `${state.revision} ${state.run?.step}`;
    if (wanted !== this.wanted) this.wantedAt = performance.now();
    this.wanted = wanted;
    const kind = state.situation.kind;
    const lost = kind === "faulty" || kind === "engine-ended";
    setClass(this.root, "lost", lost);
    this.drawStale(model, lost);
    this.drawInstead(state, frame !== null);
    this.drawBars(state);
    this.drawNotice(state);
  }

  private drawStale({ state, frame }: ViewModel, lost: boolean): void {
    const run = state?.run;
    const behind = frame && run && (frame.step !== run.step || frame.revision !== state.revision);
    const late =
      run?.status.kind === "training"
        ? performance.now() - this.framedAt > STALE_TRAINING_MS
        : performance.now() - Math.max(this.framedAt, this.wantedAt) > STALE_MS; // the last picture of a training may be older, and right then
    const stale = Boolean(behind) && !lost && late && state?.situation.kind === "ready";
    setClass(this.root, "stale-picture", stale);
    const text = !frame || !run ? "" : lost ? `shown: step ${integer(frame.step)}` : stale ? staleText(frame.step, run.step) : "";
    if (this.stale.textContent !== text) this.stale.textContent = text;
  }

  private drawInstead(state: ViewState, hasPicture: boolean): void {
    const { situation } = state;
    if (situation.kind !== "starting") this.startingSince = 0;
    else if (this.startingSince === 0) {
      this.startingSince = performance.now();
      setTimeout(() => this.draw(this.store.value), PATIENCE_MS + 10);
    }
    const waiting = situation.kind === "starting" && performance.now() - this.startingSince > PATIENCE_MS;
    const key = situation.kind === "empty" ? "empty" : waiting ? `starting ${situation.doing} ${hasPicture}` : "";
    if (key === this.shownInstead) return;
    this.shownInstead = key;
    this.instead.hidden = key === "";
    setClass(this.root, "empty", key === "empty" || (waiting && !hasPicture));
    setClass(this.instead, "slim", waiting && hasPicture);
    if (situation.kind === "empty") this.instead.replaceChildren(...this.emptyPage());
    else if (waiting) this.instead.replaceChildren(make("div", "waiting-line", make("span", "")), make("p", "", situation.doing));
  }

  private emptyPage(): Node[] {
    const start = (name: string) => () => this.actions.ask(this.host.request("text/template", { name }));
    const circles = make("div", "empty-circles", ...[0, 1, 2, 3].map(() => make("span", "")));
    return [
      circles,
      make("p", "empty-title", "This file holds no flow yet"),
      make(
        "div",
        "empty-buttons",
        button("primary", "Start from two moons", start("moons"), "Start from two moons"),
        button("secondary", "Start from eight Gaussians", start("gaussians"), "Start from eight Gaussians"),
      ),
      make("p", "quiet", "or type in the text: completion lists every layer"),
    ];
  }

  private drawBars(state: ViewState): void {
    const bars: HTMLElement[] = [];
    const texts: string[] = [];
    const add = (codicon: string, tone: string, text: string, ...more: HTMLElement[]) => {
      texts.push(text);
      bars.push(make("div", `bar-line ${tone}`, icon(codicon), make("span", "", text), ...more));
    };
    if (!state.mayTrain && state.whyNot) {
      add(
        "shield",
        "doubtful",
        state.whyNot,
        link("Manage trust", () => this.actions.ask(this.host.request("trust/manage", {}))),
      );
    }
    if (state.runIsOlder) {
      add("history", "", "The text has changed since this run began; the run keeps its own definition.", this.resetLink());
    }
    if (state.engine?.note) add("info", "", state.engine.note);
    if (this.rendererNote) add("info", "", this.rendererNote);
    for (const note of state.summary?.target?.notes ?? []) add("database", "", note);
    for (const fault of state.warnings) {
      const reveal = () => this.actions.ask(this.host.request("text/reveal", { offset: fault.offset, length: fault.length }));
      add("warning", "doubtful", fault.message, link("Go to", reveal));
    }
    const key = JSON.stringify([texts, this.actions.whyNoReset]);
    if (key === this.shownBars) return;
    this.shownBars = key;
    this.bars.replaceChildren(...bars);
  }

  private resetLink(): HTMLButtonElement {
    const { whyNoReset } = this.actions;
    const reset = link("Reset the run", () => this.actions.reset());
    reset.disabled = whyNoReset !== null;
    reset.title = whyNoReset ?? "Reset the run";
    return reset;
  }

  private drawNotice(state: ViewState): void {
    const { situation, run } = state;
    const diverged = situation.kind === "ready" && run?.status.kind === "diverged";
    const subject =
      situation.kind === "starting" || situation.kind === "empty" ? null : diverged ? run : situation.kind === "ready" ? null : situation;
    const key = JSON.stringify(subject); // equal situations arrive again with every state, and focus must not be lost
    if (key === this.shownNotice) return;
    this.shownNotice = key;
    const say: Say = { ask: this.actions.ask, host: this.host, actions: this.actions };
    const content =
      situation.kind === "faulty"
        ? faultyNotice(situation.faults, say)
        : situation.kind === "engine-ended"
          ? endedNotice(situation, say)
          : situation.kind === "engine-silent"
            ? silentNotice(situation.seconds, say)
            : diverged && run
              ? divergedNotice(run, state.summary, say)
              : [];
    this.notice.hidden = content.length === 0;
    this.notice.replaceChildren(...content);
  }
}

function staleText(shown: number, now: number): string {
  return shown === now ? `picture of the definition before` : `picture: step ${integer(shown)}, now ${integer(now)}`;
}

function link(text: string, run: () => void): HTMLButtonElement {
  return button("link", text, run, text);
}
