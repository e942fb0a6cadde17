/** The stage: density, points, paths and pins of one place in the chain, in its own window. */
import type { StagePicture } from "../../protocol/model";
import { make, setText } from "../dom";
import { integer } from "../format";
import { axisNames } from "../names";
import { type HeatJob, isoLines } from "../renderer/heat-job";
import { rangeOf } from "../renderer/scale";
import type { SharpCanvas } from "../renderer/sharp-canvas";
import { SharpCanvases } from "../renderer/sharp-canvas";
import type { Surface } from "../renderer/surface";
import type { Scene, Scenes } from "../scene";
import { firstComparable, Mapping, placeOfPicture } from "../stage-view";
import type { Store, ViewModel } from "../store";
import { rgb, type Theme } from "../theme";
import { drawCrossHair } from "./cross-hair";
import { type IsoLabel, isoLabels } from "./iso-labels";
import { drawStage, type StageDrawing } from "./stage-drawing";
import { describeStage } from "./stage-text";

const SMALL = 260; // CSS pixels; below it names of iso-lines would hide them

export class Stage {
  readonly element = make("div", "stage");
  private readonly heat: SharpCanvas;
  private readonly marks: SharpCanvas;
  private readonly readout = make("div", "readout");
  private readonly guide = make("div", "guide");
  private readonly missing = make("div", "missing");
  private readonly instead = make("div", "instead");
  private painted = "";
  private paintedPicture: StagePicture | null = null;
  private labels: readonly IsoLabel[] = [];

  constructor(
    private readonly store: Store,
    private readonly scenes: Scenes,
    private readonly surface: Surface,
    private readonly theme: () => Theme,
    note: HTMLElement,
  ) {
    const canvases = new SharpCanvases(() => this.draw(store.value, true));
    this.heat = canvases.create("heat");
    this.marks = canvases.create("marks");
    this.heat.element.setAttribute("role", "img");
    this.marks.element.setAttribute("aria-hidden", "true");
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "application");
    this.element.setAttribute("aria-roledescription", "stage");
    this.element.setAttribute("aria-label", "Stage. Enter puts a cross-hair, arrows move it, P pins it.");
    this.element.append(this.heat.element, this.marks.element, this.readout, this.guide, this.missing, this.instead, note);
  }

  /** After the context came back. */
  repaint(): void {
    this.draw(this.store.value, true);
  }

  draw(model: ViewModel, anew = false): void {
    const scene = this.scenes.of(model, this.theme());
    this.drawHeat(model, scene, anew);
    this.placeHeat(scene);
    this.drawMarks(model, scene);
    const between = Math.abs(scene.time - Math.round(scene.time)) > 1e-6;
    setText(this.guide, between && scene.picture ? "between layers: straight-line guide" : "");
    const missing = scene.picture ? rangeOf(scene.picture).missing : 0;
    setText(this.missing, missing > 0 ? `${integer(missing)} hatched ${missing === 1 ? "cell has" : "cells have"} no value` : "");
    const dim = model.state?.summary?.dim ?? 2;
    setText(
      this.instead,
      dim === 2
        ? ""
        : `This flow has ${dim} ${dim === 1 ? "coordinate" : "coordinates"}; pictures need 2. Its numbers are shown, without pictures.`,
    );
    const label = describeStage(model, scene);
    if (this.heat.element.getAttribute("aria-label") !== label) this.heat.element.setAttribute("aria-label", label);
  }

  /** The mapping of the stage as it is shown, for the pointer; null while there is no picture. */
  mapping(): Mapping | null {
    const scene = this.scenes.of(this.store.value, this.theme());
    return scene.window && this.marks.width > 0 ? new Mapping(scene.window, this.marks.width) : null;
  }

  private drawHeat(model: ViewModel, scene: Scene, anew: boolean): void {
    if (!scene.picture || !scene.scale || this.heat.element.width === 0) return; // what was painted stays
    const { heat, contours } = model.marks;
    const key = [scene.scale.quantity, scene.scale.top, scene.scale.bottom, model.colormap, heat, contours, model.themeVersion].join(" ");
    if (!anew && key === this.painted && scene.picture === this.paintedPicture) return;
    this.painted = key;
    this.paintedPicture = scene.picture;
    this.surface.paint([heatJob(scene, scene.picture, this.heat, model, "stage")]);
    this.labels = contours && this.heat.width >= SMALL ? isoLabels(scene.picture, this.heat.width, this.labels) : [];
  }

  /** Between stages the painted picture moves with the window, instead of being painted again. */
  private placeHeat({ picture, window }: Scene): void {
    const { element, width } = this.heat;
    if (!picture || !window || width === 0) return;
    const place = placeOfPicture(picture.window, window, width);
    const moved = Math.abs(place.x) + Math.abs(place.y) + Math.abs(place.width - width) + Math.abs(place.height - width) > 0.01;
    element.style.transform = moved ? `translate(${place.x}px, ${place.y}px) scale(${place.width / width}, ${place.height / width})` : "";
  }

  private drawMarks(model: ViewModel, scene: Scene): void {
    const { context, width, height, ratio } = this.marks;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const drawing = stageDrawing(model, scene, width, scene.time % 1 === 0 ? this.labels : []);
    if (!drawing || width === 0) {
      setText(this.readout, "");
      return;
    }
    drawStage(context, drawing);
    setText(this.readout, drawCrossHair(context, model, scene, new Mapping(drawing.window, width)));
  }
}

export function heatJob(
  scene: Scene,
  picture: StagePicture,
  canvas: Pick<SharpCanvas, "context" | "ratio">,
  model: ViewModel,
  size: "stage" | "thumbnail",
): HeatJob {
  const { theme } = scene;
  return {
    picture,
    target: canvas.context,
    scale: scene.scale ?? { quantity: model.quantity, top: 0, bottom: -1 },
    table: scene.table,
    heat: model.marks.heat,
    isoLines: model.marks.contours ? isoLines(picture, size, theme.isHighContrast, canvas.ratio) : [],
    ink: rgb(theme.ink) ?? [255, 255, 255],
    pixelRatio: canvas.ratio,
  };
}

/** All that is drawn over the density; null where there is no picture. */
export function stageDrawing(model: ViewModel, scene: Scene, side: number, labels: readonly IsoLabel[]): StageDrawing | null {
  if (!scene.window) return null;
  return {
    window: scene.window,
    side,
    theme: scene.theme,
    axes: axisNames(model.state?.summary ?? null, scene.stage),
    frame: model.frame,
    time: scene.time,
    from: firstComparable(model.frame?.stages ?? [], scene.time),
    marks: model.marks,
    trajectories: model.state?.summary?.view.trajectories ?? 0,
    pins: model.pins,
    selectedPin: model.selectedPin,
    labels,
  };
}
