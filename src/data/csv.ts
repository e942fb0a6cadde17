/** Columns of a table of numbers in a text file. Every cell is read as text and must be a number by one strict rule. */
import { createHash } from "node:crypto";
import { createReadStream, fstatSync, openSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse";

export interface Table {
  /** Row-major [rows · columns]. */
  readonly points: Float32Array;
  readonly rows: number;
  /** What a reader should know: dropped rows, a row limit, discrete or constant columns. */
  readonly notes: readonly string[];
  /** SHA-256 of the bytes that were read, hexadecimal. */
  readonly hash: string;
}

/** A table that cannot be used; the message says where and what to do. */
export class TableError extends Error {
  constructor(
    readonly key: "file" | "columns" | "limit",
    message: string,
  ) {
    super(message);
  }
}

export interface TableRequest {
  readonly file: string;
  readonly columns: readonly string[];
  readonly limit: number;
}

/** A larger file is refused; millions of rows make no better picture in the plane. */
const LARGEST_FILE_BYTES = 2e9;
/** Digits with an optional sign, point and exponent; not "0x10", "1_000", "NaN", "" or " ". */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
/** Values beyond this overflow when float32 arithmetic squares them. */
const LARGEST_VALUE = 1e18;

/** Reads the named columns. `folder`: where relative paths start and which the file may not leave. `draw`: uniform in [0, 1), for the row limit. */
export async function readTable(request: TableRequest, folder: string, draw: () => number): Promise<Table> {
  const delimiter = await delimiterOf(request.file, folder);
  const descriptor = openInside(request.file, folder);
  const before = fstatSync(descriptor);
  const hash = createHash("sha256");
  const stream = createReadStream("", { fd: descriptor, autoClose: true });
  stream.on("data", (chunk) => hash.update(chunk));
  const parser = stream.pipe(parse({ bom: true, delimiter, relax_column_count: true, skip_empty_lines: true, info: true, trim: true }));
  stream.on("error", (error) => parser.destroy(error));

  const kept: number[][] = [];
  let columns: number[] | null = null;
  let seen = 0;
  let missing = 0;
  let firstMissing = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (!columns) {
        columns = placeColumns(record, request.columns);
        continue;
      }
      const cells = columns.map((index) => record[index] ?? "");
      if (cells.some((cell) => isBlank(cell))) {
        missing++;
        firstMissing ||= info.lines;
        continue;
      }
      const row = cells.map((cell, i) => strictNumber(cell, request.columns[i] ?? "", info.lines));
      seen++;
      // Reservoir sampling (Vitter 1985, algorithm R): each row of the file is kept with the same chance.
      if (kept.length < request.limit) kept.push(row);
      else {
        const slot = Math.floor(draw() * seen);
        if (slot < request.limit) kept[slot] = row;
      }
    }
  } catch (error) {
    if (error instanceof TableError) throw error;
    throw new TableError("file", `${request.file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!columns) throw new TableError("file", `${request.file} is empty. Its first line must name the columns.`);
  if (kept.length === 0)
    throw new TableError("file", `${request.file} has a header but no rows with numbers in ${request.columns.join(" and ")}.`);
  const after = statSync(resolveInside(request.file, folder));
  if (after.mtimeMs !== before.mtimeMs || after.size !== before.size)
    throw new TableError("file", `${request.file} changed while it was read. Open the definition again.`);

  const notes: string[] = [];
  if (missing > 0)
    notes.push(`${missing} of ${seen + missing} rows have an empty cell and were left out (the first in line ${firstMissing}).`);
  if (seen > kept.length)
    notes.push(`${kept.length.toLocaleString("en")} of ${seen.toLocaleString("en")} rows are used, drawn evenly ("limit").`);
  notes.push(...columnNotes(kept, request.columns));
  return { points: Float32Array.from(kept.flat()), rows: kept.length, notes, hash: hash.digest("hex") };
}

/** The real path, if it is a plain file inside the folder. */
function resolveInside(file: string, folder: string): string {
  if (path.isAbsolute(file) || /^[a-zA-Z]:|^file:/.test(file) || file.includes("\u0000")) {
    throw new TableError("file", `"${file}" must be a path relative to the definition's folder.`);
  }
  let real: string;
  try {
    real = realpathSync(path.resolve(folder, file));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new TableError(
      "file",
      code === "ENOENT" ? `"${file}" does not exist beside the definition.` : `"${file}" cannot be opened (${code}).`,
    );
  }
  const inside = path.relative(realpathSync(folder), real);
  if (inside.startsWith("..") || path.isAbsolute(inside))
    throw new TableError("file", `"${file}" lies outside the definition's folder. Copy it there.`);
  return real;
}

