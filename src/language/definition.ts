/** A .flow.json as a tree with places: faults in the text do not prevent reading the rest. */
import { findNodeAtLocation, getNodeValue, type Node, type ParseError, parse, parseTree, stripComments } from "jsonc-parser";

const PARSE_OPTIONS = { allowTrailingComma: true, allowEmptyContent: true } as const;

/** Keys of the top level that only a definition of ours has. */
const OUR_KEYS = ["layers"];

/** The tree of a text, faults left out; undefined where there is none, or where the nesting is deeper than any definition's. */
export function treeOf(text: string): Node | undefined {
  return withinStack(() => parseTree(text, [], PARSE_OPTIONS));
}

/** Whether nothing has been written yet, besides comments and braces. */
export function isBlank(text: string): boolean {
  return /^\s*(\{\s*\}?)?\s*$/.test(stripComments(text));
}

/** "*.flow.json" is a natural name for other tools' files too: ours are blank, name our schema, or have our keys. */
export function looksLikeFlow(text: string): boolean {
  if (isBlank(text)) return true;
  const tree = treeOf(text);
  if (tree?.type !== "object") return false;
  const schema = findNodeAtLocation(tree, ["$schema"])?.value;
  if (typeof schema === "string" && /pushforward|flow\.schema/.test(schema)) return true;
  return OUR_KEYS.some((key) => findNodeAtLocation(tree, [key]) !== undefined);
}

/**
 * Whether two texts describe the same run: the same values, whatever their comments, spacing, order of keys, view and budget.
 * The engine keeps a run over such an edit.
 */
export function describesSameRun(a: string, b: string): boolean {
  if (a === b) return true;
  const first = essence(a);
  return first !== null && first === essence(b);
}

function essence(text: string): string | null {
  const errors: ParseError[] = [];
  const value: unknown = withinStack(() => parse(text, errors, PARSE_OPTIONS));
  if (errors.length > 0 || typeof value !== "object" || value === null) return null;
  const { $schema: _schema, name: _name, view: _view, train, ...rest } = value as Record<string, unknown>;
  const {
    steps: _steps,
    timeLimitSeconds: _limit,
    ...training
  } = (typeof train === "object" && train !== null ? train : {}) as Record<string, unknown>;
  return JSON.stringify({ ...rest, train: training }, (_key, part: unknown) => sorted(part));
}

function sorted(part: unknown): unknown {
  if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
  return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The value of `type` of an entry, or null. */
export function typeOf(entry: Node): string | null {
  const type = entry.type === "object" ? findNodeAtLocation(entry, ["type"]) : undefined;
  const value: unknown = type && getNodeValue(type);
  return typeof value === "string" ? value : null;
}

/** The parser recurses: a hostile text of a million brackets ends it, and is then no definition. The engine names the fault. */
function withinStack<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
