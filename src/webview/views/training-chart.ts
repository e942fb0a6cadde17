/** The chart of a training run: loss above, learning rate and gradient norm in strips below, on one axis of steps. */
import {
  Chart,
  type ChartDataset,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  type Plugin,
  PointElement,
  type ScaleOptionsByType,
} from "chart.js";
import type { Progress } from "../../protocol/model";
import { compact, level } from "../format";
import { faded, type Theme } from "../theme";
import { ticks } from "../ticks";
import type { Range } from "./axis";

Chart.register(Filler, LinearScale, LineController, LineElement, PointElement);

export type LineChart = Chart<"line", Place[]>;
interface Place {
  readonly x: number;
  readonly y: number;
}

export interface TrainingRanges {
  readonly steps: number;
  readonly loss: Range;
  readonly rate: Range;
  readonly norm: Range;
}

const AXIS = { type: "linear", border: { display: false } } as const;
const AXIS_WIDTH = 40; // fixed, so that the plot does not move when a label grows by a digit
const LABEL_WIDTH = 92; // "gradient norm"
const STRIP_GAP = 0.22; // of a strip's own range, so that its line does not touch the plot above

export function createTrainingChart(canvas: HTMLCanvasElement, marks: Plugin<"line">): LineChart {
  return new Chart<"line", Place[]>(canvas, {
    type: "line",
    data: { datasets: [] },
    plugins: [marks],
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      parsing: false,
      normalized: true,
      events: [], // the reading under the pointer is text beside the title, not a bubble over the curve
      layout: { padding: { right: LABEL_WIDTH, top: 4 } },
      elements: { point: { radius: 0 }, line: { borderJoinStyle: "round" } },
    },
  });
}

export function fillChart(
  chart: LineChart,
  records: readonly Progress[],
  ranges: TrainingRanges,
  theme: Theme,
  logarithmic: boolean,
): void {
  chart.data.datasets = datasets(records, theme, logarithmic);
  chart.options.scales = {
    x: {
      ...AXIS,
      position: "bottom",
      min: 0,
      max: ranges.steps,
      grid: { drawOnChartArea: false, color: theme.label, tickLength: 5 },
      ticks: { ...font(theme), maxRotation: 0, padding: 2, callback: (value) => compact(Number(value)) },
      afterBuildTicks: (scale) => {
        scale.ticks = ticks(0, ranges.steps, scale.width / 56).values.map((value) => ({ value }));
      },
    },
    // the first of a stack lies lowest
    norm: strip(theme, raised(ranges.norm), 1),
    rate: strip(theme, raised(ranges.rate), 1),
    loss: { ...strip(theme, ranges.loss, 4), ...labelled(theme, ranges.loss) },
  };
  chart.update("none");
}

function raised({ low, high }: Range): Range {
  return { low, high: high + STRIP_GAP * (high - low) };
}

function font(theme: Theme) {
  return { color: theme.label, font: { family: theme.fontFamily, size: 10 } };
}

/** A scale of the stack that all share the left edge; unlabelled, with its own baseline. */
function strip(theme: Theme, range: Range, weight: number) {
  return {
    ...AXIS,
    position: "left",
    stack: "all",
    stackWeight: weight,
    min: range.low,
    max: range.high,
    grid: { color: gridColor(theme), drawTicks: false },
    ticks: { display: false },
    afterBuildTicks: (scale: { ticks: { value: number }[] }) => {
      scale.ticks = [{ value: range.low }];
    },
    afterFit: (scale: { width: number }) => {
      scale.width = AXIS_WIDTH;
    },
  } as const;
}

function labelled(theme: Theme, range: Range): Partial<ScaleOptionsByType<"linear">> {
  const marks = ticks(range.low, range.high, 5);
  return {
    ticks: { ...font(theme), padding: 6, callback: (value: unknown) => level(Number(value), marks.digits) } as never,
    afterBuildTicks: (scale) => {
      scale.ticks = marks.values.map((value) => ({ value }));
    },
  };
}

function gridColor(theme: Theme): string {
  return faded(theme.foreground, theme.isHighContrast ? 0.25 : 0.07);
}

function datasets(records: readonly Progress[], theme: Theme, logarithmic: boolean): ChartDataset<"line", Place[]>[] {
  const curve = (of: (record: Progress) => number | null) =>
    records.flatMap((record) => {
      const y = of(record);
      return y === null || !Number.isFinite(y) ? [] : [{ x: record.step, y }];
    });
  const width = theme.isHighContrast ? 2 : 1.2;
  const line = (yAxisID: string, borderColor: string, borderWidth: number, data: Place[]): ChartDataset<"line", Place[]> => ({
    order: borderColor === theme.blue ? 0 : 1, // validation lies above training
    data,
    yAxisID,
    borderColor,
    borderWidth,
  });
  const band = faded(theme.label, theme.isHighContrast ? 0.35 : 0.16);
  return [
    line(
      "loss",
      "transparent",
      0,
      curve((record) => record.lossHigh),
    ),
    {
      ...line(
        "loss",
        "transparent",
        0,
        curve((record) => record.lossLow),
      ),
      backgroundColor: band,
      fill: "-1",
    },
    line(
      "loss",
      theme.label,
      width,
      curve((record) => record.loss),
    ),
    line(
      "loss",
      theme.blue,
      2,
      curve((record) => record.validation),
    ),
    line(
      "rate",
      theme.foreground,
      width,
      curve((record) => (logarithmic ? Math.log10(record.learningRate) : record.learningRate)),
    ),
    line(
      "norm",
      theme.foreground,
      width,
      curve((record) => record.gradientNorm),
    ),
  ];
}
