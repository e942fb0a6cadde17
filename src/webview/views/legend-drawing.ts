/** The colour bar with its numbers: the same fade into the page as the picture, and the iso-lines as ticks. */
import { type ColorTable, colorAt, ENTRIES, isBright } from "../colormaps";
import { level, power } from "../format";
import { type ColorScale, placeOf } from "../renderer/scale";
import type { Theme } from "../theme";
import { ticks } from "../ticks";

export interface LegendDrawing {
  readonly vertical: boolean;
  /** CSS pixels along the bar. */
  readonly length: number;
  readonly scale: ColorScale;
  readonly table: ColorTable;
  readonly theme: Theme;
  /** Iso-lines to mark; none while contours are off. */
  readonly massLevels: readonly number[];
}

const BAR = 11; // CSS pixels across
const TICK = 5;
const PIXELS_PER_TICK = 110;
const END = 5; // half a line of text: labels at the very ends move inwards

export function drawLegend(context: CanvasRenderingContext2D, drawing: LegendDrawing): void {
  const { vertical, length, theme, table } = drawing;
  for (let i = 0; i < ENTRIES; i++) {
    context.fillStyle = colorAt(table, i / (ENTRIES - 1));
    const [from, to] = [Math.floor((i * length) / ENTRIES), Math.ceil(((i + 1) * length) / ENTRIES)];
    // Edges on whole pixels, so that neighbours of different opacity neither overlap nor leave a gap.
    const next = Math.floor(((i + 1) * length) / ENTRIES);
    const end = i === ENTRIES - 1 ? to : next;
    if (end > from) fill(context, vertical, length, from, end - from, 0, BAR);
  }
  context.strokeStyle = theme.edge;
  context.lineWidth = 1;
  if (vertical) context.strokeRect(0.5, 0.5, BAR - 1, length - 1);
  else context.strokeRect(0.5, 0.5, length - 1, BAR - 1);
  for (const mass of drawing.massLevels) {
    const t = placeOf(drawing.scale, mass);
    if (!(t >= 0 && t <= 1)) continue;
    context.fillStyle = isBright(table, t) && t > 0.1 ? "#1F1F1F" : t > 0.1 || theme.isDark ? "#FFFFFF" : "#1F1F1F";
    fill(context, vertical, length, Math.round(t * length) - 1, theme.isHighContrast ? 2 : 1.5, 0, BAR);
  }
  drawNumbers(context, drawing);
}

function drawNumbers(context: CanvasRenderingContext2D, { vertical, length, scale, theme }: LegendDrawing): void {
  const linear = scale.quantity === "density";
  const [low, high] = linear ? [0, Math.exp(scale.top)] : [scale.bottom, scale.top];
  const { values, digits } = ticks(low, high, Math.max(2, length / PIXELS_PER_TICK));
  const tiny = linear && (high < 0.005 || high >= 1e5);
  context.font = `10px ${theme.fontFamily}`;
  context.fillStyle = theme.label;
  context.textBaseline = vertical ? "middle" : "top";
  for (const value of values) {
    const at = ((value - low) / (high - low)) * length;
    const text = tiny ? power(value, 2) : level(value, Math.max(digits, linear ? 2 : 0));
    if (vertical) {
      context.textAlign = "left";
      context.fillRect(BAR, Math.min(length - Math.round(at), length - 1), TICK, 1);
      context.fillText(text, BAR + TICK + 4, Math.min(Math.max(length - at, END), length - END));
    } else {
      const edge = context.measureText(text).width / 2;
      context.textAlign = "center";
      context.fillRect(Math.min(Math.round(at), length - 1), BAR, 1, TICK);
      context.fillText(text, Math.min(Math.max(at, edge), length - edge), BAR + TICK + 3);
    }
  }
}

/** A piece of the bar: `from` and `size` along it from its low end, `across` and `depth` beside. */
function fill(
  context: CanvasRenderingContext2D,
  vertical: boolean,
  length: number,
  from: number,
  size: number,
  across: number,
  depth: number,
): void {
  if (vertical) context.fillRect(across, length - from - size, depth, size);
  else context.fillRect(from, across, size, depth);
}
