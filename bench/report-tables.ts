/** The tables of the page of results. */
import type { JobResult, Sanity } from "./job-lines";
import { type Comparison, compare, KERNELS_OFF, type Line, type SideName, torchName, verdictOf } from "./line";
import type { Spread } from "./measure";
import type { EditorFigure } from "./results";
import type { Scaling, ScalingPoint, Sweep } from "./scaling";

/** One row a line, one column a side; libraries have a table of their own. */
export function timeRows(lines: readonly Line[]): string[] {
  const sides = sidesOf(lines).filter(({ kind }) => kind !== "library");
  if (lines.length === 0) return [];
  return table(
    ["", ...sides.map(({ name }) => name)],
    lines.map((line) => [
      `${line.title}, ${line.unit}${line.note ? ` (${line.note})` : ""}`,
      ...sides.map(({ name }) => valueText(line, name)),
    ]),
  );
}

export function libraryRows(lines: readonly Line[]): string[] {
  const measured = lines.filter(({ values }) => values.some(({ kind }) => kind === "library"));
  const sides = sidesOf(measured).filter(({ kind }) => kind === "library");
  if (sides.length === 0) return [];
  return table(
    ["", ...sides.map(({ name }) => name)],
    measured.map((line) => [`${line.title}, ${line.unit}`, ...sides.map(({ name }) => valueText(line, name))]),
  );
}

export function barRows(lines: readonly Line[]): string[] {
  const compared = lines.filter(({ comparisons }) => comparisons.length > 0);
  if (compared.length === 0) return [];
  const rows = compared.map((line) => {
    const against = (kind: Comparison["kind"]) => line.comparisons.find((one) => one.kind === kind);
    const verdict = verdictOf(line);
    return [
      line.title,
      ratioText(against("twin")),
      oneThreadText(line),
      ratioText(against("library")),
      ratioText(against("kernels-off")),
      verdict ? `${verdict.comparison.kind === "library" ? "library" : "torch"} ≤ ${numberText(verdict.bar)}` : "–",
      verdict ? (verdict.reached ? "reached" : "**not reached**") : "–",
    ];
  });
  return table(
    ["", "ours / torch", "1 thread each", "ours / best library", `ours / ${KERNELS_OFF.replace("ours, ", "")}`, "bar", ""],
    rows,
  );
}

/** Lines outside the jobs, each with its own sides. */
export function lineRows(lines: readonly Line[]): string[] {
  if (lines.length === 0) return [];
  const rows = lines.map((line) => {
    const verdict = verdictOf(line);
    const sides = line.values.map(({ name }) => `${name}: ${valueText(line, name)}`).join("; ");
    const ratios = line.comparisons.map((one) => `${ratioText(one)} to ${one.other}`).join("; ");
    const bar = verdict ? `≤ ${numberText(verdict.bar)}: ${verdict.reached ? "reached" : "**not reached**"}` : "–";
    return [`${line.title}, ${line.unit}`, sides, ratios || "–", bar, line.note ?? ""];
  });
  return table(["", "sides", "ratio", "bar", ""], rows);
}

export function notYetRows(jobs: readonly JobResult[]): string[] {
  const waiting = jobs.flatMap(({ title, notYet }) =>
    notYet === null ? [] : [`- ${title}: ${notYet}. Only the PyTorch side was measured.`],
  );
  return waiting.length > 0 ? ["", ...waiting] : [];
}

/** NLLs after the same steps, one row a job. */
export function sanityRows(checks: readonly Sanity[]): string[] {
  if (checks.length === 0) return [];
  const sides = [...new Set(checks.map(({ side }) => side))];
  const jobs = [...new Set(checks.map(({ job }) => job))];
  const rows = jobs.flatMap((job) => {
    const own = checks.filter((check) => check.job === job);
    const [first] = own;
    if (!first) return [];
    const nll = (side: string) => own.find((check) => check.side === side)?.nll.toFixed(3) ?? "–";
    const verdict = own.every(({ agree }) => agree) ? "they agree" : "**they disagree: the ratios of this job mean nothing**";
    return [[job, String(first.steps), first.twin.toFixed(3), ...sides.map(nll), verdict]];
  });
  return table(["", "steps", torchName(1), ...sides, ""], rows);
}

