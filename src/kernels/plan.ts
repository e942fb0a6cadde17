/** Lays out the memory of a flow and writes the records that the kernels read; see assembly/layout.ts. */
import { Kind, Layer, Plan, Question, TransformKind, Update } from "./assembly/layout";
import { Control } from "./crew";
import { countBytes, layOut, type Room, type SharedMemory } from "./memory";
import { type FlowProgram, isTable, type LayerOperation, type LayerProgram, rawSize } from "./program";
import { align, type Fill, list, netCount, placeBase, placeNet, placeTable, placeTransform, recordAt, type Write } from "./records";
import type { RoomsNeeded } from "./rooms-needed";

/** Samples of a chunk, and bytes of a row: one number for each of them. */
export const LANES = 128;
const ROW = 4 * LANES;
const KINDS = {
  coupling: Kind.Coupling,
  elementwise: Kind.Elementwise,
  rotation: Kind.Rotation,
  permute: Kind.Permute,
  planar: Kind.Planar,
};

export interface PlanSizes {
  readonly rooms: RoomsNeeded;
  readonly threads: number;
  /** Points in one question at the most. */
  readonly points: number;
  /** Room for pieces of a table, as a multiple of the units of its network. */
  readonly piecesPerUnit: number;
}

/** Where everything lies. */
export interface Placed {
  readonly plan: number;
  readonly question: number;
  readonly update: number;
  readonly control: number;
  readonly parameters: number;
  readonly gradient: number;
  readonly firstMoment: number;
  readonly secondMoment: number;
  readonly average: number;
  readonly points: number;
  readonly stages: number;
  readonly logDets: number;
  readonly total: number;
  readonly byLast: number;
  readonly byTotal: number;
  readonly byFirst: number;
  readonly losses: number;
  readonly tables: readonly number[];
}

/** Bytes that {@link makePlan} would take. */
export function planBytes(program: FlowProgram, sizes: PlanSizes): number {
  return countBytes((room) => place(program, sizes, room, () => {}));
}

export function makePlan(program: FlowProgram, sizes: PlanSizes): { readonly shared: SharedMemory; readonly placed: Placed } {
  const writes: [number, number, "word" | "float"][] = [];
  const { shared, placed } = layOut((room) => {
    writes.length = 0; // the first pass only counts
    return place(program, sizes, room, (address, value, kind = "word") => writes.push([address, value, kind]));
  });
  for (const [address, value, kind] of writes) (kind === "word" ? shared.words : shared.floats)[address / 4] = value;
  return { shared, placed };
}

function place(program: FlowProgram, sizes: PlanSizes, room: Room, write: Write): Placed {
  const { d, parameters: count, layers, base } = program;
  const { threads, points: most, rooms } = sizes;
  const K = layers.length;
  const vector = () => room.take(4 * (count + 4)); // kernels read whole vectors, also at the end
  const placed = {
    plan: room.take(4 * Plan.Size),
    question: room.take(4 * Question.Size),
    update: room.take(8 * Update.Size),
    control: room.take(4 * Control.Size),
    parameters: vector(),
    gradient: vector(),
    firstMoment: vector(),
    secondMoment: vector(),
    average: vector(),
    points: room.take(4 * most * d),
    stages: room.take(4 * (K + 1) * most * d),
    logDets: room.take(4 * Math.max(1, K) * most),
    total: room.take(4 * most),
    byLast: room.take(4 * most * d),
    byTotal: room.take(4 * most),
    byFirst: room.take(4 * most * d),
    losses: room.take(8 * Math.ceil(most / LANES)),
    tables: [] as number[],
  };
  const plan = recordAt(placed.plan, write);
  const table = room.take(4 * Layer.Size * Math.max(1, K));
  let tape = 0;
  let scratch = d + rooms.base(base);
  let widest = 0;
  layers.forEach((layer, i) => {
    const record = recordAt(table + 4 * Layer.Size * i, write);
    record(Layer.TapeOffset, tape);
    const rows = placeLayer(layer, d, sizes, room, write, record, placed.tables);
    tape += rows.tape * ROW;
    widest = Math.max(widest, rows.tape);
    scratch = Math.max(scratch, rows.scratch);
  });
  const gradientStride = align(4 * (count + 4));
  const scratchStride = (3 * d + 4 + scratch) * ROW; // points, log-det, total, cotangents and what follows them in walk.ts
  plan(Plan.Dim, d);
  plan(Plan.Layers, K);
  plan(Plan.LayerTable, table);
  plan(Plan.Parameters, placed.parameters);
  plan(Plan.Gradient, placed.gradient);
  plan(Plan.ThreadGradients, room.take(threads * gradientStride));
  plan(Plan.ThreadGradientStride, gradientStride);
  plan(Plan.FirstMoment, placed.firstMoment);
  plan(Plan.SecondMoment, placed.secondMoment);
  plan(Plan.ParameterCount, count);
  const tapeStride = Math.max(tape, ROW);
  plan(Plan.Tape, room.take(threads * tapeStride));
  plan(Plan.TapeStride, tapeStride);
  plan(Plan.Scratch, room.take(threads * scratchStride));
  plan(Plan.ScratchStride, scratchStride);
  plan(Plan.BaseSettings, placeBase(base, d, room, write));
  plan(Plan.BaseOffset, base.offset);
  plan(Plan.BaseCount, base.count);
  plan(Plan.BaseTrainable, base.trainable && base.count > 0 ? 1 : 0);
  plan(Plan.ChunkLosses, placed.losses);
  plan(Plan.SquaredNorms, room.take(8 * (K + 1)));
  plan(Plan.Update, placed.update);
  plan(Plan.Question, placed.question);
  return placed;
}

