/** Pins and their ways through the layers. */
import type { PinnedTrace } from "../../protocol/view";
import { type Mapping, traceAt } from "../stage-view";
import type { StageMarks } from "../store";
import { faded, type Theme } from "../theme";
import { drawHaloText, drawThemedPin, pinColorIn } from "./marks";
import { pinDash } from "./pin-marks";

const CASING = 4; // page-coloured, below the trail
const DOT = 2.6;
const CIRCLE = 0.2; // radius in base space whose image is the ellipse
const LARGEST_FILL = 0.4; // of the stage: where the map stretches more than that, a filled ellipse would cover the density
const LABEL_GAP = 9;

interface Trails {
  readonly theme: Theme;
  readonly time: number;
  readonly from: number;
  readonly marks: StageMarks;
  readonly pins: readonly PinnedTrace[];
  readonly selectedPin: string | null;
}

export function drawTrails(context: CanvasRenderingContext2D, drawing: Trails, mapping: Mapping): void {
  // The selected pin comes last, above the others.
  const order = [...drawing.pins].sort((a, b) => rank(a, drawing) - rank(b, drawing));
  for (const pinned of order) drawTrail(context, pinned, drawing, mapping);
}

function rank(pinned: PinnedTrace, { selectedPin }: Trails): number {
  return pinned.pin.name === selectedPin ? 1 : 0;
}

function drawTrail(context: CanvasRenderingContext2D, { pin, trace }: PinnedTrace, drawing: Trails, mapping: Mapping): void {
  const { theme, time } = drawing;
  const color = pinColorIn(theme, pin.name);
  const selected = pin.name === drawing.selectedPin;
  const path: [number, number][] = [];
  for (let k = drawing.from; k <= Math.ceil(time); k++) {
    // While a pin is dragged, its mark is at the hand and its trace still on the way.
    const held = k === trace.logDets.length && time === k;
    const [x, y] = held ? [pin.x[0] ?? Number.NaN, pin.x[1] ?? Number.NaN] : traceAt(trace, Math.min(k, time));
    path.push([mapping.x(x), mapping.y(y)]);
  }
  const start = path[0];
  const end = path[path.length - 1];
  if (!start || !end || !path.flat().every(Number.isFinite)) return;

  if (drawing.marks.paths && path.length > 1) {
    context.lineJoin = "round";
    const stroke = (color: string, width: number, dash: readonly number[]) => {
      context.strokeStyle = color;
      context.lineWidth = width;
      context.setLineDash([...dash]);
      context.beginPath();
      for (const [x, y] of path) context.lineTo(x, y);
      context.stroke();
    };
    stroke(faded(theme.page, 0.75), CASING, []);
    stroke(color, (selected ? 2 : 1.5) + (theme.isHighContrast ? 0.5 : 0), pinDash(pin.name));
    context.setLineDash([]);
    for (const [x, y] of path.slice(1, -1)) drawDot(context, x, y, color, theme.page);
    if (selected) drawEllipses(context, { pin, trace, step: 0 }, drawing, mapping, color);
    if (drawing.from === 0) {
      drawThemedPin(context, pin.name, start, 5, "base", theme);
      label(context, "z₀", start, end, theme.foreground, theme.page, `11px ${theme.fontFamily}`);
    }
  }
  drawThemedPin(context, pin.name, end, selected ? 7 : 6, time === 0 ? "base" : "present", theme);
  label(context, pin.name, end, path[path.length - 2] ?? end, theme.key, theme.page, `600 12px ${theme.fontFamily}`);
}

function drawDot(context: CanvasRenderingContext2D, x: number, y: number, color: string, page: string): void {
  context.beginPath();
  context.arc(x, y, DOT, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.strokeStyle = page;
  context.lineWidth = 1.2;
  context.fill();
  context.stroke();
}

/** A circle around z₀ and its image, to first order, around the point at the present stage. */
function drawEllipses(context: CanvasRenderingContext2D, { trace }: PinnedTrace, drawing: Trails, mapping: Mapping, color: string): void {
  const stage = Math.round(drawing.time);
  const { singularValues, angles } = trace;
  if (!singularValues || !angles || Math.abs(stage - drawing.time) > 1e-6) return; // between layers there is no Jacobian to show
  for (const k of stage === 0 || drawing.from > 0 ? [stage] : [0, stage]) {
    const [x, y] = traceAt(trace, k);
    const [major, minor] = [singularValues[2 * k] ?? 1, singularValues[2 * k + 1] ?? 1];
    if (![x, y, major, minor].every(Number.isFinite)) return;
    context.beginPath();
    context.save();
    context.translate(mapping.x(x), mapping.y(y));
    context.scale(mapping.scale[0], -mapping.scale[1]); // in units of the space, y upwards; the line is drawn after restore
    context.ellipse(0, 0, CIRCLE * major, CIRCLE * minor, angles[k] ?? 0, 0, 2 * Math.PI);
    context.restore();
    context.fillStyle = faded(color, 0.16);
    context.strokeStyle = faded(color, 0.9);
    context.lineWidth = 1.2;
    context.setLineDash([]);
    if (CIRCLE * major * Math.max(...mapping.scale) < LARGEST_FILL * mapping.side) context.fill();
    context.stroke();
  }
}

/** Beside a mark, on the side away from where its trail goes. */
function label(
  context: CanvasRenderingContext2D,
  text: string,
  [x, y]: readonly [number, number],
  [towardX, towardY]: readonly [number, number],
  color: string,
  page: string,
  font: string,
): void {
  context.font = font;
  context.textBaseline = "middle";
  const right = x >= towardX;
  context.textAlign = right ? "left" : "right";
  drawHaloText(context, text, x + (right ? LABEL_GAP : -LABEL_GAP), y + (y > towardY ? LABEL_GAP + 2 : -LABEL_GAP - 2), color, page);
}
