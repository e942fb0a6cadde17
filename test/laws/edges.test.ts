/** The rims of the domain: huge, tiny and subnormal numbers, knots and box edges one float32 step to either side, batches all outside. */
import assert from "node:assert/strict";
import { tf } from "../../src/flows/tf";
import { onEveryBackend } from "../support/backend";
import { DIRECTIONS, type Direction, type LayerCase, layerCases, Parameters, rowsOf } from "../support/cases";
import { hasKernel, withoutKernels } from "../support/kernels";
import { assertClose, run } from "../support/laws";
import { nextFloat32 } from "../support/numeric";
import { knotsOf, referenceMlp } from "../support/reference-transforms";
import { EXACT, HUGE_POINTS, KNOT_LOG_DET, KNOT_POINTS } from "../support/tolerances";

const HUGE = 1e6;
/** Spread of the parameters here: steep enough bins, but no log-slope that changes visibly within one float32 step. */
const CALM = 0.35;
const TINY = [0, -0, 1e-40, -1e-40, 2 ** -149, -(2 ** -149), 2 ** -126];
const LARGEST_FLOAT32 = 3.4028234663852886e38;

/** Scale maps without an upper bound: e^a and 1/σ(a + 2) leave float32 when the network sees 1e6. The reference says where. */
const OVERFLOWS = new Set(["exp", "glow"]);

function scaleMapOf({ config }: LayerCase): string | undefined {
  return (config.transform as { scaleMap?: { type: string } } | undefined)?.scaleMap?.type;
}

/** A usual point with each coordinate in turn, and then all of them, replaced by each of the values. */
function replaced(d: number, values: readonly number[]): Float32Array {
  const usual = Array.from({ length: d }, (_, i) => 0.7 * (i % 2 === 0 ? 1 : -1) - 0.1 * i);
  const rows = values.flatMap((value) => [
    ...usual.map((_, j) => usual.map((other, i) => (i === j ? value : other))),
    usual.map(() => value),
  ]);
  return Float32Array.from(rows.flat());
}

/** Gradients of Σ y + Σ log-det with respect to points and parameters, in one list. */
function gradients(parameters: Parameters, direction: Direction, points: Float32Array): number[] {
  const { d } = parameters.of.context;
  return tf.tidy(() => {
    const values = parameters.tensors();
    const names = Object.keys(values);
    const found = tf.grads((x, ...tensors) => {
      const given = Object.fromEntries(names.map((name, i) => [name, tensors[i] as tf.Tensor]));
      const image = parameters.map(direction, x as tf.Tensor2D, given);
      return image.points.sum().add(image.logDet.sum());
    })([tf.tensor2d(points, [points.length / d, d]), ...Object.values(values)]);
    return found.flatMap((gradient) => [...gradient.dataSync()]);
  });
}

function assertFinite(values: ArrayLike<number>, what: string): void {
  for (let i = 0; i < values.length; i++) assert.ok(Number.isFinite(values[i]), `${what}: element ${i} is ${values[i]}`);
}

describe("at the rims of the domain, every layer", () => {
  onEveryBackend(() => {
    for (const layer of layerCases) describe(layer.name, () => laws(layer));
    for (const layer of layerCases.filter(hasKernel)) withoutKernels(layer.name, () => laws(layer));
  });
});

function laws(layer: LayerCase): void {
  const { d } = layer.context;
  const parameters = new Parameters(layer, 2, CALM);

  for (const direction of DIRECTIONS) {
    it(`${direction} of ±1e6 is what the oracle says, and finite wherever float32 can hold it`, () => {
      const points = replaced(d, [HUGE, -HUGE]);
      const { points: images, logDet } = run((x) => parameters.map(direction, x), points, d);
      const exact = rowsOf(points, d).flatMap((row) => parameters.reference()[direction](row));
      exact.forEach((value, i) => {
        if (Math.abs(value) < LARGEST_FLOAT32) return;
        assert.ok(OVERFLOWS.has(scaleMapOf(layer) ?? ""), `the oracle finds ${value}, but the scale is bounded`);
        assert.equal(Math.abs(images[i] as number), Number.POSITIVE_INFINITY, "an overflow is an infinity, not a wrong number");
      });
      const held = exact.map((value, i) => (Math.abs(value) < LARGEST_FLOAT32 ? value : (images[i] as number)));
      assertClose(images, held, HUGE_POINTS, "image");
      assertFinite(logDet, "log-det");
    });

    it(`gradients of ${direction} are finite out there as well`, () => {
      const far = OVERFLOWS.has(scaleMapOf(layer) ?? "") ? 30 : HUGE;
      for (const value of [far, -far]) assertFinite(gradients(parameters, direction, replaced(d, [value])), "gradient");
    });

    it(`${direction} of zeros and subnormal numbers is finite, with finite gradients, and what the oracle says`, () => {
      const points = replaced(d, TINY);
      const { points: images, logDet } = run((x) => parameters.map(direction, x), points, d);
      assertClose(
        images,
        rowsOf(points, d).flatMap((row) => parameters.reference()[direction](row)),
        KNOT_POINTS,
        "image",
      );
      assertFinite(logDet, "log-det");
      assertFinite(gradients(parameters, direction, points), "gradient");
    });
  }

  const transform = layer.config.transform as { type: string; bound: number; bins: number } | undefined;
  if (transform?.type === "rqs") splineRims(layer, parameters, transform);
}

