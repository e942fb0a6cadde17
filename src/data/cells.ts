/** The rules for single cells: which columns are meant, what is missing, what is a number. */
import { TableError } from "./table-error";

/** Digits with an optional sign, point and exponent; not "0x10", "1_000", "NaN", "" or " ". */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const DECIMAL_COMMA = /^[+-]?\d*,\d+([eE][+-]?\d+)?$/;
/** Values beyond this overflow when float32 arithmetic squares them. */
const LARGEST_VALUE = 1e18;
/** Names of a header that a message shows, and characters of each. */
const SHOWN_NAMES = 20;
const SHOWN_CHARACTERS = 32;

/** The known name that a mistyped one most likely means. */
export type Nearest = (name: string, known: readonly string[]) => string | null;

/** Where the wanted columns are in the header. */
export function placeColumns(header: readonly string[], wanted: readonly string[], nearest: Nearest): number[] {
  const twice = header.find((name, i) => header.indexOf(name) !== i && wanted.includes(name));
  if (twice !== undefined) throw new TableError("columns", `the header names "${shown(twice)}" twice. Rename one of the columns.`);
  return wanted.map((name) => {
    const index = header.indexOf(name);
    if (index >= 0) return index;
    throw new TableError("columns", `there is no column "${shown(name)}". ${whatThereIs(name, header, nearest)}`);
  });
}

function whatThereIs(name: string, header: readonly string[], nearest: Nearest): string {
  if (header.every((cell) => NUMBER.test(cell))) return "The first line holds only numbers, but it must name the columns. Add such a line.";
  const known = header.slice(0, SHOWN_NAMES).map(shown).join(", ");
  const close = nearest(name, header);
  const hints = [
    close === null ? "" : ` Did you mean "${shown(close)}"?`,
    header.length > 1 ? "" : " Columns are told apart by commas, semicolons or tabs.",
    header.some((cell) => cell.includes("\ufffd")) ? " The file is not UTF-8; save it as UTF-8." : "",
  ];
  return `The header names: ${known}${header.length > SHOWN_NAMES ? ", …" : ""}.${hints.join("")}`;
}

/** Blank cells are missing, never 0. */
export function isBlank(cell: string): boolean {
  return cell === "" || /^(na|nan|null)$/i.test(cell);
}

export function strictNumber(cell: string, column: string, line: number): number {
  const value = NUMBER.test(cell) ? Number(cell) : Number.NaN;
  if (Math.abs(value) <= LARGEST_VALUE) return value;
  const hint = DECIMAL_COMMA.test(cell) ? " Write decimals with a point." : "";
  const what = Number.isNaN(value)
    ? "is not a number"
    : `is beyond ±${LARGEST_VALUE.toExponential()}, which float32 arithmetic cannot square`;
  throw new TableError("columns", `line ${line}, column "${shown(column)}": "${shown(cell)}" ${what}.${hint}`);
}

/** A text from a file for a message: short, and without control characters, which would command a terminal. */
function shown(text: string): string {
  const short = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS - 1)}…` : text;
  return short.replace(/\p{Cc}/gu, "\ufffd");
}
