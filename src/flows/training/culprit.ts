import type { Flow } from "../flow";
import type { Points } from "../shapes";
import { tf } from "../tf";

/** The first thing that stopped being finite when a batch was replayed layer by layer, from the data to the base. */
export interface Culprit {
  /** 1 … K, or null for the base distribution or a gradient that no layer's output explains. */
  readonly layer: number | null;
  readonly what: "points" | "log-det" | "log-density" | "gradient";
  /** Rows of the batch concerned, and the first of them. */
  readonly rows: number;
  readonly firstRow: number;
}

export async function findCulprit(flow: Flow, parameters: Float32Array, batch: Float32Array, gradient: Float32Array): Promise<Culprit> {
  const d = flow.d;
  let points: Points = tf.tensor2d(batch, [batch.length / d, d]);
  try {
    for (let k = flow.layers.length; k >= 1; k--) {
      const before = points;
      const back = flow.with(parameters, (bound) => {
        const { points: next, logDet } = bound.toBase(k, before);
        return { next, logDet };
      });
      before.dispose();
      points = back.next;
      const badPoints = rowsNotFinite(await points.data(), d);
      const badLogDet = rowsNotFinite(await back.logDet.data(), 1);
      back.logDet.dispose();
      if (badPoints) return { layer: k, what: "points", ...badPoints };
      if (badLogDet) return { layer: k, what: "log-det", ...badLogDet };
    }
    const last = points;
    const logBase = flow.with(parameters, (bound) => bound.logBase(last));
    const badBase = rowsNotFinite(await logBase.data(), 1);
    logBase.dispose();
    if (badBase) return { layer: null, what: "log-density", ...badBase };
  } finally {
    points.dispose();
  }
  const guilty = flow.layout.slots.find((slot) => !gradient.subarray(slot.offset, slot.offset + slot.size).every(Number.isFinite));
  const index = flow.layers.findIndex(({ instance }) => instance.id === guilty?.owner);
  return { layer: index < 0 ? null : index + 1, what: "gradient", rows: 0, firstRow: 0 };
}

function rowsNotFinite(values: ArrayLike<number>, width: number): { rows: number; firstRow: number } | null {
  const bad = new Set<number>();
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) bad.add(Math.floor(i / width));
  return bad.size === 0 ? null : { rows: bad.size, firstRow: Math.min(...bad) };
}
