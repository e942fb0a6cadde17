/** Plain double-precision numerics for the oracles: determinants, differences, roots, quadrature. Knows nothing of tfjs. */

export type Matrix = readonly (readonly number[])[];

/** log|det| and the sign, by Gaussian elimination with partial pivoting; (−∞, 0) when singular. */
export function logAbsDet(matrix: Matrix): { log: number; sign: number } {
  const a = matrix.map((row) => [...row]);
  let log = 0;
  let sign = 1;
  for (let k = 0; k < a.length; k++) {
    let pivot = k;
    for (let i = k + 1; i < a.length; i++) if (Math.abs(at(a, i, k)) > Math.abs(at(a, pivot, k))) pivot = i;
    if (pivot !== k) {
      [a[k], a[pivot]] = [a[pivot] as number[], a[k] as number[]];
      sign = -sign;
    }
    const top = at(a, k, k);
    if (top === 0) return { log: Number.NEGATIVE_INFINITY, sign: 0 };
    log += Math.log(Math.abs(top));
    sign *= Math.sign(top);
    for (let i = k + 1; i < a.length; i++) {
      const factor = at(a, i, k) / top;
      for (let j = k; j < a.length; j++) (a[i] as number[])[j] = at(a, i, j) - factor * at(a, k, j);
    }
  }
  return { log, sign };
}

export function at(matrix: Matrix, i: number, j: number): number {
  return (matrix[i] as readonly number[])[j] as number;
}

export function multiply(a: Matrix, b: Matrix): number[][] {
  return a.map((row) => (b[0] as readonly number[]).map((_, j) => row.reduce((sum, value, k) => sum + value * at(b, k, j), 0)));
}

export function apply(a: Matrix, x: readonly number[]): number[] {
  return a.map((row) => row.reduce((sum, value, k) => sum + value * (x[k] as number), 0));
}

/** Solves A x = y by elimination with partial pivoting. */
export function solve(matrix: Matrix, y: readonly number[]): number[] {
  const a = matrix.map((row, i) => [...row, y[i] as number]);
  const n = a.length;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(at(a, i, k)) > Math.abs(at(a, pivot, k))) pivot = i;
    [a[k], a[pivot]] = [a[pivot] as number[], a[k] as number[]];
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = at(a, i, k) / at(a, k, k);
      for (let j = k; j <= n; j++) (a[i] as number[])[j] = at(a, i, j) - factor * at(a, k, j);
    }
  }
  return a.map((row, i) => (row[n] as number) / (row[i] as number));
}

/** Truncation h²f‴/6 and rounding 1e-16/h are both near 1e-10 at this step. */
const DIFFERENCE_STEP = 1e-5;

/** ∂f_i/∂x_j by central differences. */
export function differenceJacobian(f: (x: number[]) => readonly number[], x: readonly number[], step = DIFFERENCE_STEP): number[][] {
  const columns = x.map((value, j) => {
    const h = step * Math.max(1, Math.abs(value));
    const moved = (by: number) => f(x.map((other, k) => (k === j ? other + by : other)));
    const above = moved(h);
    const below = moved(-h);
    return above.map((upper, i) => (upper - (below[i] as number)) / (2 * h));
  });
  return x.map((_, i) => columns.map((column) => column[i] as number));
}

/** The root of a rising function; `low` and `high` are widened until they bracket it. */
export function risingRoot(f: (x: number) => number, low: number, high: number): number {
  let width = Math.max(high - low, 1e-3);
  while (f(low) > 0) low -= width *= 2;
  while (f(high) < 0) high += width *= 2;
  for (let i = 0; i < 200; i++) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    if (f(middle) < 0) low = middle;
    else high = middle;
  }
  return low + (high - low) / 2;
}

/** Nodes and weights of Gauss–Legendre quadrature with n nodes on [a, b] (Newton on the Legendre polynomial). */
export function gaussLegendre(n: number, a: number, b: number): { node: number; weight: number }[] {
  return Array.from({ length: n }, (_, i) => {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let round = 0; round < 100; round++) {
      let [before, p] = [1, x];
      for (let k = 2; k <= n; k++) [before, p] = [p, ((2 * k - 1) * x * p - (k - 1) * before) / k];
      slope = (n * (before - x * p)) / (1 - x * x);
      const move = p / slope;
      x -= move;
      if (Math.abs(move) < 1e-15) break;
    }
    return { node: (a + b) / 2 + ((b - a) / 2) * x, weight: (b - a) / ((1 - x * x) * slope * slope) };
  });
}

/** Evenly spaced numbers from a to b, both included. */
export function linspace(a: number, b: number, n: number): number[] {
  return Array.from({ length: n }, (_, i) => a + ((b - a) * i) / (n - 1));
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/** Length of a vector. */
export function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) ** 2;
  return Math.sqrt(sum);
}

/** Standard error of the mean. */
export function standardError(values: ArrayLike<number>): number {
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += ((values[i] as number) - centre) ** 2;
  return Math.sqrt(sum / (values.length - 1) / values.length);
}

/** Φ by the complementary error function: a Taylor series near 0, a continued fraction far away; about 1e-15. */
export function normalCdf(x: number): number {
  const a = Math.abs(x);
  if (a < 3) {
    let term = a;
    let sum = a;
    for (let k = 1; Math.abs(term) > 1e-17; k++) {
      term *= (a * a) / (2 * k + 1);
      sum += term;
    }
    const half = (sum * Math.exp(-0.5 * a * a)) / Math.sqrt(2 * Math.PI);
    return x < 0 ? 0.5 - half : 0.5 + half;
  }
  let fraction = a;
  for (let k = 60; k >= 1; k--) fraction = a + k / fraction;
  const tail = Math.exp(-0.5 * a * a) / Math.sqrt(2 * Math.PI) / fraction;
  return x < 0 ? tail : 1 - tail;
}

/** The float32 number next to `value`, upwards or downwards. */
export function nextFloat32(value: number, way: 1 | -1): number {
  const cell = new Float32Array([value]);
  const bits = new Int32Array(cell.buffer);
  if (cell[0] === 0) return way * 2 ** -149;
  bits[0] = (bits[0] as number) + ((cell[0] as number) > 0 ? way : -way);
  return cell[0] as number;
}
