import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DIST, LIMITS, open, opened, smallFlow, until, withEngine } from "../support/engine";

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // no such process
  }
}

async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20)); // mocha's limit ends a wait that never ends
}

describe("the life of an engine", () => {
  it("killed in the middle of a run: everything settles, and a new one goes on from the checkpoint to the same bits", async () => {
    const flow = smallFlow({ steps: 100_000, checkpointEvery: 10 });
    let kept: Uint8Array | null = null;
    let keptStep = 0;
    await withEngine(async (engine) => {
      engine.client.on("run/checkpoint", ({ step, checkpoint }) => {
        kept = checkpoint;
        keptStep = step;
      });
      await opened(engine, flow);
      const begun = until(engine, () => kept !== null);
      await engine.client.request("run/train", { session: "a" });
      await begun;
      const pending = engine.client.request("evaluate/density", { session: "a", stage: 3, window: null, resolution: 1024 });
      process.kill(engine.pid ?? 0, "SIGKILL");
      await assert.rejects(pending, { code: "closed" });
    });
    assert.ok(kept && keptStep >= 10);
    const resumed = await withEngine(async (engine) => {
      await opened(engine, flow, { checkpoint: kept });
      const run = await engine.client.request("run/step", { session: "a", steps: 5 });
      assert.equal(run.step, keptStep + 5);
      return engine.client.request("run/checkpoint", { session: "a" });
    });
    const straight = await withEngine(async (engine) => {
      await opened(engine, flow);
      await engine.client.request("run/step", { session: "a", steps: keptStep + 5 });
      return engine.client.request("run/checkpoint", { session: "a" });
    });
    assert.ok(Buffer.from(resumed).equals(Buffer.from(straight)));
  });

  it("ends by itself when its parent is killed, also while it trains", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "pushforward-parent-"));
    try {
      const script = path.join(folder, "parent.cjs");
      const request = {
        session: "a",
        revision: 1,
        text: JSON.stringify(smallFlow({ steps: 1_000_000 })),
        folder: null,
        limits: LIMITS,
        checkpoint: null,
      };
      writeFileSync(
        script,
        `const { fork } = require("node:child_process");
         const engine = fork(${JSON.stringify(path.join(DIST, "engine.js"))}, [], { serialization: "advanced", execArgv: [] });
         const train = { kind: "request", id: 2, method: "run/train", params: { session: "a" } };
         engine.on("message", (m) => {
           if (m.kind === "answer" && m.id === 1) engine.send(train);
           if (m.event === "run/progress") process.stdout.write(engine.pid + "\\n");
         });
         engine.send({ kind: "request", id: 1, method: "flow/open", params: ${JSON.stringify(request)} });`,
      );
      const parent = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
      const pid = await new Promise<number>((resolve) =>
        parent.stdout.once("data", (chunk) => resolve(Number.parseInt(String(chunk), 10))),
      );
      assert.ok(isAlive(pid));
      parent.kill("SIGKILL");
      await gone(pid);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("says that it runs in plain JavaScript when the WebAssembly files are missing, and still computes", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "pushforward-no-wasm-"));
    try {
      for (const file of ["engine.js", "compute.js", "tfjs.js"]) cpSync(path.join(DIST, file), path.join(folder, file));
      await withEngine(async (engine) => {
        const said: string[] = [];
        engine.client.on("engine/log", ({ text }) => said.push(text));
        const hello = await engine.client.request("engine/hello", {});
        assert.equal(hello.backend, "TensorFlow.js");
        assert.match(hello.note ?? "", /fused kernels could not start .*TensorFlow.js, many times slower/);
        const summary = await opened(engine, smallFlow());
        assert.equal(summary.computing.path, "tfjs");
        assert.match(said.join("\n"), /WebAssembly could not start.*plain JavaScript/);
        const run = await engine.client.request("run/step", { session: "a", steps: 2 });
        assert.equal(run.step, 2);
      }, folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("refuses what would not fit into memory before allocating it, with the estimate and the limit", () =>
    withEngine(async (engine) => {
      const wide = { type: "coupling", mask: [1, 0], transform: { type: "affine" }, net: { type: "mlp", hidden: [1_000_000, 1_000_000] } };
      const answer = await open(engine, smallFlow({}, { layers: [wide] }), { limits: { ...LIMITS, memoryBytes: 1e9 } });
      assert.ok(!answer.ok);
      assert.match(answer.faults[0]?.message ?? "", /needs about [\d,.]+ GB to train; the limit is 1.0 GB/);
      const run = await open(engine, smallFlow());
      assert.ok(run.ok, "the engine is alive");
    }));

  it("answers a question about a flow that is not open with a reason", () =>
    withEngine(async (engine) => {
      await assert.rejects(engine.client.request("run/train", { session: "nobody" }), { code: "no-session" });
    }));
});
