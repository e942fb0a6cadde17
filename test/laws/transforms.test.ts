/** The one-dimensional transforms by themselves, with raw numbers far larger than the small networks of the layer laws supply. */
import assert from "node:assert/strict";
import { Random } from "../../src/flows/random";
import type { Mapped } from "../../src/flows/shapes";
import { tf } from "../../src/flows/tf";
import { transformByType, transforms } from "../../src/flows/transforms";
import { onEveryBackend } from "../support/backend";
import { rowsOf } from "../support/cases";
import { hasKernel, withoutKernels } from "../support/kernels";
import { assertClose, assertLogDetIsThatOfTheJacobian, run } from "../support/laws";
import { nextFloat32, risingRoot } from "../support/numeric";
import { knotsOf, rawSizeOf, referenceTransform, type Values } from "../support/reference-transforms";
import { IDENTITY, JACOBIAN, ORACLE_LOG_DET, ORACLE_POINTS, STEEP_LOG_DET, STEEP_POINTS } from "../support/tolerances";

const HIDDEN = 8;
const K = 0.8;

const cases = transforms.flatMap(({ type }) => {
  const definition = transformByType(type);
  return definition.examples.map((input) => {
    const config = definition.config.parse(input) as Record<string, unknown>;
    return { name: `${type} ${JSON.stringify(input)}`, type, definition, config, size: definition.rawSize(config) };
  });
});
type Case = (typeof cases)[number];

interface Batch {
  readonly n: number;
  readonly m: number;
  readonly points: Float32Array;
  readonly raw: Float32Array;
}

/** n points of m coordinates, and raw numbers of a spread, for each of them. */
function batch({ name, size, config }: Case, n: number, m: number, spread: number): Batch {
  const random = new Random("transform", name, n, m, spread);
  const reach = 1.2 * ((config.bound as number | undefined) ?? 3);
  return {
    n,
    m,
    points: Float32Array.from({ length: n * m }, () => reach * (2 * random.uniform() - 1)),
    raw: Float32Array.from({ length: n * m * size }, () => spread * random.normal()),
  };
}

function mapOf(of: Case, { n, m, raw }: Batch, direction: "forward" | "inverse") {
  return (points: tf.Tensor2D): Mapped =>
    of.definition[direction](points, tf.tensor2d(raw, [n, m * of.size]), of.config, { k: tf.scalar(K) }, HIDDEN);
}

/** The oracle's map of each number of the batch. */
function oracles({ type, size, config }: Case, { points, raw }: Batch): ((z: number) => number)[] {
  const values: Values = { k: [Math.fround(K)] };
  return Array.from(points, (_, i) => referenceTransform(type, [...raw.slice(i * size, (i + 1) * size)], config, values, HIDDEN));
}

/** log of the slope by differences, short enough for the thinnest bins. */
const logSlope = (map: (z: number) => number, z: number) => Math.log((map(z + 1e-7) - map(z - 1e-7)) / 2e-7);
const sums = (values: readonly number[], m: number) => rowsOf(values, m).map((row) => row.reduce((sum, value) => sum + value, 0));

describe("every transform", () => {
  onEveryBackend(() => {
    for (const of of cases) describe(of.name, () => laws(of));
    for (const of of cases.filter(hasKernel)) withoutKernels(of.name, () => laws(of));
  });
});

