/** The density of the pinwheel in double precision, by a change of variables from its two normal numbers. */
import type { Density } from "./densities";
import { gaussLegendre, linspace } from "./numeric";

function normalDensity(x: number, deviation: number): number {
  return Math.exp(-0.5 * (x / deviation) ** 2) / (deviation * Math.sqrt(2 * Math.PI));
}

/**
 * Change of variables. With u = (x, y)/2 and φ_k(a) = 2πk/5 + ¼eᵃ, (a, b) = (u₁ cos φ − u₂ sin φ, u₁ sin φ + u₂ cos φ), so a solves
 * g(a) = a − u₁ cos φ(a) + u₂ sin φ(a) = 0, and |det ∂(x, y)/∂(a, b)| = 4 |1 + ¼eᵃ b|. All roots within nine deviations of a
 * count, but for pairs closer than a step, which hold less than 1e-8 of the mass.
 */
const ARMS = 5;
const [A_LOW, A_HIGH, A_STEPS] = [-1.7, 3.7, 180];
const aGrid = linspace(A_LOW, A_HIGH, A_STEPS + 1);
export const pinwheel: Density = {
  scale: 0.2,
  window: [
    [-6, 6],
    [-6, 6],
  ],
  at(x, y) {
    const [u1, u2] = [x / 2, y / 2];
    let sum = 0;
    for (let k = 0; k < ARMS; k++) {
      const phi = (a: number) => (2 * Math.PI * k) / ARMS + 0.25 * Math.exp(a);
      const g = (a: number) => a - u1 * Math.cos(phi(a)) + u2 * Math.sin(phi(a));
      let before = g(A_LOW);
      for (let i = 0; i < A_STEPS; i++) {
        const after = g(aGrid[i + 1] as number);
        if (before < 0 !== after < 0) sum += atRoot(bisect(g, aGrid[i] as number, aGrid[i + 1] as number, before < 0), phi, u1, u2);
        before = after;
      }
    }
    return sum / ARMS;
  },
  on: (xs, ys) => Float64Array.from(xs.flatMap((x) => ys.map((y) => pinwheel.at(x, y)))),
};

function atRoot(a: number, phi: (a: number) => number, u1: number, u2: number): number {
  const b = u1 * Math.sin(phi(a)) + u2 * Math.cos(phi(a));
  return (normalDensity(a - 1, 0.3) * normalDensity(b, 0.1)) / (4 * Math.abs(1 + 0.25 * Math.exp(a) * b));
}

function bisect(g: (a: number) => number, low: number, high: number, rising: boolean): number {
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (g(middle) < 0 === rising) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The pinwheel's five arms are copies of each other: polar coordinates, Gauss–Legendre along the radius, even angles over one arm. */
export function integratePinwheel(): { mass: number; entropy: number } {
  const angles = 40;
  let [mass, entropy] = [0, 0];
  for (const { node: radius, weight } of gaussLegendre(120, 0, 6))
    for (let i = 0; i < angles; i++) {
      const angle = (2 * Math.PI * (i + 0.5)) / (ARMS * angles);
      const p = pinwheel.at(radius * Math.cos(angle), radius * Math.sin(angle));
      const cell = (weight * radius * 2 * Math.PI) / angles;
      mass += cell * p;
      if (p > 0) entropy -= cell * p * Math.log(p);
    }
  return { mass, entropy };
}
