/** Which layer of the unrolled chain stands where in the text. Layer i (0-based) is f_{i+1}; it leads to stage i + 1. */
import { findNodeAtLocation, findNodeAtOffset, type Node } from "jsonc-parser";
import { treeOf, typeOf } from "./definition";

const MAX_LAYERS = 256; // as in the engine: a definition beyond it is refused there, so here it only bounds the work

export interface TextRange {
  readonly offset: number;
  readonly length: number;
}

/** An entry of the text and the layers of the chain that it stands for (several inside a "repeat"). */
export interface LayerEntry {
  readonly range: TextRange;
  readonly type: string | null;
  /** Indices of its layers in the chain, ascending. */
  readonly indices: readonly number[];
}

/** The chain base → data, unrolled; entries come in the order of the text. */
export function layerEntries(text: string): readonly LayerEntry[] {
  const tree = treeOf(text);
  const list = tree && findNodeAtLocation(tree, ["layers"]);
  if (list?.type !== "array") return [];
  const found = new Map<Node, number[]>();
  let next = 0;
  const visit = (node: Node): void => {
    if (next >= MAX_LAYERS) return;
    const inner = node.type === "object" ? findNodeAtLocation(node, ["layers"]) : undefined;
    if (inner?.type === "array") {
      const times = repeatsOf(node);
      for (let round = 0; round < times && next < MAX_LAYERS; round++) inner.children?.forEach(visit);
      return;
    }
    found.set(node, [...(found.get(node) ?? []), next++]);
  };
  list.children?.forEach(visit);
  return [...found].map(([node, indices]) => ({ range: { offset: node.offset, length: node.length }, type: typeOf(node), indices }));
}

function repeatsOf(entry: Node): number {
  const count: unknown = findNodeAtLocation(entry, ["count"])?.value;
  return typeof count === "number" && Number.isInteger(count) && count >= 0 ? Math.min(count, MAX_LAYERS) : 1;
}

/** The entry around a place in the text, or null. */
export function layerAt(text: string, offset: number): LayerEntry | null {
  return layerEntries(text).find(({ range }) => offset >= range.offset && offset <= range.offset + range.length) ?? null;
}

/** Where layer i of the unrolled chain is written; null for layers that the engine inserts. */
export function rangeOfLayer(text: string, index: number): TextRange | null {
  return layerEntries(text).find(({ indices }) => indices.includes(index))?.range ?? null;
}

/** The stage (0 … K) that a place in the text speaks of: 0 for the base, K for the target, i + 1 for layer i; null elsewhere. */
export function stageAt(text: string, offset: number): number | null {
  const layer = layerAt(text, offset);
  if (layer) return (layer.indices[0] ?? 0) + 1;
  const tree = treeOf(text);
  let node = tree && findNodeAtOffset(tree, offset, true);
  while (node?.parent && node.parent.parent !== tree) node = node.parent;
  if (node?.type !== "property" && node?.parent?.type === "property") node = node.parent;
  const key: unknown = node?.children?.[0]?.value;
  if (key === "base") return 0;
  if (key === "target") return layerEntries(text).reduce((count, { indices }) => count + indices.length, 0);
  return null;
}

/** Where the entry for a stage is written: the base for 0, else the layer that leads to it. */
export function rangeOfStage(text: string, stage: number): TextRange | null {
  if (stage > 0) return rangeOfLayer(text, stage - 1);
  const tree = treeOf(text);
  const base = tree && findNodeAtLocation(tree, ["base"]);
  return base ? { offset: base.offset, length: base.length } : null;
}