function laws(of: Case): void {
  it("takes as many raw numbers for each coordinate as the formula has", () => {
    assert.equal(of.size, rawSizeOf(of.type, of.config));
    assert.equal(of.definition.identity(of.config).length, of.size);
  });

  it("at the raw numbers that it calls the identity, changes nothing (a sigmoid: less than one part in a thousand)", () => {
    const given = batch(of, 40, 2, 0);
    const identity = of.definition.identity(of.config);
    const raw = given.raw.map((_, i) => identity[i % of.size] as number);
    const image = run(mapOf(of, { ...given, raw }, "forward"), given.points, 2);
    const sigmoid = (of.config.scaleMap as { type: string } | undefined)?.type === "glow";
    const tolerance = sigmoid ? { abs: 2e-3, rel: 1e-3 } : IDENTITY;
    assertClose(image.points, given.points, tolerance, "points");
    assertClose(image.logDet, new Float32Array(40), tolerance, "log-det");
  });

  it("gives each coordinate its own raw numbers, in order: values and log-dets are those of the oracle", () => {
    const given = batch(of, 60, 3, 0.8);
    const maps = oracles(of, given);
    const there = run(mapOf(of, given, "forward"), given.points, 3);
    assertClose(
      there.points,
      maps.map((map, i) => map(given.points[i] as number)),
      ORACLE_POINTS,
      "forward",
    );
    assertClose(
      there.logDet,
      sums(
        maps.map((map, i) => logSlope(map, given.points[i] as number)),
        3,
      ),
      ORACLE_LOG_DET,
      "log-det of forward",
    );
    const back = run(mapOf(of, given, "inverse"), given.points, 3);
    const roots = maps.map((map, i) => risingRoot((z) => map(z) - (given.points[i] as number), -5, 5));
    assertClose(back.points, roots, ORACLE_POINTS, "inverse");
    assertClose(
      back.logDet,
      sums(
        maps.map((map, i) => -logSlope(map, roots[i] as number)),
        3,
      ),
      ORACLE_LOG_DET,
      "log-det of inverse",
    );
  });

  it("has the log-det of its autodiff Jacobian, for three coordinates at once", () => {
    const given = batch(of, 20, 3, 0.8);
    for (const direction of ["forward", "inverse"] as const)
      assertLogDetIsThatOfTheJacobian(mapOf(of, given, direction), given.points, 3, JACOBIAN);
  });

  it("with raw numbers as large as a trained network's, is undone where it spreads, and its density is that of the oracle", () => {
    const given = batch(of, 2000, 1, 5);
    const maps = oracles(of, given);
    const back = run(mapOf(of, given, "inverse"), given.points, 1);
    const roots = maps.map((map, i) => risingRoot((z) => map(z) - (given.points[i] as number), -5, 5));
    assertClose(back.points, roots, STEEP_POINTS, "inverse");
    assertClose(
      back.logDet,
      maps.map((map, i) => -logSlope(map, roots[i] as number)),
      STEEP_LOG_DET,
      "log-det of inverse",
    );
  });

  it("with raw numbers of 100, has finite log-dets and gradients in both directions", () => {
    const unbounded = (of.config.scaleMap as { type: string } | undefined)?.type;
    const given = batch(of, 2000, 1, unbounded === "exp" || unbounded === "glow" ? 10 : 100);
    tf.tidy(() => {
      const { forward, inverse } = of.definition;
      for (const map of [forward, inverse]) {
        const [x, raw] = [tf.tensor2d(given.points, [2000, 1]), tf.tensor2d(given.raw, [2000, of.size])];
        const image = map(x, raw, of.config, { k: tf.scalar(K) }, HIDDEN);
        const slopes = tf.grads((a, b) => {
          const { points, logDet } = map(a as tf.Tensor2D, b as tf.Tensor2D, of.config, { k: tf.scalar(K) }, HIDDEN);
          return points.sum().add(logDet.sum());
        })([x, raw]);
        for (const tensor of [image.points, image.logDet, ...slopes]) assert.ok(tensor.dataSync().every(Number.isFinite));
      }
    });
  });

  if (of.type === "rqs")
    it("on the knots of its steepest bins, where rounding can carry a point out of its bin, stays finite there and back", () => {
      const random = new Random("steep knots", of.name);
      const sets = Array.from({ length: 400 }, () => Array.from({ length: of.size }, () => Math.fround(20 * random.normal())));
      const knots = sets.map((raw) => knotsOf(raw, of.config, HIDDEN));
      for (const [direction, side] of [
        ["forward", "z"],
        ["inverse", "y"],
      ] as const) {
        const at = knots.flatMap((knot) => knot[side].flatMap((value) => [value, nextFloat32(value, 1), nextFloat32(value, -1)]));
        const raw = sets.flatMap((set, i) => at.slice(0, 3 * (knots[i]?.z.length as number)).flatMap(() => set));
        const given: Batch = { n: at.length, m: 1, points: Float32Array.from(at), raw: Float32Array.from(raw) };
        const there = run(mapOf(of, given, direction), given.points, 1);
        const back = run(mapOf(of, given, direction === "forward" ? "inverse" : "forward"), there.points, 1);
        for (const values of [there.points, there.logDet, back.points, back.logDet]) assert.ok(values.every(Number.isFinite));
      }
    });
}
