/** How stages, layers and coordinates are called on the page. */
import type { FlowSummary } from "../protocol/model";
import { subscript } from "./format";

/** "z₀" … "z₈ = x". */
export function stageName(stage: number, layers: number): string {
  const name = `z${subscript(stage)}`;
  return stage === layers && layers > 0 ? `${name} = x` : name;
}

/** The label of the layer that leads to this stage; the base distribution for stage 0. */
export function stageLabel(summary: FlowSummary, stage: number): string {
  if (stage > 0) return summary.layers[stage - 1]?.label ?? "";
  return summary.base.type === "normal" ? "base N(0, I)" : `base ${summary.base.title}`; // the name would not fit under a thumbnail
}

/** Names of the two coordinates of a stage: those of the data at the data end, else x₁ and x₂. */
export function axisNames(summary: FlowSummary | null, stage: number): readonly [string, string] {
  const names = summary !== null && stage === summary.layers.length ? summary.target?.axes : undefined;
  return [names?.[0] ?? `x${subscript(1)}`, names?.[1] ?? `x${subscript(2)}`];
}
