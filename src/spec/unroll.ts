/** Repeats become copies, and every layer gets its id. */
import type { LayerInstance } from "../flows/flow-spec";

/** A layer with the place of its entry in the file (the same for all copies of a repeat). */
export interface PlacedInstance {
  readonly instance: LayerInstance;
  readonly path: readonly (string | number)[];
}

interface RawLayer {
  readonly type: string;
  readonly id?: string;
  readonly invert?: boolean;
  readonly trainable?: boolean;
  readonly label?: string;
  readonly count?: number;
  readonly layers?: readonly RawLayer[];
  readonly [key: string]: unknown;
}

/** Number of layers after unrolling, without unrolling: a definition may ask for more than memory holds. */
export function countLayers(layers: readonly RawLayer[]): number {
  return layers.reduce((sum, layer) => sum + (layer.type === "repeat" ? (layer.count ?? 1) * countLayers(layer.layers ?? []) : 1), 0);
}

/** Ids: as given, else the type and the position (from 1); inside a repeat `<id of the repeat>.<copy>.<id>`. */
export function unroll(layers: readonly RawLayer[], path: readonly (string | number)[] = ["layers"], prefix = ""): PlacedInstance[] {
  return layers.flatMap((layer, i) => {
    const id = `${prefix}${layer.id ?? `${layer.type}${i + 1}`}`;
    const at = [...path, i];
    if (layer.type === "repeat") {
      const copies = Array.from({ length: layer.count ?? 1 }, (_, copy) => unroll(layer.layers ?? [], [...at, "layers"], `${id}.${copy}.`));
      return copies.flat();
    }
    const { type, id: _id, invert, trainable, label, ...config } = layer;
    return [{ instance: { id, type, invert: invert ?? false, trainable: trainable ?? true, label: label ?? null, config }, path: at }];
  });
}
