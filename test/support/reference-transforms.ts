/**
 * The oracle's networks and one-dimensional transforms: double precision, one number at a time, written from the formulas of the
 * developers' reference (flows.md, 3.1 to 3.4), not from the engine's code. Log-dets are found by differences, inverses by bisection.
 */

export type Values = Readonly<Record<string, readonly number[]>>;
type Config = Readonly<Record<string, unknown>>;

const softplus = (a: number) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));
const sigmoid = (a: number) => 1 / (1 + Math.exp(-a));

const ACTIVATIONS: Readonly<Record<string, (a: number) => number>> = {
  relu: (a) => Math.max(a, 0),
  "leaky-relu": (a) => (a > 0 ? a : 0.01 * a),
  tanh: Math.tanh,
  elu: (a) => (a > 0 ? a : Math.expm1(a)),
  silu: (a) => a * sigmoid(a),
  softplus,
};

/** Linear, activation, …, Linear. */
export function referenceMlp(net: { hidden: readonly number[]; activation: string }, input: readonly number[], values: Values): number[] {
  const activation = ACTIVATIONS[net.activation];
  if (!activation) throw new Error(`the oracle has no activation "${net.activation}"`);
  let h = [...input];
  for (let i = 0; i <= net.hidden.length; i++) {
    const weight = values[`net.${i}.weight`] as readonly number[];
    const bias = values[`net.${i}.bias`] as readonly number[];
    const before = h;
    h = bias.map((b, row) => before.reduce((sum, value, column) => sum + (weight[row * before.length + column] as number) * value, b));
    if (i < net.hidden.length) h = h.map(activation);
  }
  return h;
}

/** The scale s(a) of flows.md 3.2 itself, not its logarithm. */
function scaleOf(a: number, map: { type: string; slope?: number; direction?: string; clamp?: number }, values: Values): number {
  switch (map.type) {
    case "softclip":
      return Math.exp(a / (1 + Math.abs(a / Math.log(map.slope as number))));
    case "exp":
      return Math.exp(a);
    case "sigmoid2":
      return sigmoid(a + 2) + 1e-3;
    case "softplus":
      return softplus(a) + 1e-3;
    case "softplus-clamped":
      return Math.min(Math.max(softplus(a) + 1e-3, 0), 3);
    case "glow":
      return map.direction === "sigmoid" ? 1 / sigmoid(a + 2) : sigmoid(a + 2);
    case "tanh":
      return Math.exp((values.k?.[0] as number) * Math.tanh(a));
    case "atan":
      return Math.exp((map.clamp as number) * 0.636 * Math.atan(a));
    default:
      throw new Error(`the oracle has no scale map "${map.type}"`);
  }
}

export interface Knots {
  readonly z: readonly number[];
  readonly y: readonly number[];
  readonly slope: readonly number[];
}

/** K + 1 knots from 3K − 1 raw numbers: widths, heights, inner slopes (flows.md 3.3). */
export function knotsOf(raw: readonly number[], config: Config, hidden: number): Knots {
  const { bins, bound, minBin, minSlope, param, scaleLogits } = config as {
    bins: number;
    bound: number;
    minBin: number;
    minSlope: number;
    param: string;
    scaleLogits: boolean;
  };
  const clip = Math.log(1e-3);
  const edges = (logits: readonly number[]) => {
    const soft =
      param === "zuko"
        ? logits.map((a) => a / (1 + Math.abs((2 * a) / clip)))
        : logits.map((a) => (scaleLogits ? a / Math.sqrt(hidden) : a));
    const top = Math.max(...soft);
    const total = soft.reduce((sum, a) => sum + Math.exp(a - top), 0);
    const shares = soft.map((a) => Math.exp(a - top) / total);
    const sides = param === "zuko" ? shares : shares.map((share) => minBin + (1 - minBin * bins) * share);
    let edge = -bound;
    return [edge, ...sides.map((side) => (edge += 2 * bound * side))];
  };
  const inner = raw.slice(2 * bins).map((d) => (param === "zuko" ? Math.exp(d / (1 + Math.abs(d / clip))) : minSlope + softplus(d)));
  return { z: edges(raw.slice(0, bins)), y: edges(raw.slice(bins, 2 * bins)), slope: [1, ...inner, 1] };
}

function splineAt(z: number, knots: Knots, bound: number): number {
  if (z <= -bound || z >= bound) return z;
  let k = 0;
  while (k < knots.z.length - 2 && z > (knots.z[k + 1] as number)) k++;
  const [z0, z1] = [knots.z[k] as number, knots.z[k + 1] as number];
  const [y0, y1] = [knots.y[k] as number, knots.y[k + 1] as number];
  const [d0, d1] = [knots.slope[k] as number, knots.slope[k + 1] as number];
  const h = y1 - y0;
  const s = h / (z1 - z0);
  const theta = (z - z0) / (z1 - z0);
  const q = theta * (1 - theta);
  return y0 + (h * (s * theta * theta + d0 * q)) / (s + (d0 + d1 - 2 * s) * q);
}

/** The monotone map of one coordinate, given its own raw numbers. */
export function referenceTransform(
  type: string,
  raw: readonly number[],
  config: Config,
  values: Values,
  hidden: number,
): (z: number) => number {
  const first = raw[0] as number;
  switch (type) {
    case "additive":
      return (z) => z + first;
    case "affine": {
      const scale = scaleOf(raw[1] as number, config.scaleMap as { type: string }, values);
      return (z) => z * scale + first;
    }
    case "rqs": {
      const knots = knotsOf(raw, config, hidden);
      return (z) => splineAt(z, knots, config.bound as number);
    }
    default:
      throw new Error(`the oracle has no transform "${type}"`);
  }
}

/** Numbers per coordinate: t; t and a; K widths, K heights and K − 1 slopes. */
export function rawSizeOf(type: string, config: Config): number {
  return type === "additive" ? 1 : type === "affine" ? 2 : 3 * (config.bins as number) - 1;
}
