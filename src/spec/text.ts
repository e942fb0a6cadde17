/** From characters to a plain value, with the place of everything in it. */
import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { pathText, type SpecFault } from "./fault";
import { LIMITS } from "./limits";

/** Keys that would reach into the prototypes of objects. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

export interface ReadText {
  readonly value: unknown;
  readonly root: Node;
}

/** Reads JSON with comments and trailing commas. Refuses what is too large or too deep before parsing it. */
export function readText(text: string): { readonly read: ReadText | null; readonly faults: SpecFault[] } {
  const refused = preScan(text);
  if (refused) return { read: null, faults: [refused] };
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false });
  const faults = errors.slice(0, 20).map((error) => syntaxFault(text, error)); // one slip can make hundreds; the first ones say it
  if (!root || faults.length > 0) return { read: null, faults };
  const value = plainValue(root, [], faults);
  return { read: faults.length > 0 ? null : { value, root }, faults };
}

/** Where a path is in the text; a missing entry is placed at its nearest present ancestor. `key` asks for the place of the property's name. */
export function placeOf(
  root: Node,
  path: readonly (string | number)[],
  what: "value" | "key" = "value",
): { offset: number; length: number } {
  const node = findNodeAtLocation(root, [...path]);
  if (node) {
    const name = what === "key" && node.parent?.type === "property" ? node.parent.children?.[0] : undefined;
    const place = name ?? node;
    return { offset: place.offset, length: place.length };
  }
  if (path.length === 0) return { offset: root.offset, length: Math.min(root.length, 1) };
  const parent = placeOf(root, path.slice(0, -1));
  return { offset: parent.offset, length: Math.min(parent.length, 1) };
}

/** Size and nesting from the characters alone: a parser would overflow its stack on what this refuses. */
function preScan(text: string): SpecFault | null {
  const fault = (code: string, offset: number, message: string): SpecFault => ({
    path: [],
    code,
    message,
    severity: "error",
    offset,
    length: 1,
  });
  if (text.length > LIMITS.textLength) {
    const limit = LIMITS.textLength.toLocaleString("en");
    return fault(
      "text-too-long",
      0,
      `The definition has ${text.length.toLocaleString("en")} characters; the limit is ${limit}. Keep data and weights in files of their own.`,
    );
  }
  if (text.trim() === "") return fault("empty", 0, "The definition is empty. Start from a template, or type { and let completion help.");
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inString) {
      if (c === "\\") i++;
      else if (c === '"' || c === "\n") inString = false;
    } else if (c === '"') inString = true;
    else if (c === "/" && text[i + 1] === "/") i = lineEnd(text, i);
    else if (c === "{" || c === "[") {
      depth++;
      if (depth > LIMITS.depth) return fault("too-deep", i, `Brackets are nested more than ${LIMITS.depth} deep here; no flow needs that.`);
    } else if (c === "}" || c === "]") depth--;
  }
  if (text.includes("\u0000")) return fault("not-text", text.indexOf("\u0000"), "The file holds a NUL character: it is not UTF-8 text.");
  return null;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

const SYNTAX: Readonly<Record<string, string>> = {
  InvalidSymbol: "This is not JSON here. Text needs double quotes; numbers are written like 0.5 or 1e-3.",
  InvalidNumberFormat: "This is not a number. Write it like 0.5 or 1e-3.",
  PropertyNameExpected: 'A key in double quotes is expected here, such as "layers".',
  ValueExpected: "A value is expected here.",
  ColonExpected: "A colon is expected between key and value.",
  CommaExpected: "A comma is expected before the next entry.",
  CloseBraceExpected: "A closing } is missing.",
  CloseBracketExpected: "A closing ] is missing.",
  EndOfFileExpected: "The definition ends before this; remove what follows.",
  UnexpectedEndOfComment: "The comment is never closed; add */.",
  UnexpectedEndOfString: 'The text is never closed; add ".',
  UnexpectedEndOfNumber: "The number ends too early.",
  InvalidUnicode: "After \\u four hexadecimal digits are needed.",
  InvalidEscapeCharacter: 'Only \\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u0000 are escapes.',
  InvalidCharacter: "This control character must be written as an escape.",
};

function syntaxFault(text: string, error: ParseError): SpecFault {
  const offset = Math.min(error.offset, Math.max(0, text.length - 1));
  return {
    path: [],
    code: "syntax",
    message: SYNTAX[printParseErrorCode(error.error)] ?? "This is not valid JSON.",
    severity: "error",
    offset,
    length: Math.max(1, error.length),
  };
}

function plainValue(node: Node, path: readonly (string | number)[], faults: SpecFault[]): unknown {
  const complain = (at: Node, code: string, message: string) =>
    void faults.push({ path, code, message, severity: "error", offset: at.offset, length: at.length });
  switch (node.type) {
    case "array":
      return (node.children ?? []).map((child, i) => plainValue(child, [...path, i], faults));
    case "object": {
      const object: Record<string, unknown> = {};
      for (const property of node.children ?? []) {
        const [name, value] = property.children ?? [];
        if (!name || !value) continue; // a syntax fault has been reported
        const key = String(name.value);
        if (FORBIDDEN_KEYS.has(key)) complain(name, "forbidden-key", `"${key}" cannot be a key. Remove it.`);
        else if (Object.hasOwn(object, key))
          complain(name, "duplicate-key", `${pathText([...path, key])}: the key stands twice. Keep one of them.`);
        else object[key] = plainValue(value, [...path, key], faults);
      }
      return object;
    }
    case "number":
      if (!Number.isFinite(node.value))
        complain(node, "not-finite", `${pathText(path)}: the number is too large for double precision. Use a finite one.`);
      else if (Object.is(node.value, -0)) complain(node, "negative-zero", `${pathText(path)}: −0 is not accepted. Write 0.`);
      return node.value;
    default:
      return node.value;
  }
}
