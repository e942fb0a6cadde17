/** Streams of random numbers and the flat array of parameters: what resuming, undo and weights files rest on. */
import assert from "node:assert/strict";
import { ParameterLayout } from "../../src/flows/parameters";
import { Random } from "../../src/flows/random";
import { useBackend } from "../support/backend";
import { pointsOf } from "../support/cases";
import { flowOf, type Part } from "../support/flows";
import { assertClose, run } from "../support/laws";
import { mean, standardError } from "../support/numeric";
import { IDENTITY, STANDARD_ERRORS } from "../support/tolerances";

const N = 40_000;

function near(values: readonly number[], expected: number, what: string): void {
  assert.ok(Math.abs(mean(values) - expected) < STANDARD_ERRORS * standardError(values), `${what}: ${mean(values)} instead of ${expected}`);
}

describe("a random stream", () => {
  const draw = (next: (random: Random) => number, ...key: (string | number)[]) => {
    const random = new Random(...key);
    return Array.from({ length: N }, () => next(random));
  };

  it("of uniform numbers stays in [0, 1) and has the moments of the uniform", () => {
    const values = draw((random) => random.uniform(), 1, "u");
    assert.ok(values.every((value) => value >= 0 && value < 1));
    near(values, 1 / 2, "mean");
    near(
      values.map((value) => (value - 0.5) ** 2),
      1 / 12,
      "variance",
    );
    near(
      values.slice(1).map((value, i) => (value - 0.5) * ((values[i] as number) - 0.5)),
      0,
      "correlation with the one before",
    );
  });

  it("of normal numbers has mean 0, variance 1, no skew and fourth moment 3", () => {
    const values = draw((random) => random.normal(), 2, "n");
    for (const [power, expected] of [
      [1, 0],
      [2, 1],
      [3, 0],
      [4, 3],
    ] as const)
      near(
        values.map((value) => value ** power),
        expected,
        `moment ${power}`,
      );
  });

  it("is a function of its key alone, and keys that differ a little give unrelated numbers", () => {
    assert.deepEqual(
      draw((random) => random.bits(), 3, "batch", 7).slice(0, 20),
      draw((random) => random.bits(), 3, "batch", 7).slice(0, 20),
    );
    const keys: (string | number)[][] = [
      [3, "batch", 7],
      [3, "batch", 8],
      [4, "batch", 7],
      [3, "batc", "h7"],
      [3, "batch7"],
    ];
    assert.equal(new Set(keys.map((key) => new Random(...key).bits())).size, keys.length);
    const first = Array.from({ length: N }, (_, seed) => new Random(seed, "batch", 1).uniform());
    near(first, 1 / 2, "mean of the first numbers of 40,000 seeds");
    near(
      first.slice(1).map((value, i) => (value - 0.5) * ((first[i] as number) - 0.5)),
      0,
      "correlation of neighbouring seeds",
    );
  });

  it("of permutations gives every order equally often", () => {
    const random = new Random(5, "permutations");
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = random.permutation(4).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    assert.equal(counts.size, 24);
    const statistic = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    assert.ok(statistic < 23 + STANDARD_ERRORS * Math.sqrt(2 * 23), `χ² is ${statistic}`);
  });
});

describe("the parameters of a flow", () => {
  const parts: Part[] = [{ type: "planar" }, { type: "rotation" }];

  it("lie one after the other without gaps, each under the key that a weights file uses", () => {
    const { layout } = flowOf(3, parts, { type: "diagNormal" });
    assert.deepEqual(
      layout.slots.map(({ key, size }) => [key, size]),
      [
        ["base.loc", 3],
        ["base.logScale", 3],
        ["planar0.w", 3],
        ["planar0.u", 3],
        ["planar0.b", 1],
        ["rotation1.A", 9],
      ],
    );
    let offset = 0;
    for (const slot of layout.slots) {
      assert.equal(slot.offset, offset);
      offset += slot.size;
    }
    assert.equal(layout.size, offset);
  });

  it("start from their own streams, so that one more layer leaves the others as they were", () => {
    const [short, long] = [flowOf(3, parts), flowOf(3, [...parts, { type: "planar" }])];
    const [one, two] = [short.layout.initial(7), long.layout.initial(7)];
    assert.deepEqual(two.subarray(0, one.length), one);
    assert.notDeepEqual(short.layout.initial(8), one);
  });

  it("start as their entry says: constants, lists, normal numbers of a deviation, uniform numbers within a bound", () => {
    const layout = new ParameterLayout([
      {
        id: "a",
        trainable: true,
        specs: {
          same: { shape: [3], init: { kind: "constant", value: 1.5 }, doc: "" },
          list: { shape: [2], init: { kind: "constant", value: [1, 2] }, doc: "" },
          normal: { shape: [100, 100], init: { kind: "normal", sd: 0.1 }, doc: "" },
          uniform: { shape: [100, 100], init: { kind: "uniform", bound: 0.5 }, doc: "" },
        },
      },
    ]);
    const flat = layout.initial(1);
    const values = (name: string) => {
      const slot = layout.slots.find((candidate) => candidate.name === name);
      return [...flat.subarray(slot?.offset, (slot?.offset ?? 0) + (slot?.size ?? 0))];
    };
    assert.deepEqual(
      [values("same"), values("list")],
      [
        [1.5, 1.5, 1.5],
        [1, 2],
      ],
    );
    near(values("normal"), 0, "mean");
    near(
      values("normal").map((value) => value * value),
      0.01,
      "variance",
    );
    assert.ok(values("uniform").every((value) => Math.abs(value) <= 0.5));
    near(
      values("uniform").map((value) => value * value),
      0.25 / 3,
      "variance",
    );
  });

  it("of a fresh coupling make it the identity", async () => {
    await useBackend("cpu");
    const net = { type: "mlp", hidden: [6], activation: "tanh" };
    const points = pointsOf(2, 20, "fresh");
    for (const transform of [{ type: "additive" }, { type: "affine" }, { type: "rqs" }]) {
      const flow = flowOf(2, [{ type: "coupling", mask: [1, 0], transform, net }]);
      const image = run((z) => flow.bind(flow.layout.tensors(flow.layout.initial(3))).toData(1, z), points, 2);
      assertClose(image.points, points, IDENTITY, transform.type);
      assertClose(image.logDet, new Float32Array(20), IDENTITY, `log-det of ${transform.type}`);
    }
  });
});
