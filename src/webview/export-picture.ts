/** The picture that leaves the page: stage, legend and film strip as shown, with what is needed to read them. */
import { integer, level, signed, subscript } from "./format";
import type { Host } from "./host";
import { stageLabel, stageName } from "./names";
import { scaleOf } from "./renderer/scale";
import type { Surface } from "./renderer/surface";
import type { Scene, Scenes } from "./scene";
import { Mapping, placeOfPicture, traceAt } from "./stage-view";
import { layerCount, type ViewModel } from "./store";
import type { Theme } from "./theme";
import { termsOf } from "./views/film-strip";
import { isoLabels } from "./views/iso-labels";
import { quantityName } from "./views/legend";
import { drawLegend } from "./views/legend-drawing";
import { drawThemedPin } from "./views/marks";
import { heatJob, stageDrawing } from "./views/stage";
import { drawStage } from "./views/stage-drawing";

const RATIO = 2; // device pixels per CSS pixel, whatever the screen
const MARGIN = 24;
const SIDE = 640;
const LEGEND = 76;
const TITLE = 36;
const LARGEST_THUMBNAIL = 120;
const MOST_COLUMNS = 13; // of a longer chain, evenly spread stages

/** Null while there is no picture to export. */
export async function exportPicture(model: ViewModel, scenes: Scenes, theme: Theme, surface: Surface, host: Host): Promise<void> {
  const scene = scenes.of(model, theme);
  if (!scene.picture || !model.state) return;
  const canvas = compose(model, scene, surface);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) return;
  const name = model.state.fileName.replace(/\.flow\.json$/, "").replace(/[^\p{L}\p{N} ._-]/gu, "_") || "flow";
  await host.request("export/picture", { name: `${name}.png`, png: new Uint8Array(await blob.arrayBuffer()) });
}

function compose(model: ViewModel, scene: Scene, surface: Surface): HTMLCanvasElement {
  const { theme } = scene;
  const stages = spread(layerCount(model) + 1);
  const width = Math.max(SIDE + LEGEND, stages.length * 76) + 2 * MARGIN;
  const pitch = (width - 2 * MARGIN) / stages.length;
  const thumbnail = Math.min(LARGEST_THUMBNAIL, pitch - 8);
  const stripTop = MARGIN + TITLE + SIDE + 24;
  const canvas = document.createElement("canvas");
  canvas.width = RATIO * width;
  canvas.height = RATIO * (stripTop + thumbnail + 40 + MARGIN);
  const context = canvas.getContext("2d");
  if (!context) return canvas; // only when the browser is out of memory for canvases
  context.scale(RATIO, RATIO);
  context.fillStyle = theme.page;
  context.fillRect(0, 0, canvas.width, canvas.height);
  drawTitle(context, model, scene);

  const left = MARGIN + (width - 2 * MARGIN - SIDE - LEGEND) / 2;
  at(context, left, MARGIN + TITLE, () => {
    if (!scene.picture || !scene.window) return;
    context.save();
    context.beginPath();
    context.rect(0, 0, SIDE, SIDE);
    context.clip();
    const place = placeOfPicture(scene.picture.window, scene.window, SIDE);
    context.drawImage(paint(surface, scene, scene.picture, model, SIDE, "stage"), place.x, place.y, place.width, place.height);
    context.restore();
    const labels = model.marks.contours && scene.time % 1 === 0 ? isoLabels(scene.picture, SIDE, []) : [];
    const drawing = stageDrawing(model, scene, SIDE, labels);
    if (drawing) drawStage(context, drawing);
    frame(context, SIDE, theme);
  });
  at(context, left + SIDE + 12, MARGIN + TITLE, () => {
    if (!scene.scale || !scene.picture) return;
    const massLevels = model.marks.contours ? scene.picture.massLevels : [];
    drawLegend(context, { vertical: true, length: SIDE, scale: scene.scale, table: scene.table, theme, massLevels });
  });
  const terms = termsOf(model, pitch < 110 ? "tight" : "wide");
  for (const [column, stage] of stages.entries()) {
    const x = MARGIN + column * pitch + (pitch - thumbnail) / 2;
    at(context, x, stripTop, () => drawColumn(context, model, scene, surface, stage, thumbnail, terms));
  }
  return canvas;
}

