/** The header: which file, how the run stands, and the buttons that change it. */
import type { Actions } from "./actions";
import { button, icon, make, setClass, setText } from "./dom";
import { integer, level } from "./format";
import type { Host } from "./host";
import { shownNll } from "./nll";
import { type StatusSign, statusOf } from "./status";
import type { ViewModel } from "./store";

const READABLE_MS = 200; // numbers that change more than five times a second only flicker

export class Header {
  readonly element = make("header", "header");
  private readonly file = make("h1", "file");
  private readonly sign = make("span", "sign");
  private readonly word = make("span", "word");
  private readonly step = figure("step");
  private readonly nll = figure("NLL");
  private readonly floor = figure("above floor");
  private readonly seed = figure("seed");
  private readonly train: HTMLButtonElement;
  private readonly trainIcon = make("span", "codicon");
  private readonly trainText = make("span", "text");
  private readonly oneStep: HTMLButtonElement;
  private readonly reset: HTMLButtonElement;
  private readonly exporting: HTMLButtonElement;
  private readonly progress = make("div", "header-progress");
  private writtenAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly actions: Actions,
    host: Host,
  ) {
    this.trainIcon.setAttribute("aria-hidden", "true");
    this.train = button("primary", "Train or pause (T)", () => actions.toggleTraining(), this.trainIcon, this.trainText);
    this.oneStep = action("debug-step-over", "Step", "One training step (.)", () => actions.trainSteps(1));
    this.reset = action("discard", "Reset", RESET_TITLE, () => actions.reset());
    this.exporting = tool("export", "Export the picture (E)", () => actions.exportPicture());
    const tools = [
      tool("pin", "Pin the point at the cross-hair, or the one of highest density (P)", () => actions.pin()),
      tool("inspect", "Show the trajectory inspector", () => actions.ask(host.request("inspector/show", {}))),
      this.exporting,
      tool("output", "Show the log", () => actions.ask(host.request("log/show", {}))),
    ];
    const status = make("div", "status", this.sign, this.word);
    const facts = make("div", "facts", status, this.step.element, this.nll.element, this.floor.element, this.seed.element);
    const buttons = make("div", "buttons", this.train, this.oneStep, this.reset, make("span", "rule"), ...tools);
    this.progress.setAttribute("role", "presentation");
    this.element.append(this.file, facts, buttons, this.progress);
  }

  draw(model: ViewModel): void {
    const { state, frame } = model;
    const { mayTrain, whyNoReset } = this.actions;
    const run = state?.run ?? null;
    setText(this.file, state?.fileName ?? "");
    this.file.title = state?.fileName ?? "";
    const status = statusOf(state);
    setText(this.word, status.text);
    setSign(this.sign, status.sign);
    const training = run?.status.kind === "training";
    const now = performance.now();
    if (!training || now - this.writtenAt >= READABLE_MS) {
      this.writtenAt = now;
      this.writeFigures(model);
    }
    this.trainIcon.className = `codicon codicon-${training ? "debug-pause" : "play"}`;
    setText(this.trainText, training ? "Pause training" : run?.status.kind === "paused" ? "Resume training" : "Train");
    const faulty = state?.situation.kind === "faulty"; // a run goes on meanwhile, and can be paused
    this.train.title = !mayTrain
      ? (state?.whyNot ?? "There is nothing to train now")
      : faulty && !training
        ? "Mend the text first"
        : "Train or pause (T)";
    this.train.setAttribute("aria-label", this.trainText.textContent ?? "");
    const finished = run?.status.kind === "finished" && run.status.because === "steps";
    this.train.disabled = !mayTrain || finished || run?.status.kind === "diverged" || (faulty && !training);
    this.oneStep.disabled = !mayTrain || training || run?.status.kind === "diverged" || faulty;
    this.reset.disabled = whyNoReset !== null;
    this.reset.title = whyNoReset ?? RESET_TITLE;
    this.exporting.disabled = frame === null;
    const share = run && run.steps > 0 ? Math.min(1, run.step / run.steps) : 0;
    this.progress.style.width = `${100 * share}%`;
    setClass(this.progress, "running", training);
  }

  private writeFigures(model: ViewModel): void {
    const { run = null, summary = null } = model.state ?? {};
    const steps = integer(run?.steps ?? 0);
    const room = run?.status.kind === "training" ? steps.length : 0;
    this.step.write(run && { text: integer(run.step), unit: `of ${steps}`, room });
    const nll = shownNll(model);
    this.nll.write(nll && { name: nll.name, text: level(nll.value, 4), unit: "nats" });
    const above = nll?.aboveFloor ?? null;
    this.floor.write(above === null ? null : { text: level(above, 4) });
    this.seed.write(summary && { text: String(summary.seed) });
  }
}

const RESET_TITLE = "Reset the weights (R)";

interface Figure {
  readonly name?: string;
  readonly text: string;
  readonly unit?: string;
  /** Characters to keep room for, so that what follows stays in its place while the number grows. */
  readonly room?: number;
}

/** A named number: "step 4,600 of 5,000". Hidden while there is none. */
function figure(name: string) {
  const before = make("span", "name");
  const value = make("b", "");
  const after = make("span", "unit");
  const element = make("span", `figure figure-${name.replace(" ", "-").toLowerCase()}`, before, value, after);
  return {
    element,
    write(shown: Figure | null): void {
      element.hidden = shown === null;
      setText(before, shown?.name ?? name);
      setText(value, shown?.text ?? "");
      setText(after, shown?.unit ?? "");
      value.style.minWidth = shown?.room ? `${shown.room}ch` : "";
    },
  };
}

function action(codicon: string, text: string, title: string, run: () => void): HTMLButtonElement {
  const element = button("secondary", title, run, icon(codicon), make("span", "text", text));
  element.setAttribute("aria-label", text);
  return element;
}

function tool(codicon: string, title: string, run: () => void): HTMLButtonElement {
  return button("tool", title, run, icon(codicon));
}

function setSign(element: HTMLElement, sign: StatusSign): void {
  const className = sign.icon === null ? `sign dot ${sign.tone}` : `sign codicon codicon-${sign.icon} ${sign.tone}`;
  if (element.className !== className) element.className = className;
}
