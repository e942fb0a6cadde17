/** Marks over the density of the stage: axes, points, paths, pins. Draws into any 2-D context, so that a page and an export agree. */
import type { Frame, Window } from "../../protocol/model";
import type { PinnedTrace } from "../../protocol/view";
import { coordinate } from "../format";
import { Mapping, pointAt, pointCount } from "../stage-view";
import type { StageMarks } from "../store";
import { faded, type Theme } from "../theme";
import { ticks } from "../ticks";
import type { IsoLabel } from "./iso-labels";
import { drawHaloText } from "./marks";
import { drawTrails } from "./trails";

export interface StageDrawing {
  readonly window: Window;
  /** CSS pixels. */
  readonly side: number;
  readonly theme: Theme;
  readonly axes: readonly [string, string];
  readonly frame: Frame | null;
  readonly time: number;
  /** The stage at which paths begin; 0 unless earlier stages are in other units. */
  readonly from: number;
  readonly marks: StageMarks;
  readonly trajectories: number;
  readonly pins: readonly PinnedTrace[];
  readonly selectedPin: string | null;
  readonly labels: readonly IsoLabel[];
}

const TICK = 5; // length, CSS pixels
const EDGE = 18; // no tick label nearer to a corner
const PIXELS_PER_TICK = 70;

export function drawStage(context: CanvasRenderingContext2D, drawing: StageDrawing): void {
  const mapping = new Mapping(drawing.window, drawing.side);
  context.save();
  context.beginPath();
  context.rect(0, 0, drawing.side, drawing.side);
  context.clip();
  drawPoints(context, drawing, mapping);
  drawAxes(context, drawing, mapping);
  for (const label of drawing.labels) {
    context.font = `10px ${drawing.theme.fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    drawHaloText(context, label.text, label.x, label.y, drawing.theme.foreground, drawing.theme.page);
  }
  drawTrails(context, drawing, mapping);
  context.restore();
}

function drawPoints(context: CanvasRenderingContext2D, drawing: StageDrawing, mapping: Mapping): void {
  const { frame, marks, theme, time } = drawing;
  if (!frame || frame.stages.length === 0) return;
  const stages = frame.stages.length;
  const contrast = theme.isHighContrast;
  /** The path of small circles round the places of all points, [(K + 1) * n * 2], at the present flow time. */
  const circles = (points: Float32Array, radius: number) => {
    const n = pointCount(points, stages);
    context.beginPath();
    for (let i = 0; i < n; i++) {
      const [x, y] = pointAt(points, 2 * i, 2 * n, time);
      context.moveTo(mapping.x(x) + radius, mapping.y(y));
      context.arc(mapping.x(x), mapping.y(y), radius, 0, 2 * Math.PI);
    }
  };
  if (marks.paths) drawSamplePaths(context, drawing, mapping, stages);
  if (marks.data && frame.data) {
    context.fillStyle = faded(theme.ink, contrast ? 0.9 : 0.5);
    circles(frame.data, contrast ? 1.5 : 1.15);
    context.fill();
  }
  if (!marks.samples) return;
  context.strokeStyle = faded(theme.ink, contrast ? 0.9 : 0.6);
  context.lineWidth = 0.8;
  circles(frame.samples, contrast ? 2.4 : 2);
  context.stroke();
}

/** The first samples, from the base (or where its units begin) to the present flow time. */
function drawSamplePaths(context: CanvasRenderingContext2D, drawing: StageDrawing, mapping: Mapping, stages: number): void {
  const { frame, theme, time } = drawing;
  if (!frame) return;
  const n = pointCount(frame.samples, stages);
  context.strokeStyle = faded(theme.ink, theme.isHighContrast ? 0.6 : 0.22);
  context.lineWidth = 0.8;
  context.lineJoin = "round";
  context.beginPath();
  for (let i = 0; i < Math.min(drawing.trajectories, n); i++) {
    for (let k = drawing.from; k <= Math.ceil(time); k++) {
      const [x, y] = pointAt(frame.samples, 2 * i, 2 * n, Math.min(k, time));
      if (k === drawing.from) context.moveTo(mapping.x(x), mapping.y(y));
      else context.lineTo(mapping.x(x), mapping.y(y));
    }
  }
  context.stroke();
}

function drawAxes(context: CanvasRenderingContext2D, drawing: StageDrawing, mapping: Mapping): void {
  const { theme, side, window } = drawing;
  const count = Math.max(2, Math.round(side / PIXELS_PER_TICK));
  context.font = `10px ${theme.fontFamily}`;
  const horizontal = ticks(window[0][0], window[0][1], count);
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  for (const value of horizontal.values) {
    const x = mapping.x(value);
    if (x < 2 * EDGE || x > side - 2.5 * EDGE) continue;
    line(context, theme.label, Math.round(x) + 0.5, side, Math.round(x) + 0.5, side - TICK);
    drawHaloText(context, coordinate(value, horizontal.digits), x, side - TICK - 4, theme.label, theme.page);
  }
  const vertical = ticks(window[1][0], window[1][1], count);
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const value of vertical.values) {
    const y = mapping.y(value);
    if (y < 1.8 * EDGE || y > side - 1.5 * EDGE) continue;
    line(context, theme.label, 0, Math.round(y) + 0.5, TICK, Math.round(y) + 0.5);
    drawHaloText(context, coordinate(value, vertical.digits), TICK + 4, y, theme.label, theme.page);
  }
  context.font = `11px ${theme.fontFamily}`;
  drawHaloText(context, drawing.axes[1], 10, 15, theme.foreground, theme.page);
  context.textAlign = "right";
  drawHaloText(context, drawing.axes[0], side - 10, side - 13, theme.foreground, theme.page);
}

function line(context: CanvasRenderingContext2D, color: string, x: number, y: number, toX: number, toY: number): void {
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.setLineDash([]);
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(toX, toY);
  context.stroke();
}
