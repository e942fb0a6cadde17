/**
 * Numbers as a reader sees them: real minus, thousands with commas, powers of ten, and no digit that does not add up.
 * What is not finite becomes a word; the caller gives it the error color.
 */

const MINUS = "\u2212";
const BASE_DIGITS = 3; // log-densities and log-dets; coordinates in tables
const MOST_DIGITS = 6; // float32 has no more than that to show
const LARGEST_PLAIN = 1e9; // beyond it a row of digits says less than a power

/** A value that stands for itself, such as a log-density: no plus sign. */
export function level(x: number, digits: number): string {
  return wordFor(x) ?? (Math.abs(x) >= LARGEST_PLAIN ? power(x) : printed(x.toFixed(digits)));
}

/** A change, such as a log-det: always with its sign, except for what rounds to zero. */
export function signed(x: number, digits: number): string {
  const text = level(x, digits);
  return x > 0 && /[1-9a-z]/.test(text) ? `+${text}` : text;
}

/** A count: "4,096". */
export function integer(n: number): string {
  return level(n, 0);
}

/** A count on an axis, where "2.5k" is enough. */
export function compact(n: number): string {
  const size = Math.abs(n);
  if (size >= 1e6) return `${trimmed(n / 1e6)}M`;
  return size >= 1e3 ? `${trimmed(n / 1e3)}k` : trimmed(n);
}

/** "3.4 × 10⁻⁶": mantissa with the given number of significant digits. */
export function power(x: number, significantDigits = 2): string {
  const word = wordFor(x);
  if (word !== null) return word;
  if (x === 0) return "0";
  const [mantissa = "", exponent = ""] = x.toExponential(significantDigits - 1).split("e");
  return `${printed(mantissa)} × ${powerOfTen(Number(exponent))}`;
}

/** "10⁻⁵", for bounds. */
export function powerOfTen(exponent: number): string {
  return `10${[...String(exponent)].map((sign) => (sign === "-" ? "⁻" : (SUPERSCRIPTS[Number(sign)] ?? ""))).join("")}`;
}

/** A positive quantity of unknown size (learning rate, norm, singular value): plain digits near 1, a power elsewhere. */
export function sized(x: number): string {
  const size = Math.abs(x);
  if (size !== 0 && Number.isFinite(x) && (size < 0.005 || size >= 99_999.5)) return power(x);
  return level(x, size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

/** A coordinate in the units of the data, which may be far from 1. */
export function coordinate(x: number, digits: number): string {
  const vanishes = x !== 0 && Number(x.toFixed(digits)) === 0 && Math.abs(x) > Number.EPSILON; // rounding noise is zero
  return Number.isFinite(x) && (vanishes || Math.abs(x) >= 1e6) ? power(x) : level(x, digits);
}

/** Lowered digits: the 12 of z₁₂. */
export function subscript(n: number): string {
  return [...String(n)].map((digit) => SUBSCRIPTS[Number(digit)] ?? digit).join("");
}

/**
 * The number of decimals, 3 to 6, at which the rounded terms add up to the rounded total; 3 where none does, since then more
 * digits are only more digits. Digits are never adjusted.
 */
export function agreeingDigits(terms: readonly number[], total: number): number {
  return commonDigits([{ terms, total }]) ?? BASE_DIGITS;
}

export interface Sum {
  readonly terms: readonly number[];
  readonly total: number;
}

/** The decimals at which every one of the sums adds up as printed; null where there are none. */
export function commonDigits(sums: readonly Sum[]): number | null {
  for (let digits = BASE_DIGITS; digits <= MOST_DIGITS; digits++) {
    if (sums.every((sum) => addsUp(sum, digits))) return digits;
  }
  return null;
}

/** Whether the terms, each rounded as it is printed, add up to the printed total. */
export function addsUp({ terms, total }: Sum, digits: number): boolean {
  const sum = terms.reduce((partial, term) => partial + units(term, digits), 0);
  return sum === units(total, digits); // whole numbers: exact below 2⁵³, and NaN agrees with nothing
}

/** The printed digits as a whole number of the last place. */
function units(x: number, digits: number): number {
  return Number.isFinite(x) ? Math.round(Number(x.toFixed(digits)) * 10 ** digits) : Number.NaN;
}

const SUPERSCRIPTS = [..."⁰¹²³⁴⁵⁶⁷⁸⁹"];
const SUBSCRIPTS = [..."₀₁₂₃₄₅₆₇₈₉"];

function wordFor(x: number): string | null {
  if (Number.isNaN(x)) return "NaN";
  if (Number.isFinite(x)) return null;
  return x > 0 ? "infinite" : `${MINUS}infinite`;
}

/** Digits of `toFixed` with commas and a real minus; zero has no sign. */
function printed(plain: string): string {
  const negative = plain.startsWith("-");
  const digits = negative ? plain.slice(1) : plain;
  const [whole = "", fraction] = digits.split(".");
  const text = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction === undefined ? "" : `.${fraction}`);
  return negative && /[1-9]/.test(digits) ? MINUS + text : text;
}

/** At most three significant digits, without trailing zeros. */
function trimmed(n: number): string {
  return String(Number(n.toPrecision(3))).replace("-", MINUS);
}
