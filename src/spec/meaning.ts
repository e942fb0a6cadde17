/** Faults of meaning: every entry fits the schema, but they do not fit each other. */
import type { Node } from "jsonc-parser";
import { baseByType } from "../flows/distributions";
import type { Objection } from "../flows/entry";
import { layerByType } from "../flows/layers";
import { pathText, type SpecFault } from "./fault";
import { placeOf } from "./text";
import type { PlacedInstance } from "./unroll";

interface Definition {
  readonly dim: number;
  readonly base: { readonly type: string };
  readonly target?: { readonly type: string; readonly columns?: readonly string[]; readonly units?: readonly string[] } | undefined;
  readonly view: { readonly window?: readonly (readonly [number, number])[] | undefined };
}

/** Owners of parameters that are not layers of the file: the base distribution, the standardising layer, the optimizer's part of a checkpoint. */
const RESERVED_IDS: ReadonlySet<string> = new Set(["base", "standardize", "optimizer", "average"]);

export function meaningFaults(definition: Definition, layers: readonly PlacedInstance[], root: Node): SpecFault[] {
  const faults: SpecFault[] = [];
  const complain = (
    path: readonly (string | number)[],
    objection: Objection,
    subject: string,
    severity: SpecFault["severity"] = "error",
  ) => {
    const full = [...path, ...objection.at];
    const place = placeOf(root, full);
    const fix = objection.instead === undefined ? null : JSON.stringify(objection.instead);
    faults.push({
      path: full,
      code: objection.code,
      message: `${pathText(full)} (${subject}): ${objection.message}`,
      severity,
      ...place,
      ...(fix === null ? {} : { fix: { title: `Use ${fix}`, ...place, text: fix } }),
    });
  };

  for (const objection of baseByType(definition.base.type).objections?.(definition.base as never, definition.dim) ?? [])
    complain(["base"], objection, definition.base.type);
  const seen = new Map<string, string>();
  for (const { instance, path } of layers) {
    const where = pathText(path);
    if (!seen.has(where)) {
      for (const objection of layerByType(instance.type).objections?.(instance.config as never, definition.dim) ?? [])
        complain(path, objection, instance.type);
    }
    if (RESERVED_IDS.has(instance.id)) {
      complain(
        path,
        { at: ["id"], code: "reserved-id", message: `"${instance.id}" names something else in a weights file. Choose another id.` },
        instance.type,
      );
    }
    const other = [...seen].find(([, id]) => id === instance.id);
    if (other && other[0] !== where) {
      complain(
        path,
        {
          at: ["id"],
          code: "duplicate-id",
          message: `"${instance.id}" is already the id of ${other[0]}. Ids name weights, so each must be its own.`,
        },
        instance.type,
      );
    }
    seen.set(where, instance.id);
  }

  const { target, dim } = definition;
  if (target?.columns && target.columns.length !== dim) {
    complain(
      ["target", "columns"],
      {
        at: [],
        code: "dimension",
        message: `names ${count(target.columns.length, "column")}, but the flow has dimension ${dim}. Name ${dim}, or set "dim" to ${target.columns.length}.`,
      },
      "csv",
    );
  } else if (target && !target.columns && dim !== 2) {
    complain(
      ["target"],
      { at: ["type"], code: "dimension", message: `${target.type} lives in the plane, but the flow has dimension ${dim}. Set "dim" to 2.` },
      "target",
    );
  }
  if (target?.units && target.units.length !== dim) {
    complain(["target", "units"], { at: [], code: "length", message: `has ${target.units.length} entries for ${dim} columns.` }, "csv");
  }
  definition.view.window?.forEach(([low, high], axis) => {
    if (low >= high)
      complain(
        ["view", "window", axis],
        { at: [], code: "order", message: `ends at ${high}, which is not above its start ${low}. Exchange them.`, instead: [high, low] },
        "view",
      );
  });

  const untouched = faults.length === 0 ? neverChanged(layers, dim) : [];
  if (untouched.length > 0) {
    const names = `coordinate${untouched.length > 1 ? "s" : ""} ${untouched.map((i) => i + 1).join(" and ")}`;
    complain(
      ["layers"],
      {
        at: [],
        code: "never-changed",
        message: `no coupling ever changes ${names}, so the shape there stays that of the base. Give one coupling the opposite mask.`,
      },
      "chain",
      "warning",
    );
  }
  return faults;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

/** Coordinates that every coupling keeps, in a chain of couplings and elementwise layers only. */
function neverChanged(layers: readonly PlacedInstance[], dim: number): number[] {
  const elementwise = new Set(["affine", "actnorm"]);
  const rest = layers.filter(({ instance }) => !elementwise.has(instance.type));
  if (rest.length === 0 || rest.some(({ instance }) => instance.type !== "coupling")) return [];
  const masks = rest.map(({ instance }) => instance.config.mask as readonly number[]);
  return Array.from({ length: dim }, (_, i) => i).filter((i) => masks.every((mask) => mask[i] === 1));
}
