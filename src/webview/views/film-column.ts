/** One column of the film strip: thumbnail, name, log-det bar and number of one stage. */
import type { StagePicture } from "../../protocol/model";
import { make, setClass, setText } from "../dom";
import { level, signed, subscript } from "../format";
import { stageLabel, stageName } from "../names";
import type { SharpCanvas, SharpCanvases } from "../renderer/sharp-canvas";
import { Mapping, traceAt } from "../stage-view";
import { layerCount, type ViewModel } from "../store";
import type { Theme } from "../theme";
import { drawThemedPin } from "./marks";

const PIN = 3.6; // radius, CSS pixels
const TINY = 0.0005; // a log-det that rounds to 0.000

export class FilmColumn {
  readonly element = make("button", "film");
  readonly heat: SharpCanvas;
  paintedPicture: StagePicture | null = null;
  painted = "";
  private readonly marks: SharpCanvas;
  private readonly name = make("b", "");
  private readonly label = make("span", "film-label");
  private readonly bar = make("span", "film-bar-value");
  private readonly term = make("span", "film-term");
  private readonly value = make("span", "film-value");

  constructor(
    readonly stage: number,
    canvases: SharpCanvases,
  ) {
    this.heat = canvases.create("heat");
    this.marks = canvases.create("marks");
    this.element.type = "button";
    this.element.append(
      this.makeStep(),
      make("div", "thumbnail", this.heat.element, this.marks.element),
      make("div", "film-name", this.name, this.label),
      make("div", "film-bar", make("span", "film-bar-zero"), this.bar),
      make("div", "film-number", this.value, this.term),
    );
  }

  /** The name of the map that leads here, in the gap before the thumbnail. */
  private makeStep(): HTMLElement {
    const step = make("span", "film-step math", ...(this.stage === 0 ? [] : ["f", make("sub", "", String(this.stage))]));
    step.setAttribute("aria-hidden", "true");
    return step;
  }

  release(canvases: SharpCanvases): void {
    canvases.release(this.heat);
    canvases.release(this.marks);
    this.element.remove();
  }

  write(
    model: ViewModel,
    shown: { readonly value: number | null; readonly reach: number; readonly digits: number; readonly current: boolean },
  ): void {
    const { stage } = this;
    const summary = model.state?.summary;
    if (!summary) return;
    const layers = layerCount(model);
    const label = stageLabel(summary, stage);
    const { value } = shown;
    const number = value === null ? "" : stage === 0 ? level(value, shown.digits) : signed(value, shown.digits);
    setText(this.name, stageName(stage, layers));
    setText(this.label, label);
    setText(this.term, stage === 0 ? "log p₀(z₀)" : `log |det J${subscript(stage)}|`);
    setText(this.value, number);
    setClass(this.value, "wrong", value !== null && !Number.isFinite(value));
    this.writeBar(stage === 0 ? null : value, shown.reach);
    setClass(this.element, "current", shown.current);
    setClass(this.element, "lit", model.litLayer === stage);
    this.element.tabIndex = shown.current ? 0 : -1;
    this.element.setAttribute("aria-current", String(shown.current));
    this.element.title = `${stageName(stage, layers)}  ${label}`;
  }

  drawMarks(model: ViewModel, picture: StagePicture | null, theme: Theme): void {
    const { context, width, height, ratio } = this.marks;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!picture || width === 0) return;
    const mapping = new Mapping(picture.window, width);
    const r = Math.min(PIN, Math.max(2.4, width / 28));
    for (const { pin, trace } of model.pins) {
      const [x, y] = traceAt(trace, this.stage);
      if (Number.isFinite(x + y)) drawThemedPin(context, pin.name, [mapping.x(x), mapping.y(y)], r, "present", theme);
    }
    const { hover } = model;
    if (!hover?.trace) return;
    const [x, y] = traceAt(hover.trace, this.stage);
    crossHair(context, Math.round(mapping.x(x)) + 0.5, Math.round(mapping.y(y)) + 0.5, width, theme);
  }

  /** From the middle: expansion to the right, contraction to the left. */
  private writeBar(value: number | null, reach: number): void {
    const share = value === null || !Number.isFinite(value) || reach <= 0 ? 0 : Math.min(1, Math.abs(value) / reach);
    const drawn = value !== null && Math.abs(value) >= TINY;
    this.bar.style.width = drawn ? `max(2px, ${50 * share}%)` : "0";
    this.bar.style.left = value !== null && value < 0 ? "auto" : "50%";
    this.bar.style.right = value !== null && value < 0 ? "50%" : "auto";
    setClass(this.bar, "expands", value !== null && value > 0);
  }
}

function crossHair(context: CanvasRenderingContext2D, x: number, y: number, side: number, theme: Theme): void {
  context.setLineDash([]);
  for (const [color, lineWidth] of [
    [theme.page, 3],
    [theme.foreground, 1],
  ] as const) {
    context.strokeStyle = color;
    context.lineWidth = lineWidth;
    context.globalAlpha = lineWidth > 1 ? 0.6 : 1;
    context.beginPath();
    context.moveTo(Math.max(0, x - 7), y);
    context.lineTo(Math.min(side, x + 7), y);
    context.moveTo(x, Math.max(0, y - 7));
    context.lineTo(x, Math.min(side, y + 7));
    context.stroke();
  }
  context.globalAlpha = 1;
}
