import assert from "node:assert/strict";
import type { Frame } from "../../src/protocol/model";
import { opened, smallFlow, withEngine } from "../support/engine";

/** A short training, so that log-dets are neither zero nor alike. */
const trained = async (engine: Parameters<Parameters<typeof withEngine>[0]>[0], more: object = {}) => {
  const summary = await opened(engine, smallFlow({ optimizer: { type: "adam", lr: 0.02 } }, more));
  await engine.client.request("run/step", { session: "a", steps: 60 });
  return summary;
};

describe("evaluation in the engine", () => {
  it("gives every stage a density of mass one, and the base the mass of a normal", () =>
    withEngine(async (engine) => {
      const summary = await trained(engine);
      const frame = await engine.client.request("evaluate/frame", { session: "a", stage: summary.layers.length });
      assert.equal(frame.stages.length, summary.layers.length + 1);
      for (const [k, stage] of frame.stages.entries()) {
        assert.ok(Math.abs(stage.mass - 1) < 0.03, `stage ${k} has mass ${stage.mass}`); // windows leave out far tails
        assert.ok(
          stage.massLevels.every((level, i, all) => i === 0 || level <= (all[i - 1] as number)),
          "iso-lines of more mass lie lower",
        );
      }
      assert.equal(frame.focus?.stage, summary.layers.length);
      assert.equal(frame.focus?.picture.resolution, 32);
    }));

  it("ties the formula together: log p(x) from the grid, from the trace, and as base minus log-dets agree", () =>
    withEngine(async (engine) => {
      const summary = await trained(engine);
      const K = summary.layers.length;
      const window = [
        [-1.5, 0.5],
        [-1, 1],
      ] as const;
      const resolution = 8;
      const grid = await engine.client.request("evaluate/density", { session: "a", stage: K, window, resolution });
      const centres = Float32Array.from({ length: 2 * resolution * resolution }, (_, i) => {
        const cell = i >> 1;
        return i % 2 === 0 ? -1.5 + ((cell % resolution) + 0.5) / 4 : -1 + (Math.floor(cell / resolution) + 0.5) / 4;
      });
      const { traces } = await engine.client.request("evaluate/points", { session: "a", points: centres });
      for (const [i, trace] of traces.entries()) {
        const byTrace = trace.logDensities[K] as number;
        const bySum = trace.logBase - trace.logDets.reduce((sum, value) => sum + value, 0);
        assert.ok(Math.abs(byTrace - (grid.logDensity[i] as number)) < 1e-4, `cell ${i}: ${byTrace} against ${grid.logDensity[i]}`);
        assert.ok(Math.abs(byTrace - bySum) < 1e-4);
        assert.deepEqual(
          [...trace.stages.slice(2 * K)].map((v) => v.toFixed(5)),
          [centres[2 * i], centres[2 * i + 1]].map((v) => v?.toFixed(5)),
        );
      }
      assert.ok(
        traces.some((trace) => trace.logDets.some((value) => Math.abs(value) > 0.05)),
        "the log-dets are not all zero",
      );
    }));

  it("gives Jacobians whose singular values multiply to the determinant", () =>
    withEngine(async (engine) => {
      const summary = await trained(engine);
      const { traces } = await engine.client.request("evaluate/points", { session: "a", points: Float32Array.of(-1, 0.5, 1.2, -0.4) });
      for (const { singularValues, logDets } of traces) {
        let sum = 0;
        for (let k = 0; k <= summary.layers.length; k++) {
          if (k > 0) sum += logDets[k - 1] as number;
          const product = (singularValues?.[2 * k] ?? 0) * (singularValues?.[2 * k + 1] ?? 0);
          assert.ok(Math.abs(Math.log(product) - sum) < 1e-3, `stage ${k}: ${Math.log(product)} against ${sum}`);
        }
      }
    }));

  it("sends live frames while training, and never a second one before the first is drawn", () =>
    withEngine(async (engine) => {
      await opened(engine, smallFlow({ steps: 1_000_000 }));
      const frames: Frame[] = [];
      let undrawn = 0;
      let most = 0;
      const enough = new Promise<void>((resolve) => {
        engine.client.on("view/frame", ({ frame }) => {
          frames.push(frame);
          undrawn++;
          most = Math.max(most, undrawn);
          setTimeout(() => {
            undrawn--;
            void engine.client.request("view/drawn", { session: "a", sequence: frame.sequence });
            if (frames.length === 6) resolve();
          }, 30);
        });
      });
      await engine.client.request("view/attend", { session: "a", stage: 3, live: true });
      await engine.client.request("run/train", { session: "a" });
      await enough;
      assert.equal(most, 1);
      const steps = frames.map((frame) => frame.step);
      assert.ok((steps.at(-1) ?? 0) > (steps[1] ?? 0), `steps ${steps.join(", ")}`);
    }));

  it("cancels a large grid at once and answers the next question", () =>
    withEngine(async (engine) => {
      await opened(engine, smallFlow());
      const cancel = new AbortController();
      const large = engine.client.request("evaluate/density", { session: "a", stage: 3, window: null, resolution: 2048 }, cancel.signal);
      cancel.abort();
      await assert.rejects(large, { code: "cancelled" });
      const small = await engine.client.request("evaluate/density", { session: "a", stage: 3, window: null, resolution: 8 });
      assert.equal(small.logDensity.length, 64);
    }));

  it("works without pictures in one and in three dimensions", () =>
    withEngine(async (engine) => {
      const flow = (dim: number) => ({
        version: 1,
        dim,
        layers: [{ type: "planar" }, { type: "affine", logScale: 0.5 }],
        view: { samples: 16 },
      });
      for (const dim of [1, 3]) {
        await opened(engine, flow(dim));
        const frame = await engine.client.request("evaluate/frame", { session: "a", stage: 2 });
        assert.equal(frame.stages.length, 0);
        assert.equal(frame.samples.length, 3 * 16 * dim);
        const { traces } = await engine.client.request("evaluate/points", { session: "a", points: new Float32Array(dim).fill(0.3) });
        assert.equal(traces[0]?.stages.length, 3 * dim);
        assert.equal(traces[0]?.singularValues, null);
      }
    }));
});