/** How our sides compute each job, in the engine's words. */
export function computingRows(jobs: readonly JobResult[]): string[] {
  const known = jobs.filter(({ computing }) => Object.keys(computing).length > 0);
  const sides = [...new Set(known.flatMap(({ computing }) => Object.keys(computing)))];
  if (sides.length === 0) return [];
  return table(
    ["", ...sides],
    known.map(({ title, computing }) => [title, ...sides.map((side) => computing[side] ?? "–")]),
  );
}

export function scalingRows({ peak, sweeps }: Scaling): string[] {
  const rows = sweeps.map(({ family, over, base, threads, points, exponent }) => {
    const best = Math.max(0, ...points.map(({ gflops }) => gflops ?? 0));
    const share = best / (peak.gflops[threads] ?? Number.NaN);
    return [
      `${family}, ${over}`,
      baseText(base, over),
      String(threads),
      points.map(sizeText).join(" · "),
      exponent === null ? "–" : exponent.toFixed(2),
      `${best.toFixed(0)} (${share.toFixed(2)})`,
    ];
  });
  return table(["sweep over", "the rest", "threads", "ms per step", "exponent", "most GFLOP/s (of the peak)"], rows);
}

export function editorRows(figures: readonly EditorFigure[]): string[] {
  return table(
    ["", "", ""],
    figures.map(({ title, unit, spread, note }) => [title, `${spreadText(spread)}${unit === "" ? "" : ` ${unit}`}`, note ?? ""]),
  );
}

/** Size and time; before them how it is computed, where that begins. */
function sizeText({ value, ms, path }: ScalingPoint, i: number, all: readonly ScalingPoint[]): string {
  return `${path === all[i - 1]?.path ? "" : `${path} `}${value}: ${ms === null ? "failed" : numberText(ms)}`;
}

function baseText(base: Sweep["base"], over: Sweep["over"]): string {
  const words = { layers: `${base.layers} layers`, width: `width ${base.width}`, batch: `batch ${base.batch}`, dim: `dim ${base.dim}` };
  return Object.entries(words)
    .filter(([key]) => key !== over)
    .map(([, word]) => word)
    .join(", ");
}

/** Every side that occurs, in the order of its first occurrence. */
function sidesOf(lines: readonly Line[]): SideName[] {
  const sides = new Map<string, SideName>();
  for (const { values } of lines) for (const { name, kind } of values) sides.set(name, { name, kind });
  return [...sides.values()].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

const ORDER: readonly SideName["kind"][] = ["ours", "kernels-off", "twin", "library", "other"];

/** Ours and torch's with one thread each. */
function oneThreadText({ values, unit }: Line): string {
  if (unit === "MB") return "–";
  const one = (kind: SideName["kind"]) =>
    values.find((value) => value.kind === kind && value.name.endsWith("1 thread") && value.spread !== null);
  const [ours, twin] = [one("ours"), one("twin")];
  return ours && twin ? spreadText(compare(ours, twin, null).ratio) : "–";
}

function ratioText(comparison: Comparison | undefined): string {
  return comparison ? `**${spreadText(comparison.ratio)}**` : "–";
}

function valueText({ values }: Line, name: string): string {
  const value = values.find((one) => one.name === name);
  if (!value) return "–";
  return value.spread ? spreadText(value.spread) : `failed: ${value.failed ?? "no value"}`;
}

function spreadText({ median, min, max }: Spread): string {
  if (min === max) return numberText(median);
  return `${numberText(median)} (${numberText(min)}–${numberText(max)})`;
}

function numberText(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(value >= 0.1 ? 3 : 2);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [row(head), row(head.map(() => "---")), ...rows.map(row)];
}
