/** Tables and dense kernels compute the same function and the same gradient: compared where training leads, and beyond the room for pieces. */
import assert from "node:assert/strict";
import { tensorCompute } from "../../src/flows/compute/tensor-compute";
import type { Flow } from "../../src/flows/flow";
import type { KernelSource } from "../../src/kernels/flow-kernels";
import { useBackend } from "../support/backend";
import { flowOf, type Part } from "../support/flows";
import { answerOf, fusedCompute, onEveryVariant } from "../support/fused";
import { denseTwin, fromTwin, toTwin, withZero } from "../support/fused-tables";
import { assertClose } from "../support/laws";
import { linspace, norm } from "../support/numeric";
import { FUSED_LOG_DENSITY, SEGMENT_GRADIENT, SEGMENT_LOG_PROB } from "../support/tolerances";
import { moonPoints, moonSource, startTrainer, steps } from "../support/training";

const STEPS = 600;
const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);
/** log p of all that a picture could show. */
const HIGH = -50;
/** [−6, 6]²: the moons and a wide margin, where networks extrapolate. */
const side = linspace(-6, 6, 256);
const GRID = Float32Array.from(side.flatMap((x) => side.flatMap((y) => [x, y])));

function couplings(count: number, transform: object, hidden: number[], activation: string): Flow {
  const parts = Array.from({ length: count }, (_, i): Part => {
    return { type: "coupling", mask: i % 2 === 0 ? [1, 0] : [0, 1], transform, net: { type: "mlp", hidden, activation }, invert: i === 1 };
  });
  return flowOf(2, parts, { type: "normal" }, { batch: 256, optimizer: { type: "adam", lr: 3e-3, weightDecay: 0 } });
}

const flows: readonly { readonly name: string; readonly flow: Flow }[] = [
  { name: "8 affine couplings of two hidden layers", flow: couplings(8, { type: "affine" }, [64, 64], "relu") },
  { name: "4 affine couplings of one hidden layer, with ReLU", flow: couplings(4, { type: "affine" }, [16], "relu") },
  { name: "4 affine couplings of one hidden layer, with leaky ReLU", flow: couplings(4, { type: "affine" }, [33], "leaky-relu") },
  { name: "6 splines of two hidden layers", flow: couplings(6, { type: "rqs", bins: 8, bound: 5 }, [64, 64], "relu") },
  { name: "4 splines of uneven layers", flow: couplings(4, { type: "rqs", bins: 5, bound: 4 }, [21, 10], "leaky-relu") },
];

async function trained(flow: Flow, source: KernelSource): Promise<Float32Array> {
  const compute = fusedCompute(flow, source);
  const trainer = await startTrainer(flow, moonSource(flow.spec.train.batch), compute);
  await steps(trainer, STEPS);
  const parameters = trainer.state.parameters.slice();
  trainer.dispose();
  return parameters;
}

async function densities(flow: Flow, source: KernelSource, parameters: Float32Array, points: Float32Array): Promise<Float32Array> {
  const { evaluator } = fusedCompute(flow, source);
  const [values] = (await evaluator.logDensities(parameters, [{ stage: flow.layers.length, points }])) as [Float32Array];
  evaluator.dispose();
  return values;
}

/** A share of the values are at most as large as this. */
function assertBelow(values: readonly number[], share: number, allowed: number, what: string): void {
  const found = [...values].sort((a, b) => a - b)[Math.ceil(share * values.length) - 1] as number;
  assert.ok(found <= allowed, `${what} are off by ${found} at most, relatively, with ${allowed} allowed`);
}

describe("tables and dense kernels", () => {
  before(() => useBackend("cpu"));

  onEveryVariant((source) => {
    for (const { name, flow } of flows) describe(`${name}, after ${STEPS} steps`, () => agree(flow, source));
  });
});

function agree(flow: Flow, source: KernelSource): void {
  const twin = denseTwin(flow);
  let parameters: Float32Array;
  let others: Float32Array;
  before(async () => {
    assert.deepEqual([fusedCompute(flow, source).path, fusedCompute(twin, source).path], ["segment", "dense"]);
    parameters = await trained(flow, source);
    others = toTwin(flow, twin, parameters);
  });

  it("log p of the 65,536 points of a grid agrees", async () => {
    const table = await densities(flow, source, parameters, GRID);
    const dense = (await densities(twin, source, others, withZero(GRID))).map((value) => value + HALF_LOG_2PI);
    const off = Array.from(table, (value, i) => Math.abs(value - (dense[i] as number)) / (1 + Math.abs(dense[i] as number)));
    const { median, nearly, high } = SEGMENT_LOG_PROB;
    assertBelow(off, 0.5, median, "half of the points");
    assertBelow(off, 0.99, nearly, "99 of 100 points");
    assertBelow(
      off.filter((_, i) => (dense[i] as number) > HIGH),
      1,
      high,
      `points with log p above ${HIGH}`,
    );
  });

  it("log p of data agrees with tensor operations", async () => {
    const points = moonPoints(1000, "segments");
    const [expected] = (await tensorCompute(flow).evaluator.logDensities(parameters, [{ stage: flow.layers.length, points }])) as [
      Float32Array,
    ];
    assertClose(await densities(flow, source, parameters, points), expected, FUSED_LOG_DENSITY, "log p");
  });

  it("the gradients agree, of data and of points far from it", async () => {
    for (const points of [moonPoints(512, "gradient"), GRID.slice(0, 2 * 4096)]) {
      const table = await answerOf(fusedCompute(flow, source), flow, parameters, points);
      const other = await answerOf(fusedCompute(twin, source), twin, others, withZero(points));
      const dense = fromTwin(flow, twin, other.gradient);
      const off = norm(dense.map((value, i) => value - (table.gradient[i] as number))) / norm(dense);
      assert.ok(off <= SEGMENT_GRADIENT, `off by ${off} of its length`);
    }
  });
}
