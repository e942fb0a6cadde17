/** Numbers as CSV text. */

/** A spreadsheet takes a cell that starts like this for a formula; a quote in front makes it text again. */
const LOOKS_LIKE_FORMULA = /^[=+\-@\t\r]/;

export function csvText(header: readonly string[], rows: Iterable<readonly (number | string)[]>): string {
  const lines = [header.map(cellOf).join(",")];
  for (const row of rows) lines.push(row.map(cellOf).join(","));
  return `${lines.join("\n")}\n`;
}

function cellOf(value: number | string): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : ""; // a missing value, never a false 0
  const text = LOOKS_LIKE_FORMULA.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

/** Rows of a row-major [n, d] array. */
export function* rowsOf(values: Float32Array, d: number): Iterable<readonly number[]> {
  for (let i = 0; i + d <= values.length; i += d) yield [...values.subarray(i, i + d)];
}
