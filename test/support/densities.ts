/**
 * Densities of the toys in double precision, from their formulas in flows.md 5.2: a curve blurred by independent noise in x and y is a sum
 * over nodes of a quadrature along the curve, each a product of a kernel in x and one in y.
 */
import { integratePinwheel, pinwheel } from "./density-pinwheel";
import { gaussLegendre, normalCdf } from "./numeric";

export interface Density {
  at(x: number, y: number): number;
  /** Values on a grid, x changing slowest. */
  on(xs: readonly number[], ys: readonly number[]): Float64Array;
  /** Length on which the density changes. */
  readonly scale: number;
  readonly window: readonly [readonly [number, number], readonly [number, number]];
}

interface Node {
  readonly x: number;
  readonly y: number;
  readonly weight: number;
}

type Kernel = (offset: number) => number;

function gaussian(sigma: number): Kernel {
  const height = 1 / (sigma * Math.sqrt(2 * Math.PI));
  return (offset) => {
    const u = offset / sigma;
    return u * u > 100 ? 0 : height * Math.exp(-0.5 * u * u);
  };
}

/** Uniform on [0, length] plus a normal deviation. */
function smearedUniform(length: number, sigma: number): Kernel {
  return (offset) => {
    if (offset < -9 * sigma || offset > length + 9 * sigma) return 0;
    return (normalCdf(offset / sigma) - normalCdf((offset - length) / sigma)) / length;
  };
}

function blurred(nodes: readonly Node[], kernel: Kernel, scale: number, window: Density["window"]): Density {
  return {
    scale,
    window,
    at(x, y) {
      let sum = 0;
      for (const node of nodes) {
        const across = kernel(x - node.x);
        if (across !== 0) sum += node.weight * across * kernel(y - node.y);
      }
      return sum;
    },
    on(xs, ys) {
      const values = new Float64Array(xs.length * ys.length);
      for (const node of nodes) {
        const up = Float64Array.from(ys, (y) => kernel(y - node.y));
        xs.forEach((x, i) => {
          const factor = node.weight * kernel(x - node.x);
          if (factor === 0) return;
          const row = i * ys.length;
          for (let j = 0; j < up.length; j++) values[row + j] = (values[row + j] as number) + factor * (up[j] as number);
        });
      }
      return values;
    },
  };
}

const square = (reach: number): Density["window"] => [
  [-reach, reach],
  [-reach, reach],
];

/** Even angles on a circle: the trapezoidal rule of a periodic function converges faster than any power. */
function circle(radius: number, weight: number, n: number): Node[] {
  return Array.from({ length: n }, (_, i) => {
    const angle = (2 * Math.PI * i) / n;
    return { x: radius * Math.cos(angle), y: radius * Math.sin(angle), weight: weight / n };
  });
}

function curve(
  point: (t: number) => readonly [number, number],
  density: (t: number) => number,
  from: number,
  to: number,
  n: number,
): Node[] {
  return gaussLegendre(n, from, to).map(({ node, weight }) => {
    const [x, y] = point(node);
    return { x, y, weight: weight * density(node) };
  });
}

/** FFJORD divides by 1.414, not by √2. */
const DIVISOR = 1414 / 1000;
const eightGaussians = blurred(
  Array.from({ length: 8 }, (_, k) => ({
    x: (4 * Math.cos((k * Math.PI) / 4)) / DIVISOR,
    y: (4 * Math.sin((k * Math.PI) / 4)) / DIVISOR,
    weight: 1 / 8,
  })),
  gaussian(0.5 / DIVISOR),
  0.5 / DIVISOR,
  square(6),
);

const moons = blurred(
  [
    ...curve(
      (t) => [2 * Math.cos(t) - 1, 2 * Math.sin(t) - 0.2],
      () => 0.5 / Math.PI,
      0,
      Math.PI,
      120,
    ),
    ...curve(
      (t) => [2 * (1 - Math.cos(t)) - 1, 2 * (0.5 - Math.sin(t)) - 0.2],
      () => 0.5 / Math.PI,
      0,
      Math.PI,
      120,
    ),
  ],
  gaussian(0.2),
  0.2,
  [
    [-5, 5],
    [-3.2, 3.8],
  ],
);

const circles = blurred([...circle(3, 0.5, 200), ...circle(1.5, 0.5, 200)], gaussian(0.24), 0.24, square(5));
const rings = blurred(
  [3, 2.25, 1.5, 0.75].flatMap((radius) => circle(radius, 0.25, 480)),
  gaussian(0.08),
  0.08,
  square(3.8),
);

const swissroll = blurred(
  curve(
    (t) => [(t * Math.cos(t)) / 5, (t * Math.sin(t)) / 5],
    () => 1 / (3 * Math.PI),
    1.5 * Math.PI,
    4.5 * Math.PI,
    300,
  ),
  gaussian(0.2),
  0.2,
  square(4.8),
);

/** One arm; n = 3π√U has density 2n/(3π)². The other arm is the same seen from behind. */
const arm = blurred(
  curve(
    (n) => [(-n * Math.cos(n)) / 3, (n * Math.sin(n)) / 3],
    (n) => (2 * n) / (3 * Math.PI) ** 2,
    0,
    3 * Math.PI,
    400,
  ),
  smearedUniform(0.5 / 3, 0.1),
  0.1,
  square(4.6),
);
const spirals: Density = {
  ...arm,
  at: (x, y) => (arm.at(x, y) + arm.at(-x, -y)) / 2,
  on(xs, ys) {
    const one = arm.on(xs, ys);
    const other = arm.on(
      xs.map((x) => -x),
      ys.map((y) => -y),
    );
    return one.map((value, i) => (value + (other[i] as number)) / 2);
  },
};

/** Eight squares of side 2: the cell that holds (x, y) is full when the row's and the column's numbers are both even or both odd. */
const checkerboard: Density = {
  scale: 1,
  window: square(4),
  at: (x, y) => (Math.abs(x) > 4 || Math.abs(y) > 4 || (Math.floor(x / 2) + Math.floor(y / 2)) % 2 !== 0 ? 0 : 1 / 32),
  on: (xs, ys) => Float64Array.from(xs.flatMap((x) => ys.map((y) => checkerboard.at(x, y)))),
};

export const densities: Readonly<Record<string, Density>> = {
  "8gaussians": eightGaussians,
  moons,
  circles,
  rings,
  swissroll,
  "2spirals": spirals,
  checkerboard,
  pinwheel,
};

/** Total mass and entropy by the midpoint rule with `perScale` cells for each length on which the density changes. */
export function integrate(density: Density, perScale: number): { mass: number; entropy: number } {
  if (density === pinwheel) return integratePinwheel();
  const [xs, ys] = axesOf(density, perScale);
  const cell = ((xs[1] as number) - (xs[0] as number)) * ((ys[1] as number) - (ys[0] as number));
  let [mass, entropy] = [0, 0];
  for (const p of density.on(xs, ys)) {
    mass += p;
    if (p > 0) entropy -= p * Math.log(p);
  }
  return { mass: mass * cell, entropy: entropy * cell };
}

/** Midpoints of cells that fill a density's window, their number along each side a multiple of `multiple`. */
export function axesOf({ window, scale }: Density, perScale: number, multiple = 1): [number[], number[]] {
  const midpoints = ([low, high]: readonly [number, number]) => {
    const n = multiple * Math.ceil((((high - low) / scale) * perScale) / multiple);
    return Array.from({ length: n }, (_, i) => low + ((i + 0.5) * (high - low)) / n);
  };
  return [midpoints(window[0]), midpoints(window[1])];
}
