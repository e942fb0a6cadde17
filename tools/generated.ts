/** Every text that is made from the catalogue: what the files must contain. `generate.ts` writes them, test/unit/generated.test.ts checks them. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { manifest } from "../src/extension/contributions";
import { bases, flowSchema, layers, targets, toys, transforms } from "../src/flows/catalogue";
import type { Entry } from "../src/flows/entry";
import { colormapsText } from "./colormaps";
import { catalogueEntry, definitionReference } from "./reference";

type JsonSchema = { [key: string]: unknown };

export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ["media/flow.schema.json", json(schema())],
    ["src/generated/catalogue.json", json(catalogue())],
    ["src/generated/colormaps.json", colormapsText()],
    ["docs/definition.md", definitionReference()],
    ["package.json", packageJson()],
  ]);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** The manifest as it is, with what the extension contributes to VS Code taken from its tables. */
function packageJson(): string {
  const written = JSON.parse(readFileSync(path.join(__dirname, "../package.json"), "utf8"));
  return json({ ...written, ...manifest() });
}

function catalogue() {
  return {
    layers: layers.map((entry) => ({
      ...catalogueEntry(entry),
      logDet: entry.logDet,
      inverse: `${entry.inverseBy.kind}: ${entry.inverseBy.how}`,
    })),
    transforms: transforms.map((entry) => ({
      ...catalogueEntry(entry),
      logDet: entry.logDet,
      inverse: `${entry.inverseBy.kind}: ${entry.inverseBy.how}`,
    })),
    bases: bases.map(catalogueEntry),
    targets: targets.map((entry) => ({ ...catalogueEntry(entry), floor: floorOf(entry) })),
    objectives: [],
  };
}

function floorOf(entry: Entry): number | null {
  const toy = toys.find((candidate) => candidate.type === entry.type);
  return toy ? toy.entropy(toy.config.parse({}) as never) : null;
}

/** The JSON schema for editors: zod's, with what only VS Code understands. */
function schema(): JsonSchema {
  const root = z.toJSONSchema(flowSchema, { target: "draft-7", io: "input" }) as JsonSchema;
  walk(root, (node) => {
    if (typeof node.description === "string") node.markdownDescription = node.description;
    if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum; // zod's own bound of whole numbers, noise for a reader
    if (node.minimum === Number.MIN_SAFE_INTEGER) delete node.minimum;
  });
  return {
    ...root,
    title: "Pushforward flow",
    allowTrailingCommas: true,
    allowComments: true,
    defaultSnippets: [
      {
        label: "New flow",
        description: "Two moons with four rational-quadratic spline couplings",
        body: {
          version: 1,
          seed: 7,
          layers: [
            // biome-ignore lint/suspicious/noTemplateCurlyInString: snippet placeholders of VS Code
            { type: "repeat", count: "^${1:2}", layers: [couplingSnippet([1, 0]), couplingSnippet([0, 1])] },
            { type: "actnorm" },
          ],
          target: { type: "moons" },
          train: { steps: 2000, batch: 256 },
        },
      },
    ],
  };
}

function couplingSnippet(mask: readonly number[]): JsonSchema {
  return { type: "coupling", mask, transform: { type: "rqs" } };
}

function walk(node: unknown, visit: (node: JsonSchema) => void): void {
  if (typeof node !== "object" || node === null) return;
  if (!Array.isArray(node)) visit(node as JsonSchema);
  for (const child of Object.values(node)) walk(child, visit);
}
