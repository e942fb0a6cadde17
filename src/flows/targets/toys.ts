/**
 * The eight canonical two-dimensional toys, in the scaling of FFJORD. U is uniform on [0, 1), N standard normal.
 * Entropies were found by deterministic quadrature in double precision (total mass 1.0000 in every case); test/laws/floors.test.ts repeats it.
 */
import { z } from "zod";
import type { Random } from "../random";
import { defineTarget, TOY_REFERENCE as reference } from "./target";

const none = z.object({});

export const checkerboard = defineTarget({
  type: "checkerboard",
  title: "Checkerboard",
  summary: "Eight squares of side 2 with hard edges: no smooth map fits it exactly.",
  formula: "x₁ = 4U − 2;  x₂ = U − 2·Bernoulli(½) + (⌊x₁⌋ mod 2);  both × 2",
  reference,
  config: none,
  entropy: () => Math.log(32), // uniform on eight squares of area 4
  draw(random) {
    const x = random.uniform() * 4 - 2;
    const y = random.uniform() - 2 * random.integer(2) + modulo2(Math.floor(x));
    return [2 * x, 2 * y];
  },
});

// biome-ignore lint/suspicious/noApproximativeNumericConstant: FFJORD divides by 1.414, not by √2
const EIGHT_GAUSSIANS_SCALE = 1.414;
const EIGHT_CENTRES = Array.from({ length: 8 }, (_, k) => [Math.cos((k * Math.PI) / 4), Math.sin((k * Math.PI) / 4)] as const);
export const eightGaussians = defineTarget({
  type: "8gaussians",
  title: "Eight Gaussians",
  summary: "Eight separate islands on a circle: a flow from one normal has to stretch thin bridges between them.",
  formula: "(4 (cos kπ/4, sin kπ/4) + ½N) / 1.414",
  reference,
  config: none,
  entropy: () => 2.83188,
  draw(random) {
    const [x, y] = EIGHT_CENTRES[random.integer(8)] as readonly [number, number];
    return [(4 * x + 0.5 * random.normal()) / EIGHT_GAUSSIANS_SCALE, (4 * y + 0.5 * random.normal()) / EIGHT_GAUSSIANS_SCALE];
  },
});

const MOONS_NOISE = 0.1;
export const moons = defineTarget({
  type: "moons",
  title: "Two moons",
  summary: "Two interleaved half circles with noise.",
  formula: "upper (cos θ, sin θ), lower (1 − cos θ, ½ − sin θ), θ even on [0, π]; + noise·N; × 2 + (−1, −0.2)",
  reference,
  config: z.object({
    noise: z
      .number()
      .positive()
      .max(1)
      .default(MOONS_NOISE)
      .describe("Deviation before the scaling by 2. The floor is known for 0.1 only."),
  }),
  entropy: ({ noise }) => (noise === MOONS_NOISE ? 2.39388 : null),
  draw(random, { noise }) {
    const angle = Math.PI * random.uniform();
    const lower = random.integer(2) === 1;
    const x = lower ? 1 - Math.cos(angle) : Math.cos(angle);
    const y = lower ? 0.5 - Math.sin(angle) : Math.sin(angle);
    return [2 * (x + noise * random.normal()) - 1, 2 * (y + noise * random.normal()) - 0.2];
  },
});

export const circles = defineTarget({
  type: "circles",
  title: "Two circles",
  summary: "One circle inside another: a flow cannot make a hole, only a very thin place.",
  formula: "radius 1 or ½ with equal chance, even angle, + 0.08 N; × 3",
  reference,
  config: none,
  entropy: () => 3.26814,
  draw(random) {
    const [x, y] = onCircle(random, random.integer(2) === 1 ? 0.5 : 1);
    return [3 * (x + 0.08 * random.normal()), 3 * (y + 0.08 * random.normal())];
  },
});

export const rings = defineTarget({
  type: "rings",
  title: "Four rings",
  summary: "Four thin concentric rings: the hardest of the toys.",
  formula: "radius 3, 2.25, 1.5 or 0.75 with equal chance, even angle, + 0.08 N",
  reference,
  config: none,
  entropy: () => 2.62318,
  draw(random) {
    const [x, y] = onCircle(random, 0.75 * (1 + random.integer(4)));
    return [x + 0.08 * random.normal(), y + 0.08 * random.normal()];
  },
});

export const swissroll = defineTarget({
  type: "swissroll",
  title: "Swiss roll",
  summary: "A spiral of one and a half turns with noise.",
  formula: "t = 1.5π (1 + 2U);  (t cos t + N, t sin t + N) / 5",
  reference,
  config: none,
  entropy: () => 2.66965,
  draw(random) {
    const t = 1.5 * Math.PI * (1 + 2 * random.uniform());
    return [(t * Math.cos(t) + random.normal()) / 5, (t * Math.sin(t) + random.normal()) / 5];
  },
});

export const spirals = defineTarget({
  type: "2spirals",
  title: "Two spirals",
  summary: "Two interleaved arms of one and a half turns.",
  formula: "n = 3π √U;  ±(−n cos n + ½U′, n sin n + ½U″)/3 + 0.1 N",
  reference,
  config: none,
  entropy: () => 2.64545,
  draw(random) {
    const n = Math.sqrt(random.uniform()) * 3 * Math.PI;
    const sign = random.integer(2) === 1 ? -1 : 1;
    const x = -n * Math.cos(n) + 0.5 * random.uniform();
    const y = n * Math.sin(n) + 0.5 * random.uniform();
    return [(sign * x) / 3 + 0.1 * random.normal(), (sign * y) / 3 + 0.1 * random.normal()];
  },
});

export const pinwheel = defineTarget({
  type: "pinwheel",
  title: "Pinwheel",
  summary: "Five bent arms.",
  formula: "arm k of 5; a = 1 + 0.3N, b = 0.1N, φ = 2πk/5 + ¼eᵃ;  2 (a cos φ + b sin φ, −a sin φ + b cos φ)",
  reference,
  config: none,
  entropy: () => 2.31779, // quadrature of the analytic density; all roots of the change of variables count
  draw(random) {
    const a = 1 + 0.3 * random.normal();
    const b = 0.1 * random.normal();
    const angle = (2 * Math.PI * random.integer(5)) / 5 + 0.25 * Math.exp(a);
    return [2 * (a * Math.cos(angle) + b * Math.sin(angle)), 2 * (-a * Math.sin(angle) + b * Math.cos(angle))];
  },
});

function onCircle(random: Random, radius: number): readonly [number, number] {
  const angle = 2 * Math.PI * random.uniform();
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

/** Remainder in {0, 1} also for negative numbers. */
function modulo2(n: number): number {
  return ((n % 2) + 2) % 2;
}
