/** The training curve made ready for a chart: few enough points, and ranges that the first steps cannot blow up. */
import type { Progress } from "../../protocol/model";
import { percentile, type Range } from "./axis";

const MOST_POINTS = 480; // about one for each pixel of the plot

/** Groups neighboring records so that at most about 480 remain; ranges keep their extremes, so no peak is lost. */
export function thinned(history: readonly Progress[], most = MOST_POINTS): readonly Progress[] {
  const size = Math.ceil(history.length / most);
  if (size <= 1) return history;
  const groups: Progress[] = [];
  for (let start = 0; start < history.length; start += size) groups.push(merged(history.slice(start, start + size)));
  return groups;
}

function merged(records: readonly Progress[]): Progress {
  const last = records[records.length - 1] as Progress; // groups are never empty
  const mean = (of: (record: Progress) => number) => records.reduce((sum, record) => sum + of(record), 0) / records.length;
  return {
    step: last.step,
    loss: mean((record) => record.loss),
    lossLow: Math.min(...records.map((record) => record.lossLow)),
    lossHigh: Math.max(...records.map((record) => record.lossHigh)),
    validation: records.reduce<number | null>((kept, record) => record.validation ?? kept, null),
    gradientNorm: mean((record) => record.gradientNorm),
    learningRate: last.learningRate,
  };
}

/** Steps between two records, for the caption of the band. */
export function recordSpacing(history: readonly Progress[]): number {
  const first = history[0];
  const last = history[history.length - 1];
  if (!first || !last || history.length < 2) return first?.step ?? 0;
  return Math.max(1, Math.round((last.step - first.step) / (history.length - 1)));
}

const UNSETTLED = 0.15; // share of the records at the start that may leave the picture at the top
const HIGH = 0.97;
const LOW = 0.03; // single batches below the floor say nothing
const REACH = 1.5; // a floor farther away than this many ranges would flatten the curve

/** The range of losses worth looking at; the floor belongs to it while it is near. */
export function lossRange(history: readonly Progress[], floor: number | null): Range | null {
  const settled = history.slice(Math.floor(UNSETTLED * history.length));
  const lows = finite(settled.map((record) => record.lossLow));
  const highs = finite(settled.map((record) => record.lossHigh));
  const validation = finite(settled.flatMap((record) => record.validation ?? []));
  if (lows.length === 0 || highs.length === 0) return null;
  const low = Math.min(percentile(lows, LOW), ...validation.slice(0, 1));
  const high = Math.max(percentile(highs, HIGH), percentile(finite(history.map((record) => record.loss)), 0.9), low + 1e-3);
  const near = floor !== null && floor < low && low - floor <= REACH * (high - low);
  return { low: near ? floor - 0.06 * (high - floor) : low, high };
}

/** Zero to a value that single spikes do not raise. */
export function normRange(history: readonly Progress[]): Range {
  const norms = finite(history.map((record) => record.gradientNorm));
  return { low: 0, high: 1.25 * (percentile(norms, HIGH) || 1) };
}

const LINEAR_RATIO = 30; // a learning rate that falls further needs a logarithmic strip

export function needsLogarithm(history: readonly Progress[]): boolean {
  const rates = finite(history.map((record) => record.learningRate)).filter((rate) => rate > 0);
  return rates.length > 0 && (rates[rates.length - 1] ?? 0) > LINEAR_RATIO * percentile(rates, 0.02);
}

function finite(values: readonly number[]): readonly number[] {
  return values.filter(Number.isFinite).sort((a, b) => a - b);
}
