import { readTable, type Table } from "../data/csv";
import { TableError } from "../data/table-error";
import type { FlowSpec, Typed } from "../flows/flow-spec";
import { Random } from "../flows/random";
import { toyByType } from "../flows/targets";
import { drawMany } from "../flows/targets/target";
import type { BatchSource } from "../flows/training/trainer";
import { nearest } from "../spec/nearest";

/** Points of the target: endless for toys, rows for files. */
export interface Source extends BatchSource {
  readonly rows: { readonly train: number; readonly validation: number } | null;
  readonly notes: readonly string[];
  /** Mean and deviation of the training rows, for standardisation; null for toys. */
  readonly standard: { readonly mean: readonly number[]; readonly deviation: readonly number[] } | null;
}

/** Fresh points that toys hold out; with 20,000 the standard error of an NLL is about 0.007 nats. */
const HELD_OUT = 20_000;

/** Relative distance of neighbouring float32 numbers: a column that differs by less is constant. */
const FLOAT32_STEP = 2 ** -24;

/** A source that cannot be had; `key` is the entry of `target` to blame. */
export class SourceError extends Error {
  constructor(
    readonly key: string,
    message: string,
  ) {
    super(message);
  }
}

export async function openSource(spec: FlowSpec, folder: string | null): Promise<Source | null> {
  if (!spec.target) return null;
  const toy = toyByType(spec.target.type);
  if (!toy) return tableSource(spec, spec.target, folder);
  const config = spec.target.config as never;
  return {
    batch: (step) => drawMany(toy, config, spec.train.batch, new Random(spec.seed, "batch", step)),
    heldOut: drawMany(toy, config, HELD_OUT, new Random(spec.seed, "held-out")),
    rows: null,
    notes: [],
    standard: null,
  };
}

interface TableConfig {
  readonly file: string;
  readonly columns: readonly string[];
  readonly limit: number;
}

async function tableSource(spec: FlowSpec, target: Typed, folder: string | null): Promise<Source> {
  const { file, columns, limit } = target.config as unknown as TableConfig;
  if (folder === null)
    throw new SourceError(
      "file",
      `"${file}" cannot be found, because the definition has no folder yet. Save the definition beside the file.`,
    );
  const draw = new Random(spec.seed, "rows");
  let table: Table;
  try {
    table = await readTable({ file, folder, columns, limit }, { draw: () => draw.uniform(), nearest });
  } catch (error) {
    if (error instanceof TableError) throw new SourceError(error.key, error.message);
    throw error;
  }
  const d = columns.length;
  const order = new Random(spec.seed, "split").permutation(table.rows);
  const held = Math.min(table.rows - 1, Math.round(table.rows * spec.train.validation.fraction));
  const train = pickRows(table.points, d, order.subarray(held));
  const rows = train.length / d;
  const rowsOf = rowsOfSteps(spec.seed, rows, Math.min(spec.train.batch, rows));
  return {
    batch: (step) => pickRows(train, d, rowsOf(step)),
    heldOut: pickRows(table.points, d, order.subarray(0, held)),
    rows: { train: rows, validation: held },
    notes: table.notes,
    standard: momentsOf(train, d),
  };
}

/**
 * Rows of each step: every epoch visits every row once, in an order of its own; a batch that spans two epochs takes from both.
 * Step 0, from which data-dependent layers start, has the rows of step 1.
 */
function rowsOfSteps(seed: number, rows: number, size: number): (step: number) => number[] {
  let latest: { epoch: number; order: ArrayLike<number> } = { epoch: -1, order: [] }; // kept, since shuffling 200,000 rows takes as long as a step
  const row = (at: number) => {
    const epoch = Math.floor(at / rows);
    if (epoch !== latest.epoch) latest = { epoch, order: new Random(seed, "epoch", epoch).permutation(rows) };
    return latest.order[at % rows] as number;
  };
  return (step) => Array.from({ length: size }, (_, i) => row(Math.max(0, step - 1) * size + i));
}

function pickRows(points: Float32Array, d: number, rows: ArrayLike<number>): Float32Array {
  const picked = new Float32Array(rows.length * d);
  for (let i = 0; i < rows.length; i++) {
    const start = (rows[i] as number) * d;
    picked.set(points.subarray(start, start + d), i * d);
  }
  return picked;
}

/** Mean and deviation of each column, in double precision. A column that is constant up to the rounding of the mean gets deviation 1. */
function momentsOf(points: Float32Array, d: number): { mean: number[]; deviation: number[] } {
  const n = points.length / d;
  const mean = new Array<number>(d).fill(0);
  const square = new Array<number>(d).fill(0);
  for (let i = 0; i < points.length; i++) mean[i % d] = (mean[i % d] as number) + (points[i] as number) / n;
  for (let i = 0; i < points.length; i++)
    square[i % d] = (square[i % d] as number) + ((points[i] as number) - (mean[i % d] as number)) ** 2 / n;
  const deviation = square.map((value, i) => {
    const spread = Math.sqrt(value);
    return spread > FLOAT32_STEP * Math.abs(mean[i] as number) ? spread : 1;
  });
  return { mean, deviation };
}
