/** Comma-separated values for other programs: a plain minus, a dot, and every digit that float32 has. */

const FLOAT32_DIGITS = 9; // enough to tell any two float32 numbers apart

/** A spreadsheet takes a name that starts like this for a formula, and names come from files; a quote in front makes it text again. */
const LOOKS_LIKE_FORMULA = /^[=+\-@\t\r]/;

export function toCsv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(cell).join(",")}\n`).join("");
}

function cell(value: string | number): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(Number(value.toPrecision(FLOAT32_DIGITS))) : String(value);
  const text = LOOKS_LIKE_FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** False where neither way to the clipboard works. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // no permission, or the page has lost the focus
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.className = "unseen";
  area.value = text;
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
