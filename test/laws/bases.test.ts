/** The laws of every base distribution, generated from the catalogue. */
import assert from "node:assert/strict";
import { baseByType, bases } from "../../src/flows/distributions";
import { ParameterLayout } from "../../src/flows/parameters";
import { Random } from "../../src/flows/random";
import type { ParameterValues } from "../../src/flows/shapes";
import { tf } from "../../src/flows/tf";
import { onEveryBackend } from "../support/backend";
import { pointsOf, rowsOf } from "../support/cases";
import { assertClose } from "../support/laws";
import { mean, nextFloat32, standardError } from "../support/numeric";
import { projectedCdf, projectedMoments, referenceLogProb } from "../support/reference-bases";
import type { Values } from "../support/reference-transforms";
import { BASE_MASS, EXACT, GRADIENT, KS_LIMIT, LOG_DENSITY, STANDARD_ERRORS } from "../support/tolerances";

const OWNER = "base";

const cases = bases.flatMap(({ type }) => {
  const definition = baseByType(type);
  return definition.examples.flatMap((input) =>
    [1, 2, 3, 8].map((d) => {
      const config = definition.config.parse(input) as Record<string, unknown>;
      const layout = new ParameterLayout([{ id: OWNER, specs: definition.parameters(config, d), trainable: true }]);
      const random = new Random("bases", type, d);
      const flat = layout.initial(3).map((value) => value + 0.3 * random.normal());
      return { name: `${type} ${JSON.stringify(input)} in ${d}-D`, type, definition, config, layout, flat, d };
    }),
  );
});
type Case = (typeof cases)[number];

const tensors = ({ layout, flat }: Case): ParameterValues => layout.group(layout.tensors(flat)).get(OWNER) ?? {};

function numbers({ layout }: Case, flat: ArrayLike<number>): Values {
  return Object.fromEntries(
    layout.slots.map(({ name, offset, size }) => [name, Array.from({ length: size }, (_, i) => flat[offset + i] as number)]),
  );
}

function logProb(of: Case, points: Float32Array): Float32Array {
  return tf.tidy(() =>
    of.definition
      .logProb(tf.tensor2d(points, [points.length / of.d, of.d]), tensors(of), of.config)
      .dataSync<"float32">()
      .slice(),
  );
}

function samples(of: Case, n: number, seed: number): Float32Array {
  const values = Object.fromEntries(of.layout.slots.map(({ name, offset, size }) => [name, of.flat.subarray(offset, offset + size)]));
  return of.definition.sample(n, of.d, values, of.config, new Random("samples", seed));
}

/** Kolmogorov–Smirnov: √n times the largest distance between the empirical and the given distribution function. */
function kolmogorovSmirnov(values: Float64Array, cdf: (at: number) => number): number {
  const sorted = values.sort();
  const n = sorted.length;
  return sorted.reduce((worst, value, i) => Math.max(worst, (i + 1) / n - cdf(value), cdf(value) - i / n), 0) * Math.sqrt(n);
}

describe("every base distribution", () => {
  onEveryBackend(() => {
    for (const of of cases) describe(of.name, () => densityLaws(of));
  });

  for (const of of cases.filter(({ d }) => d <= 3)) describe(of.name, () => samplingLaws(of));
});

