/** Training: gradients of the whole loss, clipping, determinism, resuming, averaging, frozen layers, whatever computes it. */
import assert from "node:assert/strict";
import type { Flow } from "../../src/flows/flow";
import { tf } from "../../src/flows/tf";
import { copyState, type TrainingState } from "../../src/flows/training/state";
import { useBackend } from "../support/backend";
import { rowsOf } from "../support/cases";
import { flowOf, oracleLogProb, type Part } from "../support/flows";
import { onEveryWay } from "../support/fused-ways";
import { assertClose } from "../support/laws";
import { mean, norm } from "../support/numeric";
import { BACKENDS_AGREE, CLIPPED, GRADIENT, ORACLE_LOG_PROB } from "../support/tolerances";
import { moonPoints, moonSource, nll, resumeTrainer, startTrainer, steps } from "../support/training";

const BATCH = 64;
const net = { type: "mlp", hidden: [8, 8], activation: "tanh" };
const chain: Part[] = [
  { type: "coupling", mask: [1, 0], transform: { type: "affine" }, net: { ...net, activation: "relu" } },
  { type: "rotation", angle: 0.4 },
  { type: "coupling", mask: [0, 1], transform: { type: "rqs", bins: 4, bound: 4 }, net, invert: true },
  { type: "planar" },
  { type: "actnorm" },
];

function bitsOf({ parameters, adam, average, step, rateFactor }: TrainingState) {
  const bits = (array: Float32Array | null) => (array ? [...new Uint32Array(array.buffer, array.byteOffset, array.length)] : null);
  return { step, rateFactor, parameters: bits(parameters), m: bits(adam.m), v: bits(adam.v), average: bits(average) };
}

describe("training", () => {
  onEveryWay((compute) => {
    it("the loss is the mean −log p of the batch, and its gradient that of the double-precision oracle", async () => {
      const flow = flowOf(2, chain, { type: "mixture", k: 2 }, { clipNorm: 0 });
      const batch = 8;
      const trainer = await startTrainer(flow, moonSource(batch), compute(flow));
      await steps(trainer, 3); // away from the start, where half of the network has no gradient
      const state = copyState({ ...trainer.state, adam: { m: new Float32Array(flow.layout.size), v: new Float32Array(flow.layout.size) } });
      const again = resumeTrainer(flow, moonSource(batch), state, compute(flow));
      const outcome = await again.step();
      const rows = rowsOf(moonPoints(batch, "batch", 4), 2);
      const loss = (flat: ArrayLike<number>) => -mean(rows.map((x) => oracleLogProb(flow, flat, x)));
      assert.ok(outcome.ok);
      assertClose([outcome.loss], [loss(state.parameters)], ORACLE_LOG_PROB, "loss");
      const gradient = again.state.adam.m.map((value) => value / 0.1); // the first moment after one step from 0
      const expected = Array.from(state.parameters, (_, i) => {
        const moved = (by: number) => loss(Float64Array.from(state.parameters, (value, j) => (i === j ? value + by : value)));
        return (moved(1e-4) - moved(-1e-4)) / 2e-4;
      });
      assertClose(gradient, expected, GRADIENT, "gradient");
      assertClose([outcome.gradientNorm], [Math.hypot(...expected)], GRADIENT, "its length");
    });

    it("a gradient longer than clipNorm is shortened to it, a shorter one is left alone, and 0 turns clipping off", async () => {
      for (const { clipNorm, length } of [
        { clipNorm: 0.05, length: (_: number) => 0.05 },
        { clipNorm: 1e6, length: (free: number) => free },
        { clipNorm: 0, length: (free: number) => free },
      ]) {
        const flow = flowOf(2, chain, { type: "normal" }, { clipNorm });
        const trainer = await startTrainer(flow, moonSource(BATCH), compute(flow));
        const outcome = await trainer.step();
        assert.ok(outcome.ok && outcome.gradientNorm > 0.05);
        assertClose([norm(trainer.state.adam.m) / 0.1], [length(outcome.gradientNorm)], CLIPPED, `clipNorm ${clipNorm}`);
      }
    });

    it("the same seed gives the same bits after 30 steps, and so does stopping at step 13 and going on from a copy of the state", async () => {
      const flow = flowOf(2, chain, { type: "diagNormal" }, { ema: 0.9 });
      const source = moonSource(BATCH);
      const [one, two] = [await startTrainer(flow, source, compute(flow)), await startTrainer(flow, source, compute(flow))];
      await steps(one, 30);
      await steps(two, 13);
      const copy = copyState(two.state);
      await steps(two, 2); // what the interrupted trainer goes on to do must not reach the copy
      const resumed = resumeTrainer(flow, moonSource(BATCH), copy, compute(flow));
      await steps(resumed, 17);
      assert.deepEqual(bitsOf(resumed.state), bitsOf(one.state));
      await steps(two, 15);
      assert.deepEqual(bitsOf(two.state), bitsOf(one.state));
    });

    it("another seed gives other parameters", async () => {
      const [one, two] = [flowOf(2, chain, { type: "normal" }, {}, 1), flowOf(2, chain, { type: "normal" }, {}, 2)];
      assert.notDeepEqual(
        (await startTrainer(one, moonSource(BATCH), compute(one))).state.parameters,
        (await startTrainer(two, moonSource(BATCH), compute(two))).state.parameters,
      );
    });

    it("keeps the number of tensors constant", async () => {
      const flow = flowOf(2, chain);
      const trainer = await startTrainer(flow, moonSource(BATCH), compute(flow));
      await steps(trainer, 1);
      const before = tf.memory();
      await steps(trainer, 10);
      const after = tf.memory();
      assert.deepEqual([after.numTensors, after.numBytes], [before.numTensors, before.numBytes]);
    });

    it("frozen layers keep their bits, with weight decay as well, and the others move", async () => {
      const parts: Part[] = [{ type: "affine", logScale: 0.3, shift: 1, trainable: false }, ...chain];
      const flow = flowOf(2, parts, { type: "normal" }, { optimizer: { type: "adam", lr: 1e-2, weightDecay: 0.1 } });
      const trainer = await startTrainer(flow, moonSource(BATCH), compute(flow));
      const before = trainer.state.parameters.slice();
      await steps(trainer, 5);
      for (const { key, offset, size, trainable } of flow.layout.slots) {
        const [was, is] = [before.slice(offset, offset + size), trainer.state.parameters.slice(offset, offset + size)];
        if (trainable) assert.notDeepEqual(is, was, key);
        else assert.deepEqual(is, was, key);
      }
    });

    it("a flow in which nothing can be trained still reports its loss, and stays as it is", async () => {
      const flow = flowOf(2, [{ type: "permute" }, { type: "affine", logScale: 0.2, trainable: false }]);
      const trainer = await startTrainer(flow, moonSource(BATCH), compute(flow));
      const before = trainer.state.parameters.slice();
      const outcome = await trainer.step();
      assert.ok(outcome.ok);
      assertClose(
        [outcome.loss, outcome.gradientNorm],
        [nll(flow, before, moonPoints(BATCH, "batch", 1)), 0],
        ORACLE_LOG_PROB,
        "loss and gradient",
      );
      assert.deepEqual(trainer.state.parameters, before);
    });
  });

  describe("whatever the backend", () => {
    before(() => useBackend("wasm"));
    backendsAgree();
  });
});

