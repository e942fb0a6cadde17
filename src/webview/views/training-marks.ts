/** What stands on the training chart besides its curves: floor, present step, and a name at the end of each curve. */
import type { Plugin } from "chart.js";
import { level, sized } from "../format";
import { mix, type Theme } from "../theme";
import type { LineChart } from "./training-chart";

export interface TrainingMarks {
  readonly theme: Theme;
  readonly floor: number | null;
  /** The step of the parameters that are shown. */
  readonly step: number | null;
  readonly divergedAt: number | null;
  /** The step under the pointer. */
  readonly probe: number | null;
  readonly rate: number | null;
  readonly norm: number | null;
  readonly logarithmic: boolean;
  /** "training, mean and range of 25 steps" */
  readonly caption: string;
  readonly shortCaption: string;
}

/** A plugin that draws the newest marks each time the chart is drawn. */
export function marksPlugin(read: () => TrainingMarks | null): Plugin<"line"> {
  return {
    id: "training-marks",
    afterDatasetsDraw(chart) {
      const marks = read();
      if (marks) drawMarks(chart as unknown as LineChart, marks);
    },
  };
}

const GAP = 8; // between the plot and the labels
const LINE = 15;
const NARROW_PLOT = 280; // px: the caption would cover the steep start

function drawMarks(chart: LineChart, marks: TrainingMarks): void {
  const { ctx: context, chartArea } = chart;
  const { x, loss, rate, norm } = chart.scales;
  if (!x || !loss || !rate || !norm) return;
  const { theme } = marks;
  const right = x.getPixelForValue(x.max) + GAP;
  const strong = theme.isHighContrast ? 2 : 1;
  const vertical = (step: number, color: string, width: number, dash: number[]) => {
    const px = Math.round(x.getPixelForValue(step)) + (width % 2) / 2;
    stroke(context, color, width, dash, [px, chartArea.top, px, x.top + 4]);
  };
  context.save();

  const floorY = marks.floor === null ? null : loss.getPixelForValue(marks.floor);
  const floorShown = floorY !== null && floorY <= loss.bottom;
  if (floorShown) stroke(context, theme.green, 1.5, [6, 4], [x.left, floorY, x.right, floorY]);
  if (marks.probe !== null) vertical(marks.probe, theme.label, 1, []);
  if (marks.divergedAt !== null) vertical(marks.divergedAt, theme.error, strong, [3, 3]);
  if (marks.step !== null) vertical(marks.step, theme.accent, strong, []);
  const end = lastPlace(chart, 3);
  if (end) dot(context, x.getPixelForValue(end.x), clamp(loss.getPixelForValue(end.y), loss.top, loss.bottom), theme);

  const put = writer(context, theme);
  put(x.width < NARROW_PLOT ? marks.shortCaption : marks.caption, x.left + 0.56 * x.width, loss.top + 6, theme.label, "center");
  const validationY = end ? clamp(loss.getPixelForValue(end.y), loss.top + 6, loss.bottom) : null;
  const labels: { text: string; y: number; color: string; weight: number }[] = [];
  if (validationY !== null) labels.push({ text: "validation", y: validationY, color: readable(theme.blue, theme), weight: 600 });
  if (marks.floor !== null) {
    const text = `floor ${level(marks.floor, 4)}${floorShown ? "" : " ↓"}`;
    labels.push({ text, y: Math.min(floorY ?? 0, loss.bottom), color: readable(theme.green, theme), weight: 400 });
  }
  for (const label of apart(labels, loss.bottom)) put(label.text, right, label.y, label.color, "left", label.weight);
  const names = [
    [marks.rate, rate, marks.logarithmic ? "log of rate" : "learning rate"],
    [marks.norm, norm, "gradient norm"],
  ] as const;
  for (const [value, scale, name] of names) {
    if (value === null) continue;
    if (scale.bottom - scale.top >= 2 * LINE) {
      put(sized(value), right, scale.bottom - LINE - 4, theme.foreground, "left");
      put(name, right, scale.bottom - 4, theme.label, "left");
    } else put(`${sized(value)} ${name === "gradient norm" ? "norm" : "rate"}`, right, scale.bottom - 4, theme.foreground, "left", 400, 10);
  }
  put("step", right + 10, x.top + 13, theme.label, "left", 400, 10);
  context.restore();
}

function lastPlace(chart: LineChart, dataset: number) {
  const data = chart.data.datasets[dataset]?.data;
  return data?.[data.length - 1];
}

/** Moves labels that would overlap apart, upwards from the lowest. */
function apart<T extends { readonly y: number }>(labels: readonly T[], bottom: number): readonly T[] {
  let limit = bottom - 2;
  return [...labels]
    .sort((a, b) => b.y - a.y)
    .map((label) => {
      const y = Math.min(label.y, limit);
      limit = y - LINE - 1;
      return { ...label, y };
    });
}

/** Chart colors are made for lines; as text on a light page they need more contrast. */
function readable(color: string, theme: Theme): string {
  return theme.isDark ? color : mix(color, theme.foreground, 0.72);
}

type Path = readonly [number, number, number, number];

function stroke(context: CanvasRenderingContext2D, color: string, width: number, dash: number[], [x1, y1, x2, y2]: Path): void {
  context.beginPath();
  context.setLineDash(dash);
  context.strokeStyle = color;
  context.lineWidth = width;
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
  context.setLineDash([]);
}

function dot(context: CanvasRenderingContext2D, x: number, y: number, theme: Theme): void {
  context.beginPath();
  context.arc(x, y, 4, 0, 2 * Math.PI);
  context.fillStyle = theme.blue;
  context.strokeStyle = theme.page;
  context.lineWidth = 2;
  context.stroke();
  context.fill();
}

function writer(context: CanvasRenderingContext2D, theme: Theme) {
  return (text: string, x: number, y: number, color: string, align: CanvasTextAlign, weight = 400, size = 11): void => {
    context.font = `${weight} ${size}px ${theme.fontFamily}`;
    context.textAlign = align;
    context.textBaseline = "middle";
    context.strokeStyle = theme.page;
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.strokeText(text, x, y); // readable on the band and on grid lines
    context.fillStyle = color;
    context.fillText(text, x, y);
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
