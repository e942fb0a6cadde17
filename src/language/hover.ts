/** What a hover over a definition says: the entry's formula, its log-det, how it is inverted, and where it comes from. */
import { findNodeAtOffset, getNodePath, type JSONPath, type Node } from "jsonc-parser";
import { type Catalogue, type CatalogueEntry, type CatalogueKey, entryOf, KIND_NAMES, type Kind } from "./catalogue";
import { treeOf, typeOf } from "./definition";
import type { TextRange } from "./layers";

interface Hover {
  readonly markdown: string;
  /** What the entry is whose type is pointed at; null over one of its keys. */
  readonly kind: Kind | null;
  readonly range: TextRange;
}

export function hoverAt(text: string, offset: number, catalogue: Catalogue): Hover | null {
  const tree = treeOf(text);
  const node = tree && findNodeAtOffset(tree, offset, true);
  const property = node && propertyAround(node);
  const owner = property?.parent;
  if (!property || !owner) return null;
  const kind = kindOf(getNodePath(owner));
  const type = typeOf(owner);
  const entry = kind && type !== null ? entryOf(catalogue, kind, type) : null;
  if (!kind || !entry) return null;
  const range = { offset: property.offset, length: property.length };
  const name: unknown = property.children?.[0]?.value;
  if (name === "type") return { markdown: describeEntry(kind, entry), kind, range };
  const key = entry.keys.find((candidate) => candidate.name === name);
  return key ? { markdown: describeKey(entry, key), kind: null, range } : null;
}

/** The property whose key or plain value is under the cursor; null inside nested entries. */
function propertyAround(node: Node): Node | null {
  if (node.type === "property") return node;
  if (node.type === "object") return null;
  if (node.parent?.type === "property") return node.parent;
  return node.parent?.type === "array" ? propertyAround(node.parent) : null;
}

/** Which list of the catalogue an entry at this place is taken from. */
function kindOf(path: JSONPath): Kind | null {
  const last = path.at(-1);
  if (typeof last === "number") return path.at(-2) === "layers" ? "layers" : null;
  if (last === "transform") return "transforms";
  if (path.length === 1 && last === "base") return "bases";
  if (path.length === 1 && last === "target") return "targets";
  return path.length === 2 && path[0] === "train" && last === "objective" ? "objectives" : null;
}

/** The summary stands in the JSON schema, whose own hover is shown above this one. */
function describeEntry(kind: Kind, entry: CatalogueEntry): string {
  const facts = [
    entry.logDet === undefined ? null : `log |det J| = ${code(entry.logDet)}`,
    entry.inverse === undefined ? null : `Inverse: ${escapeMarkdown(entry.inverse)}`,
    typeof entry.floor === "number" ? `Lowest possible NLL: ${entry.floor.toFixed(4)} nats (its entropy)` : null,
    `Source: [${escapeMarkdown(entry.reference.cite)}](${entry.reference.url})`,
  ];
  return [
    `**${escapeMarkdown(entry.title)}** · ${KIND_NAMES[kind]} ${code(entry.type)}`,
    ["```text", entry.formula, "```"].join("\n"),
    facts.filter((fact) => fact !== null).join("  \n"),
  ].join("\n\n");
}

/** Type and default only: the description stands in the JSON schema, whose own hover is shown above this one. */
function describeKey(entry: CatalogueEntry, key: CatalogueKey): string {
  const preset = key.default === null ? "" : `, default ${code(key.default)}`;
  return `**${escapeMarkdown(entry.title)}** · ${code(key.name)}: ${escapeMarkdown(key.type)}${preset}`;
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|]/g, "\\$&");
}

function code(text: string): string {
  return `\`${text.replace(/`/g, "'")}\``;
}
