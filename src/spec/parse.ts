/** From the text of a .flow.json to a flow that can be built, or to faults that say what to mend. */
import { type FlowFile, flowSchema } from "../flows/catalogue";
import type { FlowSpec, TrainSpec, Typed } from "../flows/flow-spec";
import type { SpecFault } from "./fault";
import { LIMITS } from "./limits";
import { meaningFaults } from "./meaning";
import { shapeFaults } from "./shape";
import { placeOf, type ReadText, readText } from "./text";
import { countLayers, unroll } from "./unroll";

export interface ParsedDefinition {
  readonly spec: FlowSpec;
  readonly view: FlowFile["view"];
  /** Place of each layer's entry in the text, as long as spec.layers. */
  readonly ranges: readonly { readonly offset: number; readonly length: number }[];
}

export type Parsed =
  | { readonly ok: true; readonly definition: ParsedDefinition; readonly warnings: readonly SpecFault[] }
  | { readonly ok: false; readonly faults: readonly SpecFault[] };

export function parseDefinition(text: string): Parsed {
  const { read, faults } = readText(text.replace(/^\uFEFF/, " ")); // a byte-order mark counts as white space, so that places stay right
  if (!read) return { ok: false, faults };
  const newer = versionFault(read);
  if (newer) return { ok: false, faults: [newer] };

  let result = flowSchema.safeParse(read.value);
  const shape = result.success ? [] : shapeFaults(result.error.issues, read.value, read.root);
  if (shape.some((fault) => fault.severity === "error")) return { ok: false, faults: shape };
  if (!result.success) result = flowSchema.safeParse(withoutUnknown(read.value, shape)); // only unknown top-level keys are left
  if (!result.success) return { ok: false, faults: shape };

  const file = result.data;
  const rawLayers = file.layers as Parameters<typeof unroll>[0];
  const count = countLayers(rawLayers);
  if (count > LIMITS.layers) {
    const message = `layers: the chain has ${count.toLocaleString("en")} layers after unrolling; the limit is ${LIMITS.layers}. Repeat less often.`;
    return {
      ok: false,
      faults: [{ path: ["layers"], code: "too-many-layers", message, severity: "error", ...placeOf(read.root, ["layers"]) }],
    };
  }
  const placed = unroll(rawLayers);
  const meaning = meaningFaults(file as never, placed, read.root);
  const all = [...shape, ...meaning];
  if (all.some((fault) => fault.severity === "error")) return { ok: false, faults: all };
  return {
    ok: true,
    warnings: all,
    definition: {
      spec: {
        version: 1,
        name: file.name ?? null,
        dim: file.dim,
        seed: file.seed,
        base: typed(file.base),
        layers: placed.map(({ instance }) => instance),
        target: file.target ? typed(file.target) : null,
        train: file.train as TrainSpec,
        weights: file.weights ?? null,
      },
      view: file.view,
      ranges: placed.map(({ path }) => placeOf(read.root, path)),
    },
  };
}

function versionFault({ value, root }: ReadText): SpecFault | null {
  const version = typeof value === "object" && value !== null && "version" in value ? value.version : undefined;
  if (typeof version !== "number" || !Number.isInteger(version) || version <= 1) return null;
  const message = `version: ${version} was made by a newer version of Pushforward; this one reads version 1. Update the extension.`;
  return { path: ["version"], code: "newer-version", message, severity: "error", ...placeOf(root, ["version"]) };
}

function withoutUnknown(value: unknown, faults: readonly SpecFault[]): unknown {
  const copy = { ...(value as Record<string, unknown>) };
  for (const { path } of faults) delete copy[String(path[0])];
  return copy;
}

function typed(entry: unknown): Typed {
  const { type, ...config } = entry as { type: string } & Record<string, unknown>;
  return { type, config };
}
