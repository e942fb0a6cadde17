/** The oracle's base distributions, in double precision, from flows.md 5.1: log-densities, and the laws of one-dimensional views. */
import { normalCdf } from "./numeric";
import type { Values } from "./reference-transforms";

type Config = Readonly<Record<string, unknown>>;
const LOG_2PI = Math.log(2 * Math.PI);

interface Component {
  readonly weight: number;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Normal families as mixtures of diagonal normals; null for the uniform. */
function components(type: string, values: Values, d: number): Component[] | null {
  switch (type) {
    case "normal":
      return [{ weight: 1, mean: new Array(d).fill(0), deviation: new Array(d).fill(1) }];
    case "diagNormal":
      return [{ weight: 1, mean: values.loc as number[], deviation: (values.logScale as number[]).map(Math.exp) }];
    case "mixture": {
      const weights = (values.logits as number[]).map(Math.exp);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return weights.map((weight, j) => ({
        weight: weight / total,
        mean: (values.loc as number[]).slice(j * d, (j + 1) * d),
        deviation: (values.logScale as number[]).slice(j * d, (j + 1) * d).map(Math.exp),
      }));
    }
    case "uniform":
      return null;
    default:
      throw new Error(`the oracle has no base "${type}": add it to test/support/reference-bases.ts`);
  }
}

export function referenceLogProb(type: string, config: Config, values: Values, z: readonly number[]): number {
  const parts = components(type, values, z.length);
  if (!parts) {
    const { low, high } = config as { low: number; high: number };
    return z.every((value) => value >= low && value <= high) ? -z.length * Math.log(high - low) : Number.NEGATIVE_INFINITY;
  }
  const logs = parts.map(({ weight, mean, deviation }) =>
    z.reduce((sum, value, i) => {
      const [m, s] = [mean[i] as number, deviation[i] as number];
      return sum - 0.5 * ((value - m) / s) ** 2 - Math.log(s) - 0.5 * LOG_2PI;
    }, Math.log(weight)),
  );
  const top = Math.max(...logs);
  return top + Math.log(logs.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

interface Line {
  readonly weight: number;
  readonly mean: number;
  readonly deviation: number;
}

/** The normal components seen along v. */
function along(parts: readonly Component[], v: readonly number[]): Line[] {
  return parts.map(({ weight, mean, deviation }) => ({
    weight,
    mean: v.reduce((sum, value, i) => sum + value * (mean[i] as number), 0),
    deviation: Math.sqrt(v.reduce((sum, value, i) => sum + (value * (deviation[i] as number)) ** 2, 0)),
  }));
}

/** Distribution function of the projection v·z; of the uniform only along an axis. */
export function projectedCdf(type: string, config: Config, values: Values, v: readonly number[]): (at: number) => number {
  const parts = components(type, values, v.length);
  if (!parts) {
    const { low, high } = config as { low: number; high: number };
    return (at) => Math.min(1, Math.max(0, (at - low) / (high - low)));
  }
  const lines = along(parts, v);
  return (at) => lines.reduce((sum, line) => sum + line.weight * normalCdf((at - line.mean) / line.deviation), 0);
}

/** Mean and variance of the projection v·z; of the uniform only along an axis. */
export function projectedMoments(type: string, config: Config, values: Values, v: readonly number[]): { mean: number; variance: number } {
  const parts = components(type, values, v.length);
  if (!parts) {
    const { low, high } = config as { low: number; high: number };
    return { mean: (low + high) / 2, variance: (high - low) ** 2 / 12 };
  }
  const lines = along(parts, v);
  const mean = lines.reduce((sum, line) => sum + line.weight * line.mean, 0);
  const square = lines.reduce((sum, line) => sum + line.weight * (line.mean ** 2 + line.deviation ** 2), 0);
  return { mean, variance: square - mean ** 2 };
}
