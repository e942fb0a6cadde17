/** The result as Markdown. */
import type { Sanity } from "./jobs";
import type { Line } from "./line";
import type { Spread } from "./measure";

export interface Report {
  readonly machine: string;
  readonly versions: string;
  /** Things that a reader must know before the numbers. */
  readonly warnings: readonly string[];
  readonly lines: readonly Line[];
  readonly sanity: readonly Sanity[];
  readonly seconds: number;
}

export function markdown({ machine, versions, warnings, lines, sanity, seconds }: Report): string {
  const missing = lines.filter((line) => line.missing !== null);
  return [
    `${machine}. ${versions}.`,
    ...warnings.map((warning) => `**Note:** ${warning}.`),
    "",
    "| line | ours | the other side | ours / best other, median (min–max) | |",
    "|---|---|---|---|---|",
    ...lines.map(row),
    "",
    "Medians with (min–max) of interleaved rounds; ratios are taken round by round. Times are of this machine at this moment: only ratios carry over.",
    ...sanity.map(
      ({ job, steps, ours, torch, agree }) =>
        `Sanity ${job}: NLL after ${steps} steps ${ours.toFixed(3)} (ours), ${torch.toFixed(3)} (torch) nats: ${agree ? "they agree" : "THEY DISAGREE, the ratios of this job mean nothing"}.`,
    ),
    ...(missing.length > 0
      ? [`${missing.length} of ${lines.length} lines are MISSING their other side and count as not measured: ${missing[0]?.missing}.`]
      : []),
    `Took ${seconds.toFixed(0)} s.`,
  ].join("\n");
}

function row({ title, unit, ours, others, ratio, target, note, missing }: Line): string {
  const sides = others.map(({ name, spread }) => `${name}: ${spreadText(spread)} ${unit}`).join("; ");
  const verdict = ratio && target !== null ? `target ≤ ${target.toFixed(2)}: ${ratio.median <= target ? "met" : "missed"}` : null;
  const remarks = [verdict, note].filter((text) => text !== null).join("; ");
  const cells = [
    title,
    `${spreadText(ours)} ${unit}`,
    missing === null ? sides : "MISSING",
    ratio ? `**${spreadText(ratio)}**` : "–",
    remarks,
  ];
  return `| ${cells.join(" | ")} |`;
}

function spreadText({ median, min, max }: Spread): string {
  if (min === max) return numberText(median);
  return `${numberText(median)} (${numberText(min)}–${numberText(max)})`;
}

function numberText(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
