/** Round numbers along an axis. */

/** At most about `count` multiples of 1, 2 or 5 times a power of ten inside [low, high], with the decimals that they need. */
export function ticks(low: number, high: number, count: number): { readonly values: readonly number[]; readonly digits: number } {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return { values: [], digits: 0 };
  const power = 10 ** Math.floor(Math.log10(span / count));
  const step = power * ([1, 2, 5, 10].find((factor) => span / (factor * power) <= count) ?? 10);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const values: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * span; i++) values.push(i * step);
  return { values, digits };
}
