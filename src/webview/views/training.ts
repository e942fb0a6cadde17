/** How training goes: loss, learning rate and gradient norm over steps; the same numbers as a table for screen readers. */
import type { Progress } from "../../protocol/model";
import { make, setText } from "../dom";
import { integer, level, sized } from "../format";
import type { Host } from "../host";
import type { Store, ViewModel } from "../store";
import { readTheme, type Theme } from "../theme";
import { type Range, steadyRange } from "./axis";
import { calm } from "./calm";
import { createTrainingChart, fillChart } from "./training-chart";
import { marksPlugin, type TrainingMarks } from "./training-marks";
import { lossRange, needsLogarithm, normRange, recordSpacing, thinned } from "./training-series";
import { createTrainingTable } from "./training-table";

export function mountTraining(element: HTMLElement, store: Store, _host: Host): void {
  const reading = make("p", "training-reading");
  const canvas = make("canvas", "");
  const plot = make("div", "training-plot", canvas);
  const nothing = make("p", "training-nothing");
  const table = createTrainingTable();
  const head = make(
    "div",
    "training-head",
    make("h2", "training-title", "Training"),
    make("p", "training-unit", "negative log-likelihood, nats"),
    reading,
  );
  element.append(make("div", "training", head, plot, nothing, table.element));
  canvas.setAttribute("role", "img");

  let marks: TrainingMarks | null = null;
  let range: Range | null = null;
  let theme: Theme = readTheme();
  const chart = createTrainingChart(
    canvas,
    marksPlugin(() => marks),
  );

  function draw(model: ViewModel): void {
    const { history } = model;
    const last = history[history.length - 1];
    plot.hidden = !last;
    nothing.hidden = last !== undefined;
    setText(nothing, emptyText(model));
    setText(reading, "");
    if (!last) return;
    const records = thinned(history);
    const floor = model.state?.summary?.target?.floor ?? null;
    const logarithmic = needsLogarithm(history);
    const needed = lossRange(history, floor) ?? { low: 0, high: 1 };
    range = steadyRange(range, needed, 0.02);
    marks = marksOf(model, records, theme, floor, logarithmic);
    const rates = records.map((record) => (logarithmic ? Math.log10(record.learningRate) : record.learningRate)).filter(Number.isFinite);
    const rate = { low: logarithmic ? Math.min(...rates) : 0, high: Math.max(...rates, 1e-12) };
    const steps = Math.max(model.state?.run?.steps ?? 0, model.state?.summary?.steps ?? 0, last.step, 1);
    fillChart(chart, records, { steps, loss: range, rate, norm: normRange(history) }, theme, logarithmic);
    canvas.setAttribute("aria-label", spoken(model, last, floor));
    table.fill(history);
  }

  function probe(event: PointerEvent): void {
    const step = chart.scales.x?.getValueForPixel(event.offsetX);
    const record = step === undefined ? undefined : nearest(store.value.history, step);
    setText(reading, record ? readingText(record) : "");
    if (!marks) return;
    marks = { ...marks, probe: record?.step ?? null };
    chart.draw();
  }
  canvas.addEventListener("pointermove", probe);
  canvas.addEventListener("pointerleave", () => {
    setText(reading, "");
    if (marks) marks = { ...marks, probe: null };
    chart.draw();
  });

  const calmly = calm(draw);
  store.subscribe(["history", "state"], calmly);
  store.subscribe(["themeVersion"], (model) => {
    theme = readTheme();
    calmly(model);
  });
}

function marksOf(model: ViewModel, records: readonly Progress[], theme: Theme, floor: number | null, logarithmic: boolean): TrainingMarks {
  const run = model.state?.run ?? null;
  const last = model.history[model.history.length - 1];
  const spacing = integer(recordSpacing(records));
  return {
    theme,
    floor,
    logarithmic,
    step: run?.step ?? last?.step ?? null,
    divergedAt: run?.status.kind === "diverged" ? run.status.atStep : null,
    probe: null,
    rate: last?.learningRate ?? null,
    norm: last?.gradientNorm ?? null,
    caption: `training, mean and range of ${spacing} steps`,
    shortCaption: `range of ${spacing} steps`,
  };
}

function emptyText(model: ViewModel): string {
  const summary = model.state?.summary;
  if (summary && summary.target === null) return "This flow has no target, so there is nothing to train on.";
  return "Not trained yet. The curves start with the first steps.";
}

function readingText(record: Progress): string {
  const validation = record.validation === null ? "" : ` · validation ${level(record.validation, 4)}`;
  return `step ${integer(record.step)} · training ${level(record.loss, 4)}${validation} · rate ${sized(record.learningRate)} · gradient ${sized(record.gradientNorm)}`;
}

function spoken(model: ViewModel, last: Progress, floor: number | null): string {
  const validation = model.state?.run?.validation ?? last.validation;
  const parts = [`Training curve up to step ${integer(last.step)}`, `training loss ${level(last.loss, 4)} nats`];
  if (validation !== null) parts.push(`validation ${level(validation, 4)}`);
  if (floor !== null) parts.push(`lowest possible value ${level(floor, 4)}`);
  return parts.join(", ");
}

function nearest(history: readonly Progress[], step: number): Progress | undefined {
  let best: Progress | undefined;
  for (const record of history) if (!best || Math.abs(record.step - step) < Math.abs(best.step - step)) best = record;
  return best;
}
