/** How a flow is put into the kernels' words, which way of computing it is chosen, and how long it is thought to take. */
import assert from "node:assert/strict";
import { chooseCompute } from "../../src/flows/compute/choose";
import { secondsPerStep, secondsPerTensorStep } from "../../src/flows/compute/estimate";
import { lower, wholeProgram } from "../../src/flows/compute/lowering";
import { BASE, type Flow } from "../../src/flows/flow";
import { layerCases } from "../support/cases";
import { flowOf, type Part } from "../support/flows";
import { kernelSource } from "../support/fused";

const coupling = (hidden: number[], activation: string, transform: object = { type: "affine" }): Part => {
  return { type: "coupling", mask: [1, 0], transform, net: { type: "mlp", hidden, activation } };
};
const flowWith = (parts: Part[], batch: number) => flowOf(2, parts, { type: "diagNormal" }, { batch });
const small = flowWith([coupling([8, 8], "relu")], 32);
const large = flowWith(new Array<Part>(8).fill(coupling([64, 64], "tanh")), 512);
const seconds = (flow: Flow, threads = 1) => secondsPerStep(flow, lower(flow), threads);

describe("lowering", () => {
  for (const { name, type, config, context } of layerCases)
    it(`${name} has a program, and its parameters are where the layout has them`, () => {
      const flow = flowOf(context.d, [{ type: "affine" }, { ...config, type }, { type: "affine", trainable: false, invert: true }], {
        type: "diagNormal",
      });
      const lowering = lower(flow);
      const program = wholeProgram(flow, lowering);
      assert.equal(program?.parameters, flow.layout.size);
      const slotsOf = (owner: string) => flow.layout.slots.filter((slot) => slot.owner === owner);
      for (const [i, layer] of program.layers.entries()) {
        const slots = slotsOf(flow.layers[i]?.instance.id as string);
        assert.equal(
          layer.count,
          slots.reduce((sum, { size }) => sum + size, 0),
        );
        if (slots[0]) assert.equal(layer.offset, slots[0].offset);
        if (layer.operation.kind !== "coupling") continue;
        for (const [l, { weight, bias }] of layer.operation.net.linear.entries()) {
          assert.equal(weight, slots.find((slot) => slot.name === `net.${l}.weight`)?.offset);
          assert.equal(bias, slots.find((slot) => slot.name === `net.${l}.bias`)?.offset);
        }
      }
      assert.deepEqual(
        program.layers.map(({ trainable, inverseToBase }) => [trainable, inverseToBase]),
        [
          [true, true],
          [true, true],
          [false, false],
        ],
      );
      assert.deepEqual([program.base.offset, program.base.count], [slotsOf(BASE)[0]?.offset, 2 * context.d]);
    });

  it("leaves no whole program where a layer or the base has none", () => {
    const lowering = lower(small);
    assert.ok(wholeProgram(small, lowering));
    assert.equal(wholeProgram(small, { ...lowering, base: null }), null);
    assert.equal(wholeProgram(small, { ...lowering, layers: [null] }), null);
  });
});

describe("the number of threads", () => {
  const kernels = kernelSource("SIMD");
  const chosen = (flow: Flow, processors: number, threads = 0) => chooseCompute(flow, { kernels, threads, processors }).threads;

  it("is one for a step that is over before threads have met", () => {
    for (const processors of [1, 2, 8, 64]) assert.equal(chosen(small, processors), 1);
  });

  it("is half of the processors for a long one, but at least one and at most four", () => {
    for (const [processors, expected] of [
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 2],
      [7, 3],
      [8, 4],
      [64, 4],
    ] as const)
      assert.equal(chosen(large, processors), expected, `${processors} processors`);
  });

  it("is what was asked for, if anything was", () => {
    for (const threads of [1, 2, 5]) assert.equal(chosen(small, 2, threads), threads);
  });
});

describe("the estimate of a step", () => {
  it("grows with the batch, the layers and the widths, and shrinks with the threads", () => {
    assert.ok(seconds(flowWith([coupling([8, 8], "relu")], 64)) > seconds(small));
    assert.ok(seconds(flowWith([coupling([8, 8], "relu"), coupling([8, 8], "relu")], 32)) > seconds(small));
    assert.ok(seconds(flowWith([coupling([8, 16], "relu")], 32)) > seconds(small));
    assert.ok(Math.abs(seconds(large, 2) / seconds(large) - 0.5) < 1e-12);
  });

  it("knows that a table costs less than the same network sample by sample, and a spline more than an affine map", () => {
    const of = (activation: string, transform: object) => seconds(flowWith([coupling([64, 64], activation, transform)], 512));
    for (const transform of [{ type: "affine" }, { type: "rqs" }]) assert.ok(of("relu", transform) < of("tanh", transform));
    assert.ok(of("relu", { type: "additive" }) < of("relu", { type: "affine" }));
    assert.ok(of("relu", { type: "affine" }) < of("relu", { type: "rqs" }));
  });

  for (const { name, type, config, context } of layerCases)
    it(`${name}: kernels are not thought slower than tensor operations, and layers without a kernel take a tensor's time`, () => {
      const flow = flowOf(context.d, [{ ...config, type }], { type: "normal" }, { batch: 256 });
      assert.ok(seconds(flow) >= 0 && seconds(flow) < secondsPerTensorStep(flow));
      assert.ok(secondsPerStep(flow, { ...lower(flow), layers: [null] }, 1) >= secondsPerTensorStep(flow));
    });
});
