/** The lines of numbers above a definition's chain and above each of its layers. */
import { findNodeAtLocation } from "jsonc-parser";
import { treeOf } from "./definition";
import { type LayerEntry, layerEntries } from "./layers";
import { decimals, signed } from "./numbers";

/** What is known of one layer of the unrolled chain. */
export interface LayerFacts {
  readonly label: string;
  readonly parameters: number;
  /** log|det ∂f_k/∂z_{k−1}| over data, or over samples where there is no target; nats. */
  readonly logDet: { readonly mean: number; readonly sd: number } | null;
}

export interface FlowFacts {
  readonly parameters: number;
  /** Mean in nats, under the name that says of which points; null before anything was measured. */
  readonly nll: { readonly name: string; readonly value: number } | null;
  readonly layers: readonly LayerFacts[];
}

/** A lens above the line of `offset`. `stage` is what a click selects; the chain's own lens has none. */
interface Lens {
  readonly offset: number;
  readonly text: string;
  readonly stage: number | null;
}

/** Without facts the lenses only name the layers: they keep their lines, so that the text does not jump when numbers come or go. */
export function lensesOf(text: string, facts: FlowFacts | null): readonly Lens[] {
  const tree = treeOf(text);
  const list = tree && findNodeAtLocation(tree, ["layers"]);
  const entries = layerEntries(text);
  if (!list || entries.length === 0) return [];
  const chain = [
    `K = ${facts?.layers.length ?? entries.reduce((sum, { indices }) => sum + indices.length, 0)}`,
    facts && count(facts.parameters, "parameter"),
    facts?.nll ? `${facts.nll.name} ${decimals(facts.nll.value, 4)} nats` : null,
  ];
  const head = { offset: list.parent?.offset ?? list.offset, text: joined(chain), stage: null };
  return [head, ...entries.flatMap((entry) => layerLens(entry, facts?.layers ?? []))];
}

function layerLens({ range, type, indices }: LayerEntry, layers: readonly LayerFacts[]): readonly Lens[] {
  const first = indices[0];
  const last = indices.at(-1);
  if (first === undefined || last === undefined) return [];
  const facts = layers[first] ?? null;
  const name = last === first ? subscript("f", first + 1) : `${subscript("f", first + 1)} … ${subscript("f", last + 1)}`;
  const logDet = facts?.logDet && last === first ? `log |det J| ${signed(facts.logDet.mean)} ± ${decimals(facts.logDet.sd, 3)}` : null;
  const parts = [`${name} ${facts?.label ?? type ?? ""}`.trimEnd(), facts && count(facts.parameters, "parameter"), logDet];
  return [{ offset: range.offset, text: joined(parts), stage: first + 1 }];
}

function joined(parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null).join(" · ");
}

function count(n: number, noun: string): string {
  return `${n.toLocaleString("en-US")} ${noun}${n === 1 ? "" : "s"}`;
}

function subscript(letter: string, n: number): string {
  return letter + [...String(n)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("");
}
