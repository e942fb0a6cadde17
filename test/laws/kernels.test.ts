/** Fused kernels against the plain tensor operations that they stand for (invariant 8), and their gradients against differences. */
import assert from "node:assert/strict";
import { useKernels } from "../../src/flows/kernels-setting";
import { Random } from "../../src/flows/random";
import { tf } from "../../src/flows/tf";
import { rqs } from "../../src/flows/transforms/rqs";
import { rationalQuadratic, rationalQuadraticGradient } from "../../src/kernels/rational-quadratic";
import { onEveryBackend } from "../support/backend";
import { DIRECTIONS, type Direction, rowsOf } from "../support/cases";
import { bothWays } from "../support/kernels";
import { assertClose } from "../support/laws";
import { nextFloat32 } from "../support/numeric";
import { knotsOf } from "../support/reference-transforms";
import {
  EXACT,
  KERNEL_DIFFERENCES,
  KERNEL_GRADIENT,
  KERNEL_STEEP_GRADIENT,
  KNOT_LOG_DET,
  KNOT_POINTS,
  ORACLE_LOG_DET,
  ORACLE_POINTS,
  STEEP_LOG_DET,
  STEEP_POINTS,
} from "../support/tolerances";

const HIDDEN = 16;
/** Deviation of raw numbers: of a young network, and of a trained one. */
const MILD = 0.8;
const STEEP = 4;
const STEP = 1e-6;

const cases = (["nsf", "zuko"] as const).flatMap((param) =>
  [2, 5, 8].flatMap((bins) =>
    (param === "nsf" ? [false, true] : [false]).map((scaleLogits) => {
      const config = rqs.config.parse({ bins, bound: 3, param, scaleLogits });
      return { name: `${param}, K = ${bins}${scaleLogits ? ", scaled logits" : ""}`, config, size: 3 * bins - 1 };
    }),
  ),
);
type Case = (typeof cases)[number];

interface Batch {
  readonly points: Float32Array;
  readonly raw: Float32Array;
  readonly m: number;
}

function batch({ name, size }: Case, n: number, m: number, spread: number): Batch {
  const random = new Random("kernel", name, n, m, spread);
  return {
    m,
    points: Float32Array.from({ length: n * m }, () => 3.6 * (2 * random.uniform() - 1)),
    raw: Float32Array.from({ length: n * m * size }, () => spread * random.normal()),
  };
}

/** The same raw numbers for each of the points. */
function alike(points: readonly number[], raw: readonly number[]): Batch {
  return { m: 1, points: Float32Array.from(points), raw: Float32Array.from(points.flatMap(() => raw)) };
}

interface Result {
  readonly value: Float32Array;
  readonly logDet: Float32Array;
  readonly byPoints: Float32Array;
  readonly byRaw: Float32Array;
}

/** Image, log-dets, and the gradients of a weighted sum of both. */
function run({ config, size }: Case, direction: Direction, { points, raw, m }: Batch): Result {
  const n = points.length / m;
  const random = new Random("weights", n, m);
  const weights = (count: number) => Float32Array.from({ length: count }, () => random.normal());
  return tf.tidy(() => {
    const [c, e] = [tf.tensor2d(weights(n * m), [n, m]), tf.tensor1d(weights(n))];
    const given = [tf.tensor2d(points, [n, m]), tf.tensor2d(raw, [n, m * size])] as const;
    const map = (z: tf.Tensor, r: tf.Tensor) => rqs[direction](z as tf.Tensor2D, r as tf.Tensor2D, config, {}, HIDDEN);
    const image = map(...given);
    assert.deepEqual([image.points.shape, image.logDet.shape], [[n, m], [n]]);
    const slopes = tf.grads((z, r) => {
      const mapped = map(z as tf.Tensor, r as tf.Tensor);
      return mapped.points.mul(c).sum().add(mapped.logDet.mul(e).sum());
    })([...given]) as [tf.Tensor, tf.Tensor];
    const [value, logDet, byPoints, byRaw] = [image.points, image.logDet, ...slopes].map((tensor) =>
      Float32Array.from(tensor.dataSync()),
    ) as [Float32Array, Float32Array, Float32Array, Float32Array];
    return { value, logDet, byPoints, byRaw };
  });
}

