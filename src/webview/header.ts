/** The header: which file, how the run stands, and the buttons that change it. */
import type { Actions } from "./actions";
import { button, icon, make, setClass, setText } from "./dom";
import { integer, level } from "./format";
import type { Host } from "./host";
import { type StatusSign, statusOf } from "./status";
import type { ViewModel } from "./store";

export class Header {
  readonly element = make("header", "header");
  private readonly file = make("h1", "file");
  private readonly sign = make("span", "sign");
  private readonly word = make("span", "word");
  private readonly step = figure("step");
  private readonly nll = figure("NLL", "nats");
  private readonly floor = figure("above floor");
  private readonly seed = figure("seed");
  private readonly train: HTMLButtonElement;
  private readonly trainIcon = make("span", "codicon");
  private readonly trainText = make("span", "text");
  private readonly oneStep: HTMLButtonElement;
  private readonly reset: HTMLButtonElement;
  private readonly exporting: HTMLButtonElement;
  private readonly progress = make("div", "header-progress");

  constructor(actions: Actions, host: Host) {
    this.trainIcon.setAttribute("aria-hidden", "true");
    this.train = button("primary", "Train or pause (T)", () => actions.toggleTraining(), this.trainIcon, this.trainText);
    this.oneStep = action("debug-step-over", "Step", "One training step (.)", () => actions.trainSteps(1));
    this.reset = action("discard", "Reset", "Reset the weights (R)", () => actions.reset());
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

  draw(model: ViewModel, mayTrain: boolean): void {
    const { state, frame } = model;
    const run = state?.run ?? null;
    setText(this.file, state?.fileName ?? "");
    this.file.title = state?.fileName ?? "";
    const status = statusOf(state);
    setText(this.word, status.text);
    setSign(this.sign, status.sign);
    this.step.write(run ? integer(run.step) : null, run ? `of ${integer(run.steps)}` : "");
    const nll = frame?.health?.nll ?? run?.validation ?? run?.nll ?? null;
    this.nll.write(nll === null ? null : level(nll, 4), "nats");
    const above = frame?.health?.klToFloor ?? null;
    this.floor.write(above === null ? null : level(above, 4), "");
    this.seed.write(state?.summary ? String(state.summary.seed) : null, "");

    const training = run?.status.kind === "training";
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
    this.reset.disabled = !mayTrain || run === null || run.status.kind === "untrained";
    this.exporting.disabled = frame === null;
    const share = run && run.steps > 0 ? Math.min(1, run.step / run.steps) : 0;
    this.progress.style.width = `${100 * share}%`;
    setClass(this.progress, "running", training);
  }
}

/** A named number: "step 4,600 of 5,000". Hidden while there is none. */
function figure(name: string, unit = "") {
  const value = make("b", "");
  const after = make("span", "unit", unit);
  const element = make("span", `figure figure-${name.replace(" ", "-").toLowerCase()}`, make("span", "name", name), value, after);
  return {
    element,
    write(text: string | null, unitText: string): void {
      element.hidden = text === null;
      setText(value, text ?? "");
      setText(after, unitText);
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