function splineRims(layer: LayerCase, parameters: Parameters, transform: { bound: number; bins: number }): void {
  const { d } = layer.context;
  const mask = layer.config.mask as number[];
  const changed = mask.flatMap((bit, i) => (bit === 0 ? [i] : []));

  /** Points whose transformed coordinates all lie on their k-th knot, or one float32 step beside it. */
  const onKnots = (direction: Direction, step: -1 | 0 | 1): Float32Array => {
    const { net } = layer.config as unknown as { net: { hidden: number[]; activation: string } };
    const kept = mask.flatMap((bit, i) => (bit === 1 ? [Math.fround(0.4 - 0.3 * i)] : []));
    const raw = referenceMlp(net, kept, parameters.numbers());
    const size = 3 * transform.bins - 1;
    const knots = changed.map((_, j) => knotsOf(raw.slice(j * size, (j + 1) * size), transform as never, net.hidden.at(-1) as number));
    const rows = Array.from({ length: transform.bins + 1 }, (_, k) =>
      mask.map((bit, i) => {
        if (bit === 1) return kept[mask.slice(0, i).filter((other) => other === 1).length] as number;
        const own = knots[changed.indexOf(i)];
        const knot = Math.fround((direction === "forward" ? own?.z[k] : own?.y[k]) as number);
        return step === 0 ? knot : nextFloat32(knot, step);
      }),
    );
    return Float32Array.from(rows.flat());
  };

  for (const direction of DIRECTIONS) {
    it(`${direction} on every knot and box edge, and one float32 step to either side, is what the oracle says`, () => {
      for (const step of [-1, 0, 1] as const) {
        const points = onKnots(direction, step);
        const image = run((x) => parameters.map(direction, x), points, d);
        assertClose(
          image.points,
          rowsOf(points, d).flatMap((row) => parameters.reference()[direction](row)),
          KNOT_POINTS,
          "image",
        );
        assertFinite(image.logDet, "log-det");
        assertFinite(gradients(parameters, direction, points), "gradient");
      }
    });

    it(`the log-det of ${direction} does not jump at a knot, nor at the edge of the box`, () => {
      const [below, on, above] = ([-1, 0, 1] as const).map(
        (step) => run((x) => parameters.map(direction, x), onKnots(direction, step), d).logDet,
      );
      assertClose(below as Float32Array, on as Float32Array, KNOT_LOG_DET, "just below");
      assertClose(above as Float32Array, on as Float32Array, KNOT_LOG_DET, "just above");
      const edges = [on?.[0], on?.[transform.bins]] as number[];
      assertClose(edges, [0, 0], KNOT_LOG_DET, "at the edges, where the slope is 1");
    });

    it(`${direction} of a batch that lies wholly outside the box is the batch itself, with log-det exactly 0 and slope exactly 1`, () => {
      const { bound } = transform;
      const far = [nextFloat32(bound, 1), bound + 1, 40, -nextFloat32(bound, 1), -bound - 1, -40];
      const points = Float32Array.from(far.flatMap((value) => mask.map((bit, i) => (bit === 1 ? 0.2 * i : value))));
      const image = run((x) => parameters.map(direction, x), points, d);
      assertClose(image.points, points, EXACT, "image");
      assertClose(image.logDet, new Float32Array(far.length), EXACT, "log-det");
      const slopes = gradients(parameters, direction, points);
      assertFinite(slopes, "gradient");
      assertClose(slopes.slice(0, points.length), new Float32Array(points.length).fill(1), EXACT, "slope");
      assertClose(slopes.slice(points.length), new Float32Array(slopes.length - points.length), EXACT, "gradient of the parameters");
    });
  }

  it("outside() is the share of points with a coordinate beyond the box", () => {
    const { outside } = layer.definition;
    const rows = [0, 1, -1, 2].map((factor) => mask.map((bit) => (bit === 1 ? 50 : factor * (transform.bound + 0.5))));
    const share = outside?.(Float32Array.from(rows.flat()), layer.config as never, { d: mask.length, seed: 0 });
    assert.equal(share, 0.75);
  });
}