function backendsAgree(): void {
  it("averaged parameters follow a decay that grows to its limit, and are the ones that are shown", async () => {
    const flow = flowOf(2, chain, { type: "normal" }, { ema: 0.8 });
    const trainer = await startTrainer(flow, moonSource(BATCH));
    let expected = Float64Array.from(trainer.state.parameters);
    for (let step = 1; step <= 60; step++) {
      await trainer.step();
      const keep = Math.min(0.8, step / (step + 10));
      const now = trainer.state.parameters;
      expected = expected.map((value, i) => keep * value + (1 - keep) * (now[i] as number));
    }
    assertClose(trainer.shown, expected, CLIPPED, "average");
    assert.equal(trainer.shown, trainer.state.average);
    const plain = await startTrainer(flowOf(2, chain), moonSource(BATCH));
    assert.equal(plain.shown, plain.state.parameters);
  });

  it("cpu and wasm, and the oracle with the trained parameters, agree on the NLL after 100 steps, which is lower than at the start", async () => {
    const train = async (backend: "cpu" | "wasm"): Promise<{ flow: Flow; parameters: Float32Array; before: number; after: number }> => {
      await useBackend(backend);
      const flow = flowOf(2, chain, { type: "normal" }, { optimizer: { type: "adam", lr: 5e-3, weightDecay: 0 }, steps: 100 });
      const trainer = await startTrainer(flow, moonSource(BATCH));
      const held = moonPoints(500, "held out");
      const before = nll(flow, trainer.state.parameters, held);
      await steps(trainer, 100);
      return { flow, parameters: trainer.state.parameters, before, after: nll(flow, trainer.state.parameters, held) };
    };
    const [cpu, wasm] = [await train("cpu"), await train("wasm")];
    assertClose([wasm.after], [cpu.after], BACKENDS_AGREE, "NLL on wasm against cpu");
    const oracle = -mean(rowsOf(moonPoints(500, "held out"), 2).map((x) => oracleLogProb(wasm.flow, wasm.parameters, x)));
    assertClose([wasm.after], [oracle], ORACLE_LOG_PROB, "NLL on wasm against the oracle");
    assert.ok(wasm.after < wasm.before - 0.1, `from ${wasm.before} to ${wasm.after}`);
  });
}
