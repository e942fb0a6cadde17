/** Numbers in the texts of the editor. */

const MINUS = "−"; // U+2212, as everywhere in the product

/** A number with a real minus sign; an exact zero has no sign. */
export function decimals(value: number, digits: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "∞" : `${MINUS}∞`;
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** A change, such as a log-det: always with its sign, except for what rounds to zero. */
export function signed(value: number): string {
  const text = decimals(value, 3);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** A measured quantity of which only the size matters: two digits, "0.42", "12", "1,500". */
export function about(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 2 });
}
