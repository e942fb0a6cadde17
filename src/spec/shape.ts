/** Faults of shape: what the schema refuses, said in words that lead to the remedy. */
import type { Node } from "jsonc-parser";
import type { z } from "zod";
import { flowSchema } from "../flows/catalogue";
import { pathText, type SpecFault, valueText } from "./fault";
import { keysAt } from "./keys";
import { nearest } from "./nearest";
import { placeOf } from "./text";

type Issue = z.core.$ZodIssue;

/** Plural names for what the schema expects. */
const KINDS: Readonly<Record<string, string>> = {
  number: "a number",
  int: "a whole number",
  string: "a text in double quotes",
  boolean: "true or false",
  array: "a list in [ ]",
  tuple: "a list in [ ]",
  object: "an entry in { }",
  null: "null",
  undefined: "nothing",
};

export function shapeFaults(issues: readonly Issue[], value: unknown, root: Node): SpecFault[] {
  return issues.flatMap((issue) => faultsOf(issue, value, root));
}

function faultsOf(issue: Issue, whole: unknown, root: Node): SpecFault[] {
  const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
  const value = valueAt(whole, path);
  const at = pathText(path) || "The definition";
  const fault = (code: string, message: string, more: Partial<SpecFault> = {}): SpecFault[] => [
    { path, code: `schema/${code}`, message: `${at}: ${message}`, severity: "error", ...placeOf(root, path), ...more },
  ];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(key, path, whole, root));
    case "invalid_type":
      if (value === undefined) return fault("missing", `is missing; it must be ${KINDS[issue.expected] ?? issue.expected}. Add it.`);
      return fault("type", `must be ${KINDS[issue.expected] ?? issue.expected}, is ${valueText(value)}.`);
    case "too_small":
      return fault(
        "range",
        `must be ${issue.inclusive ? "at least" : "greater than"} ${issue.minimum}${lengthNote(issue.origin)}, is ${sizeText(value)}.`,
      );
    case "too_big":
      return fault(
        "range",
        `must be ${issue.inclusive ? "at most" : "less than"} ${issue.maximum}${lengthNote(issue.origin)}, is ${sizeText(value)}.`,
      );
    case "invalid_value": {
      const options = issue.values.map((option) => String(option));
      return choice(options, value, path, at, root);
    }
    case "invalid_union": {
      const options = "options" in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
      if (options.length > 0) return choice(options, value, path, at, root);
      return fault("type", `${alternatives(issue.errors)}, is ${valueText(value)}.`);
    }
    default:
      return fault("value", `${issue.message.toLowerCase()}, is ${valueText(value)}.`);
  }
}

/** One of several words was expected; the nearest is offered as a fix. */
function choice(options: readonly string[], value: unknown, path: (string | number)[], at: string, root: Node): SpecFault[] {
  const place = placeOf(root, path);
  if (value === undefined) {
    return [
      {
        path,
        code: "schema/missing",
        message: `${at}: is missing; ${options.length === 1 ? `it must be ${options[0]}` : `choose one of ${options.join(", ")}`}. Add it.`,
        severity: "error",
        ...place,
      },
    ];
  }
  const close = typeof value === "string" ? nearest(value, options) : null;
  const hint = close ? ` Did you mean "${close}"?` : "";
  return [
    {
      path,
      code: "schema/unknown-value",
      message: `${at}: ${valueText(value)} is not known here.${hint} Known: ${options.join(", ")}.`,
      severity: "error",
      ...place,
      ...(close ? { fix: { title: `Use "${close}"`, ...place, text: JSON.stringify(close) } } : {}),
    },
  ];
}

/** Keys that belong to the entry but are written wrongly; at the top level only a warning, since other tools may add keys. */
function unknownKey(key: string, path: (string | number)[], whole: unknown, root: Node): SpecFault {
  const known = keysAt(flowSchema, whole, path);
  const close = nearest(key, known);
  const place = placeOf(root, [...path, key], "key");
  return {
    path: [...path, key],
    code: "schema/unknown-key",
    message: `${pathText([...path, key])}: this key is not known here.${close ? ` Did you mean "${close}"?` : known.length > 0 ? ` Known: ${known.join(", ")}.` : " Remove it."}`,
    severity: path.length === 0 ? "warning" : "error",
    ...place,
    ...(close ? { fix: { title: `Rename to "${close}"`, ...place, text: JSON.stringify(close) } } : {}),
  };
}

function alternatives(errors: readonly (readonly Issue[])[]): string {
  const kinds = new Set(
    errors
      .map((group) => (group[0]?.code === "invalid_type" ? (KINDS[group[0].expected] ?? group[0].expected) : null))
      .filter((kind) => kind !== null),
  );
  return kinds.size > 0 ? `must be ${[...kinds].join(" or ")}` : "does not fit";
}

function lengthNote(origin: string): string {
  return origin === "array" ? " entries" : origin === "string" ? " characters" : "";
}

function sizeText(value: unknown): string {
  return Array.isArray(value) || typeof value === "string" ? String(value.length) : valueText(value);
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = (current as Record<string | number, unknown>)[part];
  }
  return current;
}