/** Each row divided by its largest entry: what rounding costs follows the steepest direction. */
function relative(rows: Float32Array, size: number, measure: Float32Array): number[] {
  const measures = rowsOf(measure, size).map((row) => Math.max(1, ...row.map(Math.abs)));
  return rowsOf(rows, size).flatMap((row, i) => row.map((value) => value / (measures[i] as number)));
}

function assertSame(of: Case, direction: Direction, given: Batch, spread: number): void {
  const { fused, plain } = bothWays(() => run(of, direction, given));
  assertClose(fused.value, plain.value, spread === STEEP ? STEEP_POINTS : ORACLE_POINTS, "value");
  assertClose(fused.logDet, plain.logDet, spread === STEEP ? STEEP_LOG_DET : ORACLE_LOG_DET, "log-det");
  const allowed = spread === STEEP ? KERNEL_STEEP_GRADIENT : KERNEL_GRADIENT;
  for (const [by, size] of [
    ["byPoints", 1],
    ["byRaw", of.size],
  ] as const)
    assertClose(relative(fused[by], size, plain[by]), relative(plain[by], size, plain[by]), allowed, by);
}

const finite = (result: Result) => Object.values(result).every((values: Float32Array) => values.every(Number.isFinite));

describe("the spline's kernel", () => {
  for (const of of cases)
    for (const direction of DIRECTIONS)
      for (const spread of [MILD, STEEP])
        it(`${of.name}, ${direction}, raw numbers of spread ${spread}: its gradient is that of central differences in double precision`, () =>
          differences(of, direction, spread));

  onEveryBackend(() => {
    for (const of of cases)
      describe(of.name, () => {
        for (const direction of DIRECTIONS) laws(of, direction);
      });
    used();
  });
});

function differences({ name, config, size }: Case, direction: Direction, spread: number): void {
  const settings = { ...config, logitScale: config.scaleLogits ? 1 / Math.sqrt(HIDDEN) : 1 };
  const random = new Random("differences", name, direction, spread);
  const n = 24;
  const draw = (count: number, scale: number) => Float64Array.from({ length: count }, () => scale * random.normal());
  const given = { points: draw(n, 2), raw: draw(n * size, spread) };
  const weights = { value: draw(n, 1), logSlope: draw(n, 1) };
  /** The weighted sum, one term for each point. */
  const terms = (at: typeof given): Float64Array => {
    const image = { value: new Float64Array(n), logSlope: new Float64Array(n) };
    rationalQuadratic(direction, settings, at, image);
    return image.value.map(
      (value, i) => value * (weights.value[i] as number) + (image.logSlope[i] as number) * (weights.logSlope[i] as number),
    );
  };
  /** Each point has its own term, so that number j of all points can be moved at once. */
  const slopes = (move: (by: number) => typeof given) => {
    const [up, down] = [terms(move(STEP)), terms(move(-STEP))];
    return up.map((value, i) => (value - (down[i] as number)) / (2 * STEP));
  };
  const found = { points: new Float64Array(n), raw: new Float64Array(n * size) };
  rationalQuadraticGradient(direction, settings, given, weights, found);
  assertClose(
    found.points,
    slopes((by) => ({ ...given, points: given.points.map((value) => value + by) })),
    KERNEL_DIFFERENCES,
    "by points",
  );
  for (let j = 0; j < size; j++) {
    const moved = slopes((by) => ({ ...given, raw: given.raw.map((value, i) => (i % size === j ? value + by : value)) }));
    assertClose(
      moved.map((_, i) => found.raw[i * size + j] as number),
      moved,
      KERNEL_DIFFERENCES,
      `by raw number ${j}`,
    );
  }
}

