/** Writes the records of networks, tables, transforms and bases; see assembly/layout.ts and the files that read them. */
import { BUCKETS, Table } from "./assembly/layout";
import type { Room } from "./memory";
import { ACTIVATIONS, BASES, type BaseProgram, type NetProgram, SCALE_MAPS, type TransformProgram } from "./program";

/** Puts a number at an address. */
export type Write = (address: number, value: number, kind?: "word" | "float") => unknown;
/** Fills a record by field number. */
export type Fill = (field: number, value: number, kind?: "word" | "float") => unknown;

export function recordAt(address: number, write: Write): Fill {
  return (field, value, kind) => write(address + 4 * field, value, kind);
}

/** Parameters of a network. */
export function netCount(net: NetProgram): number {
  const widths = widthsOf(net);
  return net.linear.reduce((sum, _, i) => sum + ((widths[i] as number) + 1) * (widths[i + 1] as number), 0);
}

function widthsOf({ inputs, hidden, outputs }: NetProgram): number[] {
  return [inputs, ...hidden, outputs];
}

export function placeTransform(transform: TransformProgram, netCount: number, room: Room, write: Write): number {
  const address = room.take(32);
  const record = recordAt(address, write);
  if (transform.kind === "affine") {
    record(0, SCALE_MAPS.indexOf(transform.map));
    record(1, transform.number, "float");
    record(2, netCount); // the factor of tanh follows the network
  } else if (transform.kind === "rqs") {
    record(0, transform.bins);
    record(1, transform.bound, "float");
    record(2, transform.minBin, "float");
    record(3, transform.minSlope, "float");
    record(4, transform.param === "zuko" ? 1 : 0);
    record(5, transform.logitScale, "float");
  }
  return address;
}

export function placeNet(net: NetProgram, room: Room, write: Write): number {
  const address = room.take(4 * (2 + 4 * net.linear.length));
  writeNet(net, address, write);
  return address;
}

export function writeNet(net: NetProgram, address: number, write: Write): void {
  const widths = widthsOf(net);
  const record = recordAt(address, write);
  record(0, net.linear.length);
  record(1, ACTIVATIONS.indexOf(net.activation));
  net.linear.forEach(({ weight, bias }, i) => {
    record(2 + 4 * i, widths[i] as number);
    record(3 + 4 * i, widths[i + 1] as number);
    record(4 + 4 * i, weight);
    record(5 + 4 * i, bias);
  });
}

export function placeTable(
  net: NetProgram,
  { threads, piecesPerUnit }: { readonly threads: number; readonly piecesPerUnit: number },
  room: Room,
  write: Write,
): number {
  const [h1, h2] = [net.hidden[0] as number, net.hidden[1] ?? 0];
  const { outputs } = net;
  const fed = h2 === 0 ? outputs : h2;
  const padded = whole(fed);
  const width = whole(outputs);
  const capacity = h2 === 0 ? h1 + 1 : h1 + 1 + Math.min(h2 * (h1 + 1), piecesPerUnit * (h1 + h2));
  const address = room.take(4 * Table.Size);
  const record = recordAt(address, write);
  const take = (field: Table, bytes: number) => record(field, room.take(bytes));
  record(Table.H1, h1);
  record(Table.H2, h2);
  record(Table.Outputs, outputs);
  record(Table.Leak, net.activation === "leaky-relu" ? 0.01 : 0, "float");
  net.linear.forEach(({ weight, bias }, i) => {
    record(Table.Weight1 + 2 * i, weight);
    record(Table.Bias1 + 2 * i, bias);
  });
  record(Table.Capacity, capacity);
  const sums = align(8 * capacity * width);
  take(Table.Starts, 4 * capacity);
  take(Table.Anchors, 4 * capacity);
  take(Table.Rows, 8 * capacity * width);
  take(Table.Sums, threads * sums);
  record(Table.SumsStride, sums);
  take(Table.Slopes, 4 * (h1 + 1) * padded);
  take(Table.Values, 4 * (h1 + 1) * padded);
  take(Table.Active, 4 * (h1 + 1) * padded);
  record(
    Table.Order,
    list(
      Array.from({ length: h1 }, (_, i) => i),
      room,
      write,
    ),
  );
  take(Table.Breakpoints, 4 * h1);
  take(Table.FirstPieces, 4 * (h1 + 2));
  take(Table.Flips, 4 * capacity);
  take(Table.Columns2, 4 * h1 * padded);
  take(Table.Rows3, 4 * outputs * padded);
  take(Table.ByValues, 4 * (h1 + 1) * padded);
  take(Table.BySlopes, 4 * (h1 + 1) * padded);
  take(Table.Scratch, 4 * Math.max(8 * padded, 5 * width + outputs * padded, (4 + h1) * padded));
  take(Table.Buckets, 4 * BUCKETS);
  return address;
}

export function placeBase({ kind, components, low, high }: BaseProgram, d: number, room: Room, write: Write): number {
  const address = room.take(4 * (2 + 2 * d));
  const record = recordAt(address, write);
  record(0, BASES.indexOf(kind));
  record(1, components);
  for (let i = 0; i < d; i++) {
    record(2 + i, low[i] ?? 0, "float");
    record(2 + d + i, high[i] ?? 0, "float");
  }
  return address;
}

export function list(indices: readonly number[], room: Room, write: Write): number {
  const address = room.take(4 * Math.max(1, indices.length));
  indices.forEach((index, i) => {
    write(address + 4 * i, index);
  });
  return address;
}

function whole(n: number): number {
  return 4 * Math.ceil(n / 4);
}

export function align(bytes: number): number {
  return 64 * Math.ceil(bytes / 64);
}