function densityLaws(of: Case): void {
  const { d, type, config } = of;

  it("its log-density is that of the double-precision oracle", () => {
    const points = pointsOf(d, 64, "bases");
    const expected = rowsOf(points, d).map((z) => referenceLogProb(type, config, numbers(of, of.flat), z));
    assertClose(logProb(of, points), expected, LOG_DENSITY, "log p");
  });

  if (d <= 2)
    it("its density integrates to 1 on a grid", () => {
      const [reach, cells] = [12, d === 1 ? 4800 : 240]; // midpoints; the uniform's edges are multiples of the cell
      const side = (2 * reach) / cells;
      const line = Array.from({ length: cells }, (_, i) => -reach + (i + 0.5) * side);
      const grid = d === 1 ? line : line.flatMap((x) => line.flatMap((y) => [x, y]));
      const total = logProb(of, Float32Array.from(grid)).reduce((sum, value) => sum + Math.exp(value), 0) * side ** d;
      assertClose([total], [1], BASE_MASS, "mass");
    });

  it("gradients with respect to the parameters and the points are those of the oracle", () => {
    const points = samples(of, 5, 4).map((value) => 0.9 * value);
    const loss = (flat: ArrayLike<number>, at: ArrayLike<number>) =>
      rowsOf(at, d).reduce((sum, z, row) => sum + (row + 1) * referenceLogProb(type, config, numbers(of, flat), z), 0);
    const difference = (f: (at: Float64Array) => number, at: ArrayLike<number>) =>
      Array.from(at, (_, i) => {
        const moved = (by: number) => f(Float64Array.from(at, (value, j) => (i === j ? value + by : value)));
        return (moved(1e-5) - moved(-1e-5)) / 2e-5;
      });
    const found = tf.tidy(() => {
      const values = tensors(of);
      const names = Object.keys(values);
      const rows = tf.tensor1d([1, 2, 3, 4, 5]);
      const gradients = tf.grads((x, ...rest) => {
        const given = Object.fromEntries(names.map((name, i) => [name, rest[i] as tf.Tensor]));
        return of.definition
          .logProb(x as tf.Tensor2D, given, config)
          .mul(rows)
          .sum();
      })([tf.tensor2d(points, [5, d]), ...Object.values(values)]);
      return gradients.map((gradient) => [...gradient.dataSync()]);
    });
    assertClose(
      found[0] ?? [],
      difference((at) => loss(of.flat, at), points),
      GRADIENT,
      "gradient of the points",
    );
    assertClose(
      found.slice(1).flat(),
      difference((flat) => loss(flat, points), of.flat),
      GRADIENT,
      "gradient of the parameters",
    );
  });

  it("leaves no tensor behind and gives one number for each point, for a single point as well", () => {
    const before = tf.memory().numTensors;
    for (const n of [1, 7]) assert.equal(logProb(of, pointsOf(d, n)).length, n);
    assert.equal(tf.memory().numTensors, before);
  });

  if (type === "uniform")
    it("outside its box log p is −∞, and on the edge, which samples can reach by rounding, it is not", () => {
      const { low, high } = config as { low: number; high: number };
      const at = (value: number) => Float32Array.from({ length: d }, (_, i) => (i === d - 1 ? value : (low + high) / 2));
      const outside = [nextFloat32(low, -1), nextFloat32(high, 1), 1e6, -1e6].map((value) => logProb(of, at(value))[0] as number);
      assertClose(outside, new Array(4).fill(Number.NEGATIVE_INFINITY), EXACT, "outside");
      const within = [low, high, nextFloat32(low, 1), nextFloat32(high, -1)].map((value) => logProb(of, at(value))[0] as number);
      assertClose(within, new Array(4).fill(-d * Math.log(high - low)), LOG_DENSITY, "on the edge and inside");
    });
  else
    it("far away log p is a huge negative number, finite where float32 can hold it", () => {
      const far = pointsOf(d, 8, "far").map((value) => 1e6 * Math.sign(value));
      const expected = rowsOf(far, d).map((z) => referenceLogProb(type, config, numbers(of, of.flat), z));
      assertClose(logProb(of, far), expected, LOG_DENSITY, "log p at ±1e6");
    });
}

function samplingLaws(of: Case): void {
  const { d, type, config } = of;
  const values = numbers(of, of.flat);
  const N = 2000;

  const axes = Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => (i === j ? 1 : 0)));
  const lines = type === "uniform" ? axes : [...axes, Array.from({ length: d }, (_, i) => (i % 2 === 0 ? 0.6 : -0.8))];
  const project = (points: Float32Array, v: readonly number[]) =>
    Float64Array.from(rowsOf(points, d), (z) => z.reduce((sum, value, i) => sum + value * (v[i] as number), 0));

  it("samples of 20 seeds follow the density along every axis, and along a slanted line", () => {
    for (let seed = 0; seed < 20; seed++) {
      const points = samples(of, N, seed);
      for (const v of lines) {
        const distance = kolmogorovSmirnov(project(points, v), projectedCdf(type, config, values, v));
        assert.ok(distance < KS_LIMIT, `seed ${seed} along (${v}): √n·D = ${distance}`);
      }
    }
  });

  it("the mean and the variance of 40,000 samples are those of the density", () => {
    const points = samples(of, 20 * N, 22);
    for (const v of lines) {
      const expected = projectedMoments(type, config, values, v);
      const at = project(points, v);
      const squares = at.map((value) => (value - expected.mean) ** 2);
      assert.ok(Math.abs(mean(at) - expected.mean) < STANDARD_ERRORS * standardError(at), `mean along (${v})`);
      assert.ok(Math.abs(mean(squares) - expected.variance) < STANDARD_ERRORS * standardError(squares), `variance along (${v})`);
    }
  });

  if (type === "uniform" && d > 1)
    it("coordinates of a sample are not correlated", () => {
      const centre = ((config as { low: number }).low + (config as { high: number }).high) / 2;
      const products = rowsOf(samples(of, N, 21), d).map(([x, y]) => ((x as number) - centre) * ((y as number) - centre));
      assert.ok(Math.abs(mean(products)) < STANDARD_ERRORS * standardError(products));
    });

  it("the same seed gives the same samples, another seed gives others", () => {
    assert.deepEqual(samples(of, 10, 5), samples(of, 10, 5));
    assert.notDeepEqual(samples(of, 10, 5), samples(of, 10, 6));
  });
}
