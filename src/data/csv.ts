/** Columns of a table of numbers in a text file. Every cell is read as text and must be a number by one strict rule. */
import { createHash } from "node:crypto";
import { createReadStream, readSync, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { type CsvError, parse } from "csv-parse";
import { isBlank, type Nearest, placeColumns, strictNumber } from "./cells";
import { columnNotes } from "./column-notes";
import { openInside, type PlainFile } from "./plain-file";
import { TableError } from "./table-error";

export interface Table {
  /** Row-major [rows · columns]. */
  readonly points: Float32Array;
  readonly rows: number;
  /** What a reader should know: dropped rows, a row limit, discrete or constant columns. */
  readonly notes: readonly string[];
  /** SHA-256 of the bytes that were read, hexadecimal. */
  readonly hash: string;
}

export interface TableRequest {
  /** Relative to the folder of the definition, which it may not leave. */
  readonly file: string;
  readonly folder: string;
  readonly columns: readonly string[];
  readonly limit: number;
}

export interface TableHelp {
  /** Uniform in [0, 1), for the row limit. */
  readonly draw: () => number;
  readonly nearest: Nearest;
}

/** A larger file is refused; millions of rows make no better picture in the plane. */
const LARGEST_FILE_BYTES = 2e9;
/** Characters; a longer record comes from a quote that was never closed. */
const LONGEST_RECORD = 1_000_000;
/** Enough for the header of any table that people draw. */
const BEGINNING_BYTES = 65_536;
const NOT_TEXT = "holds NUL characters, so it is not UTF-8 text. Save it as UTF-8.";

export async function readTable(request: TableRequest, help: TableHelp): Promise<Table> {
  const opened = openInside(request.file, request.folder, LARGEST_FILE_BYTES);
  if ("refused" in opened) throw new TableError("file", opened.refused);
  const stream = createReadStream("", { fd: opened.descriptor, start: 0 }); // closes the descriptor when it ends or is destroyed
  try {
    const delimiter = delimiterOf(request.file, beginningOf(opened));
    const hash = createHash("sha256");
    stream.on("data", (chunk) => {
      hash.update(chunk);
      if (chunk.includes("\u0000")) stream.destroy(new TableError("file", `"${request.file}" ${NOT_TEXT}`));
    });
    const { kept, seen, missing, firstMissing } = await readRows(stream, delimiter, request, help);
    if (hasChanged(opened)) throw new TableError("file", `"${request.file}" changed while it was read. Open the definition again.`);
    const count = (n: number) => n.toLocaleString("en");
    const notes: string[] = [];
    if (missing > 0)
      notes.push(
        `${count(missing)} of ${count(seen + missing)} rows have an empty cell and were left out (the first in line ${firstMissing}).`,
      );
    if (seen > kept.length) notes.push(`${count(kept.length)} of ${count(seen)} rows are used, drawn evenly ("limit").`);
    notes.push(...columnNotes(kept, request.columns));
    return { points: Float32Array.from(kept.flat()), rows: kept.length, notes, hash: hash.digest("hex") };
  } finally {
    stream.destroy();
  }
}

function beginningOf({ descriptor }: PlainFile): Buffer {
  const bytes = Buffer.alloc(BEGINNING_BYTES);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0));
}

/** Tab, semicolon or comma: the one that the header line has most of. Refuses what is no text. */
function delimiterOf(file: string, beginning: Buffer): string {
  const starts = (...bytes: number[]) => bytes.every((byte, i) => beginning[i] === byte);
  const refuse = (why: string) => {
    throw new TableError("file", `"${file}" ${why}`);
  };
  if (starts(0x1f, 0x8b)) refuse("is compressed. Unpack it.");
  if (starts(0x50, 0x4b, 3, 4)) refuse("is a zip archive or a workbook. Unpack it, or save it as CSV.");
  if (starts(0xff, 0xfe) || starts(0xfe, 0xff)) refuse("is UTF-16 text. Save it as UTF-8.");
  if (beginning.includes(0)) refuse(NOT_TEXT);
  const header = /[^\r\n]+/.exec(beginning.toString("utf8"))?.[0] ?? "";
  const unquoted = header.replace(/"[^"]*"/g, "");
  const count = (mark: string) => unquoted.split(mark).length;
  return ["\t", ";", ","].reduce((best, mark) => (count(mark) > count(best) ? mark : best), ",");
}

