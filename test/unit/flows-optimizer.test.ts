/** The optimizer and the learning rate by themselves, against the textbook in double precision. */
import assert from "node:assert/strict";
import { Random } from "../../src/flows/random";
import { adamInitial, adamUpdate } from "../../src/flows/training/adam";
import { learningRate } from "../../src/flows/training/schedule";
import { TRAIN } from "../support/flows";
import { assertClose } from "../support/laws";
import { ADAM } from "../support/tolerances";

const SIZE = 7;
const STEPS = 50;

/** Kingma and Ba 2015, algorithm 1, line by line, and Loshchilov and Hutter's decay beside it. */
function textbook(start: ArrayLike<number>, gradients: readonly Float64Array[], rate: number, decay: number): Float64Array {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
  const theta = Float64Array.from(start);
  const m = new Float64Array(SIZE);
  const v = new Float64Array(SIZE);
  gradients.forEach((gradient, index) => {
    const t = index + 1;
    gradient.forEach((g, i) => {
      m[i] = beta1 * (m[i] as number) + (1 - beta1) * g;
      v[i] = beta2 * (v[i] as number) + (1 - beta2) * g * g;
      const mHat = (m[i] as number) / (1 - beta1 ** t);
      const vHat = (v[i] as number) / (1 - beta2 ** t);
      theta[i] = (theta[i] as number) - (rate * mHat) / (Math.sqrt(vHat) + epsilon) - rate * decay * (theta[i] as number);
    });
  });
  return theta;
}

describe("Adam", () => {
  for (const { name, weightDecay, scale } of [
    { name: "without weight decay", weightDecay: 0, scale: 1 },
    { name: "with decoupled weight decay", weightDecay: 0.05, scale: 1 },
    { name: "with gradients that are clipped by a factor", weightDecay: 0, scale: 0.03 },
  ])
    it(`${name}, is where the textbook is after 50 steps`, () => {
      const random = new Random("adam");
      const start = Float32Array.from({ length: SIZE }, () => random.normal());
      const gradients = Array.from({ length: STEPS }, () =>
        Float32Array.from({ length: SIZE }, (_, i) => 10 ** (i - 4) * (random.normal() + 0.5)),
      );
      const parameters = start.slice();
      const state = adamInitial(SIZE);
      gradients.forEach((gradient, index) => {
        adamUpdate(parameters, gradient, state, { step: index + 1, rate: 1e-2, weightDecay, scale });
      });
      const scaled = gradients.map((gradient) => Float64Array.from(gradient, (g) => g * scale));
      assertClose(parameters, textbook(start, scaled, 1e-2, weightDecay), ADAM, "parameters");
    });
});

describe("the learning rate", () => {
  it("of a cosine schedule starts at lr, is half of it halfway, and 0 at the end and beyond", () => {
    const train = { ...TRAIN, steps: 100, schedule: { type: "cosine" } } as const;
    assertClose(
      [1, 51, 101, 250].map((step) => learningRate(train, step)),
      [1e-3, 5e-4, 0, 0],
      { abs: 1e-15, rel: 1e-12 },
      "rate",
    );
    const all = Array.from({ length: 101 }, (_, i) => learningRate(train, i + 1));
    assert.ok(
      all.every((rate, i) => i === 0 || rate < (all[i - 1] as number)),
      "it only falls",
    );
  });

  it("of a constant schedule is lr at every step", () => {
    const train = { ...TRAIN, steps: 100, schedule: { type: "constant" } } as const;
    assert.deepEqual(
      [1, 50, 100].map((step) => learningRate(train, step)),
      [1e-3, 1e-3, 1e-3],
    );
  });
});
