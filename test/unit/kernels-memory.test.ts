/** How the memory of the kernels is counted and handed out, and what a network's program says about it. */
import assert from "node:assert/strict";
import { bytesOf, FlowKernels } from "../../src/kernels/flow-kernels";
import { countBytes, layOut, type Room } from "../../src/kernels/memory";
import { ACTIVATIONS, isTable, type NetProgram, rawSize, SCALE_MAPS } from "../../src/kernels/program";
import { flowOf, type Part } from "../support/flows";
import { kernelSource, programOf } from "../support/fused";

const LINE = 64;
const PAGE = 65_536;

function net(of: Partial<NetProgram>): NetProgram {
  return { inputs: 1, hidden: [8, 8], outputs: 2, activation: "relu", linear: [], ...of };
}

describe("the memory of the kernels", () => {
  const sizes = [1, 64, 65, 4, 1000, 0, 7];
  const lay = (room: Room) => sizes.map((size) => room.take(size));

  it("is handed out in places that neither overlap nor share a line of the cache, past the first page", () => {
    const { placed } = layOut(lay);
    assert.ok((placed[0] as number) >= PAGE);
    placed.forEach((address, i) => {
      assert.equal(address % LINE, 0);
      const next = placed[i + 1];
      assert.ok(next === undefined || next >= address + (sizes[i] as number), `place ${i}`);
    });
  });

  it("is as large as was counted, in whole pages, and all 0", () => {
    const { shared, placed } = layOut(lay);
    const counted = countBytes(lay);
    assert.ok(shared.bytes >= PAGE + counted && shared.bytes < 2 * PAGE + counted);
    assert.equal(shared.bytes % PAGE, 0);
    assert.ok((placed.at(-1) as number) + (sizes.at(-1) as number) <= shared.bytes);
    assert.ok(shared.words.every((word) => word === 0));
  });

  it("shows the same bytes as words, as float32 and as float64 numbers", () => {
    const { shared, placed } = layOut(lay);
    const address = placed[1] as number;
    shared.floatsAt(address, 2).set([1, 1.875]);
    assert.deepEqual([...shared.words.subarray(address / 4, address / 4 + 2)], [0x3f800000, 0x3ff00000]);
    shared.words[address / 4] = 0;
    assert.equal(shared.doubles[address / 8], 1); // sign, exponent and all that is in the second word
  });

  it("of a flow is what its estimate says, with any number of threads and any batch", () => {
    const source = kernelSource("SIMD");
    const coupling: Part = {
      type: "coupling",
      mask: [1, 0],
      transform: { type: "rqs" },
      net: { type: "mlp", hidden: [8, 8], activation: "relu" },
    };
    const program = programOf(
      flowOf(2, [coupling, { type: "rotation" }, { ...coupling, net: { type: "mlp", hidden: [8], activation: "tanh" } }]),
    );
    for (const [threads, batch] of [
      [1, 1],
      [1, 50_000],
      [3, 256],
    ] as const) {
      const kernels = new FlowKernels(program, source, threads, batch);
      const counted = bytesOf(program, source, threads, batch);
      assert.ok(kernels.bytes >= counted + PAGE && kernels.bytes < counted + 2 * PAGE, `${threads} threads, batch ${batch}`);
      assert.ok(kernels.piece >= batch);
      kernels.dispose();
    }
    assert.ok(bytesOf(program, source, 2, 256) > bytesOf(program, source, 1, 256), "each thread has a tape of its own");
  });
});

describe("a network's program", () => {
  it("is a table for one input, at most two hidden layers, and activations that are straight but for one kink", () => {
    for (const activation of ACTIVATIONS) {
      const straight = activation === "relu" || activation === "leaky-relu";
      assert.equal(isTable(net({ activation })), straight, activation);
      assert.equal(isTable(net({ activation, hidden: [8] })), straight, activation);
      assert.equal(isTable(net({ activation, hidden: [8, 8, 8] })), false, activation);
      assert.equal(isTable(net({ activation, inputs: 2 })), false, activation);
    }
  });

  it("supplies one number for an additive coordinate, two for an affine one, and all knots of a spline but its ends' slopes", () => {
    assert.equal(rawSize({ kind: "additive" }), 1);
    for (const map of SCALE_MAPS) assert.equal(rawSize({ kind: "affine", map, number: 0 }), 2);
    const spline = { kind: "rqs", bound: 3, minBin: 1e-3, minSlope: 1e-3, param: "nsf", logitScale: 1 } as const;
    for (const bins of [2, 8, 64]) assert.equal(rawSize({ ...spline, bins }), 3 * bins - 1);
  });
});
