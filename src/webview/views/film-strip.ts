/** The film strip z₀ … z_K: the density after every layer, with the log-det that led there. Only visible columns exist. */
import { make } from "../dom";
import type { HeatJob } from "../renderer/heat-job";
import { scaleOf } from "../renderer/scale";
import { SharpCanvases } from "../renderer/sharp-canvas";
import type { Surface } from "../renderer/surface";
import type { Scenes } from "../scene";
import { layerCount, type Store, shownStage, type ViewModel } from "../store";
import { type StripLayout, stripLayout } from "../strip-layout";
import type { Theme } from "../theme";
import { FilmColumn } from "./film-column";
import { shortened, shownLikelihood } from "./likelihood";
import { heatJob } from "./stage";

const MARGIN = 16; // CSS pixels, as in the style sheet
const TIGHT = 128; // CSS pixels per column; below it there is room for the number, but not for its name
const TINY = 84; // nor for more than the beginning of the name of the layer
const NAMELESS = 62; // nor for that
const OVERSCAN = 1; // columns beyond the edge, so that scrolling does not show gaps

export class FilmStrip {
  readonly element = make("section", "strip");
  private readonly content = make("div", "strip-content");
  private readonly columns = new Map<number, FilmColumn>();
  private readonly canvases: SharpCanvases;
  private layout: StripLayout = stripLayout(1, 0, 0);
  private stageInView = -1;

  constructor(
    private readonly store: Store,
    private readonly scenes: Scenes,
    private readonly surface: Surface,
    private readonly theme: () => Theme,
    private readonly actions: { goTo(stage: number): void },
    private readonly onLayout: (layout: StripLayout) => void,
  ) {
    this.canvases = new SharpCanvases(() => this.draw(store.value, true));
    this.element.setAttribute("aria-label", "Film strip: the density after every layer");
    this.element.append(this.content);
    this.element.addEventListener("scroll", () => this.draw(store.value), { passive: true });
    new ResizeObserver(() => this.draw(store.value)).observe(this.element);
  }

  repaint(): void {
    this.draw(this.store.value, true);
  }

  draw(model: ViewModel, anew = false): void {
    const theme = this.theme();
    const scene = this.scenes.of(model, theme);
    this.arrange(model);
    const terms = termsOf(model, this.layout.pitch < TIGHT ? "tight" : "wide");
    const reach = niceReach(terms.values);
    const jobs: HeatJob[] = [];
    for (const [stage, column] of this.columns) {
      const current = stage === shownStage(model);
      column.write(model, { value: terms.values[stage] ?? null, reach, digits: terms.digits, current });
      const picture = model.frame?.stages[stage] ?? null;
      column.drawMarks(model, picture, theme);
      const key = [model.quantity, model.colormap, model.marks.heat, model.marks.contours, model.themeVersion].join(" ");
      if (!picture || column.heat.element.width === 0) continue;
      if (!anew && column.painted === key && column.paintedPicture === picture) continue;
      column.painted = key;
      column.paintedPicture = picture;
      jobs.push({ ...heatJob(scene, picture, column.heat, model, "thumbnail"), scale: scaleOf(picture, model.quantity) });
    }
    this.surface.paint(jobs);
  }

  private arrange(model: ViewModel): void {
    const count = model.state?.summary ? layerCount(model) + 1 : 0;
    const layout = stripLayout(count, this.element.clientWidth - 2 * MARGIN, 0.16 * document.documentElement.clientHeight);
    if (JSON.stringify(layout) !== JSON.stringify(this.layout)) {
      this.layout = layout;
      this.content.style.width = `${layout.pitch * count}px`;
      this.element.style.setProperty("--pitch", `${layout.pitch}px`);
      this.element.style.setProperty("--thumbnail", `${layout.thumbnail}px`);
      this.element.classList.toggle("tight", layout.pitch < TIGHT);
      this.element.classList.toggle("tiny", layout.pitch < TINY);
      this.element.classList.toggle("nameless", layout.pitch < NAMELESS);
      this.onLayout(layout);
    }
    this.bringIntoView(model);
    const first = Math.max(0, Math.floor(this.element.scrollLeft / layout.pitch) - OVERSCAN);
    const last = Math.min(count - 1, Math.ceil((this.element.scrollLeft + this.element.clientWidth) / layout.pitch) + OVERSCAN);
    for (const [stage, column] of this.columns) {
      if (stage >= first && stage <= last) continue;
      column.release(this.canvases);
      this.columns.delete(stage);
    }
    for (let stage = first; stage <= last; stage++) {
      if (!this.columns.has(stage)) this.insert(stage);
    }
  }

  private insert(stage: number): void {
    const column = new FilmColumn(stage, this.canvases);
    column.element.style.left = `calc(${stage} * var(--pitch))`;
    column.element.addEventListener("click", () => this.actions.goTo(stage));
    column.element.addEventListener("pointerenter", () => this.store.update({ litLayer: stage }));
    column.element.addEventListener("pointerleave", () => this.store.update({ litLayer: null }));
    const before = [...this.columns.values()].filter((other) => other.stage < stage);
    const after = before.sort((a, b) => a.stage - b.stage).at(-1);
    if (after) after.element.after(column.element);
    else this.content.prepend(column.element);
    this.columns.set(stage, column);
  }

  /** A stage that was just chosen is scrolled to; otherwise scrolling belongs to the reader. */
  private bringIntoView(model: ViewModel): void {
    const stage = shownStage(model);
    if (stage === this.stageInView || this.element.clientWidth === 0) return; // a strip in a closed tab cannot scroll
    this.stageInView = stage;
    const left = stage * this.layout.pitch;
    const { scrollLeft, clientWidth } = this.element;
    if (left < scrollLeft) this.element.scrollLeft = left - this.layout.pitch / 2;
    else if (left + this.layout.pitch > scrollLeft + clientWidth) this.element.scrollLeft = left + 1.5 * this.layout.pitch - clientWidth;
  }
}

/** log p₀(z₀) and every log|det J_k|: of the point that is shown, else the means over held-out data, else over samples. */
export function termsOf(
  model: ViewModel,
  room: "wide" | "tight",
): { readonly values: readonly (number | null)[]; readonly digits: number } {
  const likelihood = shownLikelihood(model);
  if (likelihood) {
    const { logBase, logDets, digits } = room === "tight" ? shortened(likelihood) : likelihood;
    return { values: [logBase, ...logDets], digits };
  }
  return { values: [null, ...(model.frame?.layers ?? []).map((layer) => layer.overSamples.mean)], digits: 3 };
}

/** One scale for all bars; round, so that it does not change with every frame of a training. */
function niceReach(values: readonly (number | null)[]): number {
  const largest = Math.max(...values.slice(1).map((value) => (value !== null && Number.isFinite(value) ? Math.abs(value) : 0)), 0);
  if (largest === 0) return 1;
  const power = 10 ** Math.floor(Math.log10(largest));
  return power * ([1, 1.5, 2, 3, 5, 7, 10].find((factor) => factor * power >= largest) ?? 10);
}
