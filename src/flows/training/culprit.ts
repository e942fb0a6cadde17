import type { Evaluator } from "../compute/compute";
import type { Flow } from "../flow";

/** The first thing that stopped being finite when a batch was replayed layer by layer, from the data to the base. */
export interface Culprit {
  /** 1 … K, or null for the base distribution or a gradient that no layer's output explains. */
  readonly layer: number | null;
  readonly what: "points" | "log-det" | "log-density" | "gradient";
  /** Rows of the batch concerned, and the first of them. */
  readonly rows: number;
  readonly firstRow: number;
}

export async function findCulprit(
  flow: Flow,
  evaluator: Evaluator,
  parameters: Float32Array,
  batch: Float32Array,
  gradient: Float32Array,
): Promise<Culprit> {
  let points = batch;
  for (let k = flow.layers.length; k >= 1; k--) {
    const { stages, logDets } = await evaluator.walk(parameters, points, k, k - 1);
    points = stages.slice(0, batch.length);
    const badPoints = rowsNotFinite(points, flow.d);
    const badLogDet = rowsNotFinite(logDets, 1);
    if (badPoints) return { layer: k, what: "points", ...badPoints };
    if (badLogDet) return { layer: k, what: "log-det", ...badLogDet };
  }
  const badBase = rowsNotFinite(await evaluator.logBase(parameters, points), 1);
  if (badBase) return { layer: null, what: "log-density", ...badBase };
  const guilty = flow.layout.slots.find((slot) => !gradient.subarray(slot.offset, slot.offset + slot.size).every(Number.isFinite));
  const index = flow.layers.findIndex(({ instance }) => instance.id === guilty?.owner);
  return { layer: index < 0 ? null : index + 1, what: "gradient", rows: 0, firstRow: 0 };
}

function rowsNotFinite(values: Float32Array, width: number): { rows: number; firstRow: number } | null {
  const bad = new Set<number>();
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) bad.add(Math.floor(i / width));
  return bad.size === 0 ? null : { rows: bad.size, firstRow: Math.min(...bad) };
}