function drawTitle(context: CanvasRenderingContext2D, model: ViewModel, scene: Scene): void {
  const { theme } = scene;
  const { state, frame: shown } = model;
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  context.font = `600 13px ${theme.fontFamily}`;
  context.fillStyle = theme.key;
  context.fillText(state?.fileName ?? "", MARGIN, MARGIN + 12);
  const facts = [`step ${integer(shown?.step ?? 0)}`, `seed ${state?.summary?.seed ?? ""}`, `${stageName(scene.stage, layerCount(model))}`];
  if (shown?.health?.nll != null) facts.push(`NLL ${level(shown.health.nll, 4)} nats`);
  facts.push(quantityName(model, scene.stage));
  const after = context.measureText(state?.fileName ?? "").width;
  context.font = `12px ${theme.fontFamily}`;
  context.fillStyle = theme.label;
  context.fillText(facts.join("   "), MARGIN + after + 20, MARGIN + 12);
}

function drawColumn(
  context: CanvasRenderingContext2D,
  model: ViewModel,
  scene: Scene,
  surface: Surface,
  stage: number,
  side: number,
  terms: ReturnType<typeof termsOf>,
): void {
  const { theme } = scene;
  const picture = model.frame?.stages[stage];
  if (picture) {
    context.drawImage(paint(surface, scene, picture, model, side, "thumbnail"), 0, 0, side, side);
    const mapping = new Mapping(picture.window, side);
    for (const { pin, trace } of model.pins) {
      const [x, y] = traceAt(trace, stage);
      if (Number.isFinite(x + y)) drawThemedPin(context, pin.name, [mapping.x(x), mapping.y(y)], 3.2, "present", theme);
    }
  }
  frame(context, side, theme);
  const summary = model.state?.summary;
  const value = terms.values[stage] ?? null;
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  context.font = `600 11px ${theme.fontFamily}`;
  context.fillStyle = theme.key;
  context.fillText(stageName(stage, layerCount(model)), 0, side + 15);
  context.font = `11px ${theme.fontFamily}`;
  context.fillStyle = theme.label;
  const room = context.measureText(`${stageName(stage, layerCount(model))}  `).width + 4;
  if (summary) context.fillText(fitting(context, stageLabel(summary, stage), side - room), room, side + 15);
  const name = stage === 0 ? "log p₀" : `log|det J${subscript(stage)}|`;
  const number = value === null ? "" : stage === 0 ? level(value, terms.digits) : signed(value, terms.digits);
  if (context.measureText(`${name} ${number}`).width < side) context.fillText(name, 0, side + 32);
  context.textAlign = "right";
  context.fillStyle = theme.key;
  context.fillText(number, side, side + 32);
}

function paint(surface: Surface, scene: Scene, picture: Scene["picture"], model: ViewModel, side: number, size: "stage" | "thumbnail") {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(RATIO * side);
  canvas.height = canvas.width;
  const context = canvas.getContext("2d");
  if (!context || !picture) return canvas;
  const job = heatJob(scene, picture, { context, ratio: RATIO }, model, size);
  surface.paint([size === "stage" ? job : { ...job, scale: scaleOf(picture, model.quantity) }]);
  return canvas;
}

function at(context: CanvasRenderingContext2D, x: number, y: number, draw: () => void): void {
  context.save();
  context.translate(x, y);
  draw();
  context.restore();
}

function frame(context: CanvasRenderingContext2D, side: number, theme: Theme): void {
  context.setLineDash([]);
  context.strokeStyle = theme.edge;
  context.lineWidth = 1;
  context.strokeRect(0.5, 0.5, side - 1, side - 1);
}

function fitting(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let length = text.length;
  while (length > 0 && context.measureText(`${text.slice(0, length)}…`).width > width) length--;
  return length > 0 ? `${text.slice(0, length)}…` : "";
}

function spread(stages: number): number[] {
  if (stages <= MOST_COLUMNS) return Array.from({ length: stages }, (_, k) => k);
  return Array.from({ length: MOST_COLUMNS }, (_, i) => Math.round((i * (stages - 1)) / (MOST_COLUMNS - 1)));
}
