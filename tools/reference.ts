/** The reference of the definition file, written from the catalogue: docs/definition.md and the data of hovers. */
import { z } from "zod";
import { bases, flowSchema, layers, targets, toys, transforms } from "../src/flows/catalogue";
import type { Entry } from "../src/flows/entry";

interface KeyFacts {
  readonly name: string;
  readonly type: string;
  readonly default: string | null;
  readonly description: string;
}

export function catalogueEntry(entry: Entry) {
  const { type, title, summary, formula, reference } = entry;
  return { type, title, summary, formula, reference, keys: keysOf(entry.config) };
}

/** Names, types, defaults and texts of an entry's keys, read off its schema. */
export function keysOf(config: z.ZodObject): KeyFacts[] {
  return Object.entries(config.shape as Record<string, z.ZodType>).map(([name, schema]) => {
    const node = z.toJSONSchema(schema, { target: "draft-7", io: "input", unrepresentable: "any" }) as Record<string, unknown>;
    return {
      name,
      type: typeText(node),
      default: node.default === undefined ? null : JSON.stringify(node.default),
      description: schema.description ?? String(node.description ?? ""),
    };
  });
}

function typeText(node: Record<string, unknown>): string {
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (Array.isArray(node.enum)) return node.enum.map((value) => JSON.stringify(value)).join(" | ");
  const options = (node.anyOf ?? node.oneOf) as Record<string, unknown>[] | undefined;
  if (options) {
    const types = options.map((option) => {
      const constant = (option.properties as Record<string, { const?: unknown }> | undefined)?.type?.const;
      return constant === undefined ? typeText(option) : `{ "type": ${JSON.stringify(constant)} }`;
    });
    return [...new Set(types)].join(" | ");
  }
  if (node.type === "array") {
    const items = node.items;
    if (Array.isArray(items)) return `[${items.map((item) => typeText(item as Record<string, unknown>)).join(", ")}]`;
    return `list of ${items ? typeText(items as Record<string, unknown>) : "values"}`;
  }
  if (node.type === "integer") return "whole number";
  return String(node.type ?? "entry");
}

function table(keys: readonly KeyFacts[]): string {
  if (keys.length === 0) return "No keys of its own.\n";
  const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  const rows = keys.map(
    (key) =>
      `| \`${key.name}\` | ${cell(key.type)} | ${key.default === null ? "" : `\`${cell(key.default)}\``} | ${cell(key.description)} |`,
  );
  return ["| key | type | default | meaning |", "|---|---|---|---|", ...rows, ""].join("\n");
}

function section(entry: Entry, more: readonly string[] = []): string {
  const lines = [
    `### \`${entry.type}\`: ${entry.title}`,
    "",
    entry.summary,
    "",
    `- map: ${entry.formula}`,
    ...more,
    `- source: [${entry.reference.cite}](${entry.reference.url})`,
    "",
  ];
  return `${lines.join("\n")}\n${table(keysOf(entry.config))}`;
}

export function definitionReference(): string {
  const mapped = (entry: (typeof layers)[number] | (typeof transforms)[number]) =>
    section(entry, [`- log-det: ${entry.logDet}`, `- other direction (${entry.inverseBy.kind}): ${entry.inverseBy.how}`]);
  return `${[
    "<!-- Written by tools/generate.ts from the catalogue in src/flows. Edit the entries, not this file. -->",
    "# The `.flow.json` definition",
    "A definition is JSON with comments and trailing commas. `layers` runs base → data: the first entry acts on z₀, the last one gives x. Log-dets are in nats, and",
    "    log p(x) = log p₀(z₀) − Σₖ log|det ∂fₖ/∂zₖ₋₁|",
    "with the Jacobians of the maps base → data, hence the minus.",
    "## Top level",
    table(keysOf(flowSchema)),
    "Every layer also accepts `id` (stable name for weights and messages), `invert` (the stored map runs data → base), `trainable` (default true) and `label`.",
    '`{ "type": "repeat", "count": n, "layers": [ … ] }` stands for its layers n times over.',
    "## `train`",
    table(keysOf(unwrapped("train"))),
    "## `view`",
    table(keysOf(unwrapped("view"))),
    "## Layers",
    ...layers.map(mapped),
    "## Transforms of a coupling",
    ...transforms.map(mapped),
    "## Base distributions",
    ...bases.map((entry) => section(entry)),
    "## Targets",
    "The floor is the exact entropy: no model can reach a lower NLL.",
    ...targets.map((entry) => {
      const toy = toys.find((candidate) => candidate.type === entry.type);
      const floor = toy?.entropy(toy.config.parse({}) as never);
      return section(entry, floor === undefined || floor === null ? [] : [`- floor: ${floor.toFixed(4)} nats`]);
    }),
  ].join("\n\n")}\n`;
}

function unwrapped(key: "train" | "view"): z.ZodObject {
  return flowSchema.shape[key].def.innerType as z.ZodObject;
}