function laws(of: Case, direction: Direction): void {
  const { bins, bound } = of.config;
  const side = direction === "forward" ? "z" : "y";
  const draw = (spread: number) => [...batch(of, 1, 1, spread).raw];

  for (const m of [1, 2])
    for (const spread of [MILD, STEEP])
      it(`${direction}, m = ${m}, raw numbers of spread ${spread}: values, log-dets and gradients are those of plain operations`, () =>
        assertSame(of, direction, batch(of, 200, m, spread), spread));

  it(`${direction} of 1 … 33 points, of the same point many times, and of points with the same raw numbers`, () => {
    for (let n = 1; n <= 33; n++) assertSame(of, direction, batch(of, n, 1, MILD), MILD);
    for (const points of [new Array(20).fill(0.7), [1, 1, -2, 1, -2, 0, 0]]) assertSame(of, direction, alike(points, draw(MILD)), MILD);
  });

  it(`${direction} on the knots, at the edges of the box and one float32 step to either side: values and log-dets agree, all is finite`, () => {
    const raw = draw(MILD);
    const at = [...knotsOf(raw, of.config, HIDDEN)[side], -bound, bound].flatMap((value) => {
      const knot = Math.fround(value);
      return [nextFloat32(knot, -1), knot, nextFloat32(knot, 1)];
    });
    const { fused, plain } = bothWays(() => run(of, direction, alike(at, raw)));
    assertClose(fused.value, plain.value, KNOT_POINTS, "value");
    assertClose(fused.logDet, plain.logDet, KNOT_LOG_DET, "log-det");
    assert.ok(finite(fused));
    const steep = draw(5 * STEEP);
    assert.ok(finite(run(of, direction, alike(knotsOf(steep, of.config, HIDDEN)[side] as number[], steep))));
  });

  if (of.config.param === "zuko" && (bins & (bins - 1)) === 0)
    it(`${direction} on knots that float32 holds exactly: a knot belongs to the bin on its left, for the gradient as well`, () => {
      const exact = { ...of, config: { ...of.config, bound: 4 } };
      const raw = draw(MILD).map((value, j) => (j < 2 * bins ? 0 : value)); // bins of equal sides, slopes of any size
      const knots = Array.from({ length: bins + 1 }, (_, k) => (8 * k) / bins - 4);
      assertSame(exact, direction, alike(knots, raw), MILD);
    });

  it(`${direction} outside the box is the identity, exactly, and leaves the raw numbers alone`, () => {
    const far = [bound, nextFloat32(bound, 1), bound + 1, 1e6, 3e38, Number.POSITIVE_INFINITY];
    const given = alike([...far, ...far.map((value) => -value)], draw(STEEP));
    const { value, logDet, byRaw } = run(of, direction, given);
    assertClose(value, given.points, EXACT, "value");
    assertClose(logDet, new Float32Array(12), EXACT, "log-det");
    assertClose(byRaw, new Float32Array(12 * of.size), EXACT, "gradient of the raw numbers");
  });

  it(`${direction} of what is not a number is not a number, whichever number it is, and the other points keep theirs`, () => {
    const clean = batch(of, 9, 1, MILD);
    const expected = run(of, direction, clean);
    const rest = (values: Float32Array, size: number) => rowsOf(values, size).flatMap((row, i) => (i === 4 ? [] : row));
    for (const inside of [0.3, bound + 1])
      for (let j = 0; j <= of.size; j++) {
        const spoilt = { ...clean, points: clean.points.slice(), raw: clean.raw.slice() };
        spoilt.points[4] = j < of.size ? inside : Number.NaN;
        if (j < of.size) spoilt.raw[4 * of.size + j] = Number.NaN;
        const found = run(of, direction, spoilt);
        for (const shown of [found.value[4], found.logDet[4], found.byPoints[4]]) assert.ok(Number.isNaN(shown), `raw number ${j}`);
        assert.ok(found.byRaw.slice(4 * of.size, 5 * of.size).some(Number.isNaN), `gradient, raw number ${j}`);
        assertClose(rest(found.value, 1), rest(expected.value, 1), EXACT, "other values");
        assertClose(rest(found.byRaw, of.size), rest(expected.byRaw, of.size), EXACT, "other gradients");
      }
  });

  it(`${direction} leaves no tensor behind`, () => {
    const before = tf.memory();
    run(of, direction, batch(of, 40, 2, MILD));
    const after = tf.memory();
    assert.deepEqual([after.numTensors, after.numDataBuffers, after.numBytes], [before.numTensors, before.numDataBuffers, before.numBytes]);
  });
}

function used(): void {
  it("takes the place of most tensor operations when it is on, and of none when it is off", async () => {
    const before = tf.memory().numTensors;
    const operations = async (on: boolean) => {
      useKernels(on);
      const { kernels } = await tf.profile(() => {
        run(cases[0] as Case, "inverse", batch(cases[0] as Case, 8, 1, MILD));
        return [];
      });
      return kernels.length;
    };
    const [plain, fused] = [await operations(false), await operations(true)];
    assert.ok(fused < 50 && plain > 300, `${fused} and ${plain} operations`);
    assert.equal(tf.memory().numTensors, before);
  });
}
