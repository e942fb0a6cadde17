/** The oracle's layers: double precision, one point at a time, forward maps from flows.md 3.1; see reference-transforms.ts. */
import { Random } from "../../src/flows/random";
import { apply, at, differenceJacobian, logAbsDet, multiply, risingRoot, solve } from "./numeric";
import { rawSizeOf, referenceMlp, referenceTransform, type Values } from "./reference-transforms";

export interface ReferenceMap {
  forward(z: readonly number[]): number[];
  /** By elimination or bisection, never by the closed form that the engine uses. */
  inverse(y: readonly number[]): number[];
}

interface Context {
  readonly d: number;
  readonly seed: number;
}

type Config = Readonly<Record<string, unknown>>;
type Build = (values: Values, config: Config, context: Context) => ReferenceMap;

const elementwise: Build = ({ logScale, shift }) => {
  const s = logScale as readonly number[];
  const t = shift as readonly number[];
  return {
    forward: (z) => z.map((value, i) => value * Math.exp(s[i] as number) + (t[i] as number)),
    inverse: (y) => y.map((value, i) => (value - (t[i] as number)) / Math.exp(s[i] as number)),
  };
};

const permute: Build = (_values, { order }, { d, seed }) => {
  const list =
    order === "reverse"
      ? Array.from({ length: d }, (_, i) => d - 1 - i)
      : order === "shuffle"
        ? [...new Random(seed, "permute").permutation(d)]
        : (order as number[]);
  return {
    forward: (z) => list.map((from) => z[from] as number),
    inverse: (y) => y.map((_, i) => y[list.indexOf(i)] as number),
  };
};

/** e^B by scaling until ‖B‖ is tiny, 20 Taylor terms, and squaring. */
function exponential(b: readonly (readonly number[])[]): number[][] {
  const norm = Math.sqrt(b.flat().reduce((sum, value) => sum + value * value, 0));
  const squarings = Math.max(0, Math.ceil(Math.log2(norm * 16 + 1e-300)));
  const small = b.map((row) => row.map((value) => value / 2 ** squarings));
  const one: number[][] = b.map((row, i) => row.map((_, j) => (i === j ? 1 : 0)));
  let sum = one;
  let term: number[][] = one;
  for (let k = 1; k <= 20; k++) {
    term = multiply(term, small).map((row) => row.map((value) => value / k));
    sum = sum.map((row, i) => row.map((value, j) => value + at(term, i, j)));
  }
  for (let k = 0; k < squarings; k++) sum = multiply(sum, sum);
  return sum;
}

const rotation: Build = ({ angle, A }, _config, { d }) => {
  const r = angle?.[0];
  const matrix =
    r !== undefined
      ? [
          [Math.cos(r), -Math.sin(r)],
          [Math.sin(r), Math.cos(r)],
        ]
      : exponential(
          Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => (A?.[i * d + j] as number) - (A?.[j * d + i] as number))),
        );
  return { forward: (z) => apply(matrix, z), inverse: (y) => solve(matrix, y) };
};

const planar: Build = ({ w, u, b }) => {
  const normal = w as readonly number[];
  const dot = (x: readonly number[]) => normal.reduce((sum, value, i) => sum + value * (x[i] as number), 0);
  const wu = dot(u as readonly number[]);
  const reach = Math.max(wu, 0) + Math.log1p(Math.exp(-Math.abs(wu))) - 1; // wᵀû = log(1 + e^{wᵀu}) − 1
  const uHat = (u as readonly number[]).map((value, i) => value + ((reach - wu) * (normal[i] as number)) / (dot(normal) + 1e-12));
  const offset = b?.[0] as number;
  return {
    forward: (z) => z.map((value, i) => value + (uHat[i] as number) * Math.tanh(dot(z) + offset)),
    inverse(y) {
      const c = dot(y);
      const a = risingRoot((x) => x + dot(uHat) * Math.tanh(x + offset) - c, c - Math.abs(reach), c + Math.abs(reach));
      return y.map((value, i) => value - (uHat[i] as number) * Math.tanh(a + offset));
    },
  };
};

const coupling: Build = (values, config) => {
  const { mask, transform, net } = config as {
    mask: readonly number[];
    transform: { type: string } & Config;
    net: { hidden: readonly number[]; activation: string };
  };
  const size = rawSizeOf(transform.type, transform);
  const hidden = net.hidden[net.hidden.length - 1] as number;
  /** One map for each transformed coordinate, from the kept ones. */
  const maps = (point: readonly number[]) => {
    const raw = referenceMlp(
      net,
      point.filter((_, i) => mask[i] === 1),
      values,
    );
    let next = 0;
    return mask.map((bit) => {
      if (bit === 1) return null;
      const own = raw.slice(next * size, ++next * size);
      return referenceTransform(transform.type, own, transform, values, hidden);
    });
  };
  return {
    forward(z) {
      const transforms = maps(z);
      return z.map((value, i) => transforms[i]?.(value) ?? value);
    },
    inverse(y) {
      const transforms = maps(y);
      return y.map((value, i) => {
        const map = transforms[i];
        return map ? risingRoot((z) => map(z) - value, value - 1, value + 1) : value;
      });
    },
  };
};

const BUILDERS: Readonly<Record<string, Build>> = { affine: elementwise, actnorm: elementwise, permute, rotation, planar, coupling };

export function referenceLayer(type: string, config: Config, values: Values, context: Context): ReferenceMap {
  const build = BUILDERS[type];
  if (!build) throw new Error(`the oracle has no layer "${type}": add it to test/support/reference.ts`);
  return build(values, config, context);
}

/** log|det ∂forward/∂z| at z, by differences; the sign of the determinant must not vanish. */
export function referenceLogDet(map: ReferenceMap, z: readonly number[]): number {
  return logAbsDet(differenceJacobian((x) => map.forward(x), z)).log;
}
