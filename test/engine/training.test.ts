import assert from "node:assert/strict";
import { opened, smallFlow, until, withEngine } from "../support/engine";

describe("a run in the engine", () => {
  it("trains to its last step and lowers the held-out NLL", () =>
    withEngine(async (engine) => {
      await opened(engine, smallFlow({ steps: 150, optimizer: { type: "adam", lr: 0.01 } }));
      const before = await engine.client.request("evaluate/frame", { session: "a", stage: 3 });
      const finished = until(engine, (run) => run.status.kind === "finished");
      await engine.client.request("run/train", { session: "a" });
      const run = await finished;
      assert.deepEqual(run.status, { kind: "finished", because: "steps" });
      assert.equal(run.step, 150);
      const after = await engine.client.request("evaluate/frame", { session: "a", stage: 3 });
      assert.equal(after.step, 150);
      assert.ok((after.health?.nll ?? 9) < (before.health?.nll ?? 0) - 0.1, `${before.health?.nll} → ${after.health?.nll}`);
      const history = await engine.client.request("run/history", { session: "a" });
      assert.equal(history.at(-1)?.step, 150);
      assert.ok(history.some((record) => record.validation !== null));
    }));

  it("pauses after the step in flight, adds exactly the steps that are asked for, and goes back to step 0", () =>
    withEngine(async (engine) => {
      await opened(engine, smallFlow({ steps: 100_000 }));
      const begun = until(engine, (run) => run.step > 5);
      await engine.client.request("run/train", { session: "a" });
      await begun;
      const paused = await engine.client.request("run/pause", { session: "a" });
      assert.equal(paused.status.kind, "paused");
      const stepped = await engine.client.request("run/step", { session: "a", steps: 7 });
      assert.equal(stepped.step, paused.step + 7);
      assert.equal(stepped.status.kind, "paused");
      const reset = await engine.client.request("run/reset", { session: "a" });
      assert.equal(reset.step, 0);
      assert.equal(reset.status.kind, "untrained");
    }));

  it("repeats bit for bit, through a pause and through a checkpoint in another process too", async () => {
    const flow = smallFlow({ ema: 0.9 });
    const straight = await withEngine(async (engine) => {
      await opened(engine, flow);
      await engine.client.request("run/step", { session: "a", steps: 40 });
      return engine.client.request("run/checkpoint", { session: "a" });
    });
    const half = await withEngine(async (engine) => {
      await opened(engine, flow);
      await engine.client.request("run/step", { session: "a", steps: 9 });
      await engine.client.request("run/step", { session: "a", steps: 14 });
      return engine.client.request("run/checkpoint", { session: "a" });
    });
    const resumed = await withEngine(async (engine) => {
      await opened(engine, flow, { checkpoint: half });
      const run = await engine.client.request("run/step", { session: "a", steps: 17 });
      assert.equal(run.step, 40);
      return engine.client.request("run/checkpoint", { session: "a" });
    });
    assert.ok(Buffer.from(straight).equals(Buffer.from(resumed)), "the two checkpoints differ");
  });

  it("another seed gives another run", async () => {
    const checkpointOf = (seed: number) =>
      withEngine(async (engine) => {
        await opened(engine, smallFlow({}, { seed }));
        await engine.client.request("run/step", { session: "a", steps: 3 });
        return engine.client.request("evaluate/weights", { session: "a" });
      });
    assert.ok(!Buffer.from(await checkpointOf(1)).equals(Buffer.from(await checkpointOf(2))));
  });

  it("refuses the checkpoint of another definition", () =>
    withEngine(async (engine) => {
      await opened(engine, smallFlow());
      const checkpoint = await engine.client.request("run/checkpoint", { session: "a" });
      await assert.rejects(opened(engine, smallFlow({}, { seed: 4 }), { checkpoint }), /another definition/);
    }));

  it("stops at the step where numbers stop being finite, names the layer, keeps the last good state and goes on gently", () =>
    withEngine(async (engine) => {
      const wild = {
        type: "coupling",
        mask: [1, 0],
        transform: { type: "affine", scaleMap: { type: "exp" } },
        net: { type: "mlp", hidden: [8] },
      };
      const flow = smallFlow(
        { steps: 400, clipNorm: 0, optimizer: { type: "adam", lr: 5 } },
        { layers: [wild, { ...wild, id: "wild", mask: [0, 1] }, wild] },
      );
      await opened(engine, flow);
      const ended = until(engine, (run) => run.status.kind !== "training");
      await engine.client.request("run/train", { session: "a" });
      const run = await ended;
      assert.equal(run.status.kind, "diverged");
      if (run.status.kind !== "diverged") return;
      assert.match(run.status.message, /^(Layer \d, coupling ".+"|The base distribution): .+ stopped being finite/);
      assert.ok(run.status.layer === null || (run.status.layer >= 1 && run.status.layer <= 3));
      const frame = await engine.client.request("evaluate/frame", { session: "a", stage: 3 });
      assert.equal(frame.step, run.step);
      assert.ok(Number.isFinite(frame.health?.nll), "the kept state has a finite NLL");
      const again = await engine.client.request("run/resumeGently", { session: "a" });
      assert.equal(again.status.kind, "training");
      await engine.client.request("run/pause", { session: "a" });
    }));

  it("stops at the time limit and when validation no longer improves", () =>
    withEngine(async (engine) => {
      await opened(engine, smallFlow({ steps: 1_000_000, timeLimitSeconds: 0.3 }));
      const limited = until(engine, (run) => run.status.kind !== "training");
      await engine.client.request("run/train", { session: "a" });
      assert.deepEqual((await limited).status, { kind: "finished", because: "time-limit" });

      await opened(engine, smallFlow({ steps: 1000, optimizer: { type: "adam", lr: 1e-9 }, validation: { fraction: 0.1, patience: 2 } }));
      const patient = until(engine, (run) => run.status.kind !== "training");
      await engine.client.request("run/train", { session: "a" });
      assert.deepEqual((await patient).status, { kind: "finished", because: "patience" });
    }));

  it("refuses a third training with the reason, and a flow without a target", () =>
    withEngine(async (engine) => {
      for (const session of ["a", "b", "c"]) await opened(engine, smallFlow({ steps: 1_000_000 }), { session });
      await engine.client.request("run/train", { session: "a" });
      await engine.client.request("run/train", { session: "b" });
      await assert.rejects(engine.client.request("run/train", { session: "c" }), /2 flows are training already/);
      await opened(engine, smallFlow({}, { target: undefined }), { session: "c" });
      await assert.rejects(engine.client.request("run/step", { session: "c", steps: 1 }), /no target/);
    }));
});