function openInside(file: string, folder: string): number {
  const real = resolveInside(file, folder);
  const facts = statSync(real);
  if (!facts.isFile()) throw new TableError("file", `"${file}" is not a plain file.`);
  if (facts.size > LARGEST_FILE_BYTES)
    throw new TableError("file", `"${file}" has ${(facts.size / 1e9).toFixed(1)} GB; the limit is ${LARGEST_FILE_BYTES / 1e9} GB.`);
  try {
    return openSync(real, "r");
  } catch (error) {
    throw new TableError("file", `"${file}" cannot be opened (${(error as NodeJS.ErrnoException).code}).`);
  }
}

/** Tab, semicolon or comma: the one that the header line has most of. */
async function delimiterOf(file: string, folder: string): Promise<string> {
  let header = "";
  for await (const chunk of createReadStream(resolveInside(file, folder), { encoding: "utf8", end: 65_535 })) {
    header += chunk;
    if (/[\r\n]/.test(header)) break;
  }
  if (header.includes("\u0000")) throw new TableError("file", `"${file}" is not a text file (it holds NUL characters).`);
  const line = header.split(/[\r\n]/)[0] ?? "";
  const count = (mark: string) => line.split(mark).length;
  return ["\t", ";", ","].reduce((best, mark) => (count(mark) > count(best) ? mark : best), ",");
}

function placeColumns(header: readonly string[], wanted: readonly string[]): number[] {
  const twice = header.find((name, i) => header.indexOf(name) !== i && wanted.includes(name));
  if (twice !== undefined) throw new TableError("columns", `the header names "${twice}" twice. Rename one of the columns.`);
  return wanted.map((name) => {
    const index = header.indexOf(name);
    if (index >= 0) return index;
    const known = header.slice(0, 20).join(", ");
    throw new TableError("columns", `there is no column "${name}". The header names: ${known}${header.length > 20 ? ", …" : ""}.`);
  });
}

function isBlank(cell: string): boolean {
  return cell === "" || /^(na|nan|null)$/i.test(cell);
}

function strictNumber(cell: string, column: string, line: number): number {
  const value = NUMBER.test(cell) ? Number(cell) : Number.NaN;
  if (Number.isFinite(value) && Math.abs(value) <= LARGEST_VALUE) return value;
  const shown = cell.length > 32 ? `${cell.slice(0, 31)}…` : cell;
  const hint = /^\d+,\d+$/.test(cell) ? " Write decimals with a point." : "";
  throw new TableError("columns", `line ${line}, column "${column}": "${shown}" is not a number that can be used.${hint}`);
}

function columnNotes(rows: readonly (readonly number[])[], names: readonly string[]): string[] {
  return names.flatMap((name, i) => {
    const values = rows.map((row) => row[i] ?? 0);
    const distinct = new Set(values).size;
    if (distinct === 1) return [`Column "${name}" is constant (${values[0]}): its density is a spike. Leave it out.`];
    // Fewer than one distinct value for ten rows: a flow can put ever more density on each of them.
    if (rows.length >= 100 && distinct <= rows.length / 10)
      return [`Column "${name}" takes only ${distinct} values, so its density is not smooth. Add a little noise to it.`];
    return [];
  });
}
