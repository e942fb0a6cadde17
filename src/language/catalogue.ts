/** The shape of src/generated/catalogue.json: what can be written in a definition, in words and formulas (Unicode, no TeX). */

export interface CatalogueKey {
  readonly name: string;
  readonly type: string;
  /** As JSON; null where there is none. */
  readonly default: string | null;
  readonly description: string;
}

export interface CatalogueEntry {
  readonly type: string;
  readonly title: string;
  readonly summary: string;
  readonly formula: string;
  readonly logDet?: string;
  /** How the direction that is not stored is computed. */
  readonly inverse?: string;
  readonly reference: { readonly cite: string; readonly url: string };
  readonly keys: readonly CatalogueKey[];
  /** Entropy of a target in nats: no model can have a lower NLL. */
  readonly floor?: number | null;
}

export type Kind = "layers" | "transforms" | "bases" | "targets" | "objectives";

export type Catalogue = { readonly [K in Kind]: readonly CatalogueEntry[] };

export const KIND_NAMES: { readonly [K in Kind]: string } = {
  layers: "layer",
  transforms: "transform",
  bases: "base distribution",
  targets: "target",
  objectives: "objective",
};

export function entryOf(catalogue: Catalogue, kind: Kind, type: string): CatalogueEntry | null {
  return catalogue[kind].find((entry) => entry.type === type) ?? null;
}