function hasChanged({ real, facts }: PlainFile): boolean {
  const now = statSync(real, { throwIfNoEntry: false });
  return now?.ino !== facts.ino || now.mtimeMs !== facts.mtimeMs || now.size !== facts.size;
}

interface Rows {
  readonly kept: readonly number[][];
  /** Rows with a number in every wanted cell. */
  readonly seen: number;
  readonly missing: number;
  readonly firstMissing: number;
}

async function readRows(stream: Readable, delimiter: string, request: TableRequest, { draw, nearest }: TableHelp): Promise<Rows> {
  const { file, limit } = request;
  const { parser, explain } = recordsOf(stream, delimiter);
  const kept: number[][] = [];
  let header: readonly string[] | null = null;
  let columns: readonly number[] = [];
  let seen = 0;
  let missing = 0;
  let firstMissing = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<Line>) {
      const line = info.lines;
      if (!header) {
        header = record;
        columns = placeColumns(header, request.columns, nearest);
        continue;
      }
      if (record.length > header.length && record.slice(header.length).some((cell) => cell !== ""))
        throw new TableError("file", tooWide(record, header, line));
      const cells = columns.map((index) => record[index] ?? "");
      if (cells.some(isBlank)) {
        missing++;
        firstMissing ||= line;
        continue;
      }
      const row = cells.map((cell, i) => strictNumber(cell, request.columns[i] ?? "", line));
      seen++;
      // Reservoir sampling (Vitter 1985, algorithm R): each row of the file is kept with the same chance.
      const slot = seen <= limit ? seen - 1 : Math.floor(draw() * seen);
      if (slot < limit) kept[slot] = row;
    }
  } catch (error) {
    throw error instanceof TableError ? error : new TableError("file", `"${file}" ${explain(error as Error | CsvError)}`);
  }
  if (!header) throw new TableError("file", `"${file}" is empty. Its first line must name the columns.`);
  if (kept.length === 0)
    throw new TableError("file", `"${file}" has a header but no rows with numbers in ${request.columns.join(" and ")}.`);
  return { kept, seen, missing, firstMissing };
}

function tooWide(record: readonly string[], header: readonly string[], line: number): string {
  return `line ${line} has ${record.length} cells, but the header names ${header.length} columns. Write decimals with a point, and give every column a name.`;
}

interface Line {
  readonly record: readonly string[];
  /** `lines`: the line in which it ends, from 1. */
  readonly info: { readonly lines: number };
}

function recordsOf(stream: Readable, delimiter: string) {
  let last = { lines: 0, empty_lines: 0 }; // of the last whole record
  const parser = parse({
    delimiter,
    bom: true,
    relax_column_count: true, // widths are judged by us, with the line
    skip_empty_lines: true,
    trim: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    max_record_size: LONGEST_RECORD,
    info: true,
    on_record: (record: string[], context) => {
      last = context;
      return record;
    },
  });
  stream.on("error", (error) => parser.destroy(error));
  stream.pipe(parser);
  const explain = (error: Error | CsvError): string => {
    if (!("lines" in error)) return `cannot be read (${(error as NodeJS.ErrnoException).code ?? error.message}).`;
    const begins = last.lines + 1 + Number(error.empty_lines) - last.empty_lines;
    if (error.code === "CSV_QUOTE_NOT_CLOSED") return `has a quote in line ${begins} that is never closed.`;
    if (error.code === "CSV_MAX_RECORD_SIZE") return `has a record in line ${begins} that is too long. Is a quote not closed there?`;
    return `has a stray quote in line ${error.lines}. Put the whole cell in quotes and double each quote inside.`;
  };
  return { parser, explain };
}
