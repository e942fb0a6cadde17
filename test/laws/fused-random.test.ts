/** Flows that nobody chose: any layers in any order and of any width, in any dimension, by any number of threads. */
import { tensorCompute } from "../../src/flows/compute/tensor-compute";
import type { Flow } from "../../src/flows/flow";
import { Random } from "../../src/flows/random";
import { transforms } from "../../src/flows/transforms";
import type { KernelSource } from "../../src/kernels/flow-kernels";
import { useBackend } from "../support/backend";
import { flowOf, type Part, perturbed } from "../support/flows";
import { answerOf, assertSameAnswer, fusedCompute, onEveryVariant } from "../support/fused";

const FLOWS = 25;
const SPREAD = 0.15;
const MOST = { d: 19, layers: 6, hiddenLayers: 4, width: 41, bins: 20, points: 300, threads: 3 };
const ACTIVATIONS = ["relu", "leaky-relu", "tanh", "elu", "silu", "softplus"];

function choose<T>(random: Random, list: readonly T[]): T {
  return list[random.integer(list.length)] as T;
}

function coupling(random: Random, d: number): Part {
  const mask = Array.from({ length: d }, () => random.integer(2));
  const turned = random.integer(d);
  mask[turned] = 0; // at least one of each
  mask[(turned + 1) % d] = 1;
  const entry = choose(random, transforms);
  const transform = { type: entry.type, ...choose(random, entry.examples as readonly object[]) };
  const bins = entry.type === "rqs" ? { bins: 2 + random.integer(MOST.bins - 1), bound: 1 + 4 * random.uniform() } : {};
  const hidden = Array.from({ length: 1 + random.integer(MOST.hiddenLayers) }, () => 1 + random.integer(MOST.width));
  return {
    type: "coupling",
    mask,
    transform: { ...transform, ...bins },
    net: { type: "mlp", hidden, activation: choose(random, ACTIVATIONS) },
  };
}

function layer(random: Random, d: number): Part {
  const rest = { invert: random.integer(2) === 1, trainable: random.integer(5) > 0 };
  const simple = d > 1 ? ["affine", "actnorm", "planar", "rotation"] : ["affine", "actnorm", "planar"];
  if (d > 1 && random.integer(2) === 0) return { ...coupling(random, d), ...rest };
  if (d > 1 && random.integer(5) === 0) return { type: "permute", order: [...random.permutation(d)], ...rest };
  return { type: choose(random, simple), ...rest };
}

function randomFlow(random: Random): Flow {
  const d = choose(random, [1, 2, 2, 2, 3, 1 + random.integer(MOST.d)]); // in two dimensions networks are tables
  const parts = Array.from({ length: random.integer(MOST.layers + 1) }, () => layer(random, d));
  const bases: Part[] = [{ type: "normal" }, { type: "diagNormal" }, { type: "mixture", k: 1 + random.integer(5) }];
  return flowOf(d, [...parts, { type: "affine" }], choose(random, bases)); // something that learns
}

describe("random flows", () => {
  before(() => useBackend("cpu"));

  onEveryVariant((source) => {
    for (let i = 0; i < FLOWS; i++) law(i, source);
  });
});

function law(i: number, source: KernelSource): void {
  const random = new Random("random flow", i);
  const flow = randomFlow(random);
  const n = 1 + random.integer(MOST.points);
  const threads = 1 + random.integer(MOST.threads);
  const name = flow.layers.map(({ instance }) => instance.type).join(", ");

  it(`number ${i}, in ${flow.d}-D: ${name}; ${n} points, ${threads} threads: loss and gradient are those of tensor operations`, async () => {
    const parameters = perturbed(flow, SPREAD, i);
    const points = Float32Array.from({ length: n * flow.d }, () => 1.5 * random.normal());
    const expected = await answerOf(tensorCompute(flow), flow, parameters, points);
    const compute = fusedCompute(flow, source, threads);
    assertSameAnswer(await answerOf(compute, flow, parameters, points), expected, "");
    compute.dispose();
  });
}