/** Rows that a layer keeps on the tape, and rows for its intermediate results. */
interface Rows {
  readonly tape: number;
  readonly scratch: number;
}

function placeLayer(layer: LayerProgram, d: number, sizes: PlanSizes, room: Room, write: Write, record: Fill, tables: number[]): Rows {
  const { operation, offset, count } = layer;
  record(Layer.Kind, KINDS[operation.kind]);
  record(Layer.InverseToBase, layer.inverseToBase ? 1 : 0);
  record(Layer.Offset, offset);
  record(Layer.Count, count);
  record(Layer.Trainable, layer.trainable && count > 0 ? 1 : 0);
  record(Layer.SummedOffset, offset);
  record(Layer.SummedCount, operation.kind === "rotation" ? 0 : count);
  if (operation.kind === "coupling") return placeCoupling(operation, layer, sizes, room, write, record, tables);
  record(Layer.PointsRow, 0);
  record(Layer.ImageRow, d * ROW);
  record(Layer.SavedRow, 2 * d * ROW);
  if (operation.kind === "permute") record(Layer.Order, list(operation.order, room, write));
  if (operation.kind === "rotation") {
    const bytes = align(4 * d * d);
    record(Layer.Matrix, room.take(bytes));
    record(Layer.MatrixGradients, room.take(sizes.threads * bytes));
    record(Layer.MatrixStride, bytes);
    record(Layer.PrepareScratch, room.take(sizes.rooms.rotationBytes(d)));
  }
  return { tape: 2 * d + (operation.kind === "planar" ? sizes.rooms.planar() : 0), scratch: d };
}

type Coupling = Extract<LayerOperation, { kind: "coupling" }>;

function placeCoupling(
  { kept, changed, transform, net }: Coupling,
  { offset, count }: LayerProgram,
  sizes: PlanSizes,
  room: Room,
  write: Write,
  record: Fill,
  tables: number[],
): Rows {
  const raw = changed.length * rawSize(transform);
  let rows = 0;
  const take = (field: Layer, n: number) => {
    record(field, rows * ROW);
    rows += n;
  };
  take(Layer.KeptRow, kept.length);
  take(Layer.PointsRow, changed.length);
  take(Layer.ImageRow, changed.length);
  take(Layer.RawRow, raw);
  take(Layer.SavedRow, transform.kind === "rqs" ? changed.length * sizes.rooms.rqs(transform.bins) : 0);
  record(Layer.KeptCount, kept.length);
  record(Layer.Kept, list(kept, room, write));
  record(Layer.ChangedCount, changed.length);
  record(Layer.Changed, list(changed, room, write));
  record(Layer.RawCount, raw);
  record(
    Layer.Transform,
    { additive: TransformKind.Additive, affine: TransformKind.Affine, rqs: TransformKind.RationalQuadratic }[transform.kind],
  );
  record(Layer.TransformSettings, placeTransform(transform, netCount(net), room, write));
  const own = changed.length * 2 + raw + kept.length;
  if (!isTable(net)) {
    record(Layer.Net, placeNet(net, room, write));
    take(Layer.NetRow, sizes.rooms.mlpTape(net));
    return { tape: rows, scratch: own + sizes.rooms.mlpScratch(net) };
  }
  const table = placeTable(net, sizes, room, write);
  tables.push(table);
  record(Layer.Table, table);
  take(Layer.NetRow, 1);
  // the table gives the network's gradient; only what follows it among the parameters is summed sample by sample
  record(Layer.SummedOffset, offset + netCount(net));
  record(Layer.SummedCount, count - netCount(net));
  return { tape: rows, scratch: own };
}
