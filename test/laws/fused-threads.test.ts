/** The life of the kernels' threads and of their memory. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { FlowKernels } from "../../src/kernels/flow-kernels";
import { flowOf, type Part } from "../support/flows";
import { withFolder } from "../support/folder";
import { fusedCompute, kernelSource, onEveryVariant, programOf, withKernels } from "../support/fused";
import { moonPoints, moonSource, startTrainer, steps } from "../support/training";

const net = { type: "mlp", hidden: [64, 64], activation: "relu" };
const parts = [0, 1, 2, 3].map(
  (i): Part => ({ type: "coupling", mask: i % 2 === 0 ? [1, 0] : [0, 1], transform: { type: "affine" }, net }),
);
const flow = flowOf(2, parts);
const BATCH = moonPoints(256, "threads");

/** Threads of this process, on systems that list them. */
const TASKS = "/proc/self/task";
/** Kernels of this flow take some 2 MB that are ever touched; this many of them would be seen. */
const CYCLES = 200;
const CYCLES_WITH_THREADS = 10;
const MOST_GROWTH = 60e6;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

async function residentBytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 20)); // shared memories are given back after the collection
  }
  return process.memoryUsage.rss();
}

async function openAndClose(times: number, open: () => Promise<void>): Promise<number> {
  for (let i = 0; i < 5; i++) await open();
  const before = await residentBytes();
  for (let i = 0; i < times; i++) await open();
  return (await residentBytes()) - before;
}

describe("threads and memory of fused kernels", () => {
  onEveryVariant((source) => {
    it("a thread that stops with an error is reported by each command, and what is left can be disposed of", async () => {
      // the thread is sent to a plan beyond the memory; what it would write to the error stream is kept from there
      const script = `
        const threads = require("node:worker_threads");
        threads.workerData.plan = 2 ** 31;
        process.stderr.write = () => true;
        require(${JSON.stringify(source.threadFile)});`;
      await withFolder({ "lost.cjs": script }, (folder) => {
        const kernels = new FlowKernels(programOf(flow), { ...source, threadFile: path.join(folder, "lost.cjs") }, 2, 256);
        const reported = /a thread of the kernels stopped with an error/;
        assert.throws(() => kernels.load(flow.layout.initial(1)), reported);
        assert.throws(() => kernels.likelihood(BATCH), reported);
        assert.throws(() => kernels.walk(BATCH, 0, 1, { stages: true, base: false }), reported);
        kernels.dispose();
      });
    });

    it("more points than a question has room for are refused", () => {
      withKernels(flow, source, 1, (kernels) => {
        const points = new Float32Array(2 * (kernels.piece + 1));
        kernels.load(flow.layout.initial(1));
        assert.throws(() => kernels.walk(points, 0, 1, { stages: true, base: false }), /there is room for/);
      });
    });

    it("as many points as anybody likes are evaluated in pieces that fit", async () => {
      const compute = fusedCompute(flow, source);
      const piece = withKernels(flow, source, 1, (kernels) => kernels.piece);
      const points = moonPoints(2 * piece + 3, "pieces");
      const parameters = flow.layout.initial(1);
      const walk = (from: number) => compute.evaluator.walk(parameters, points.slice(2 * from), 4, 0);
      const [whole, end] = [await walk(0), await walk(2 * piece)];
      for (let stage = 0; stage <= 4; stage++)
        assert.deepEqual(
          end.stages.slice(6 * stage, 6 * (stage + 1)),
          whole.stages.slice((stage + 1) * points.length - 6, (stage + 1) * points.length),
        );
      compute.dispose();
    });

    it("dispose ends the threads, also while they wait for work", async function () {
      if (!existsSync(TASKS)) return this.skip();
      const count = () => readdirSync(TASKS).length;
      const open = async () => {
        const trainer = await startTrainer(flow, moonSource(256), fusedCompute(flow, source, 3));
        await steps(trainer, 2);
        await new Promise((resolve) => setTimeout(resolve, 20)); // long enough for the threads to fall asleep
        return trainer;
      };
      (await open()).dispose(); // and what Node itself starts with the first thread is there
      await new Promise((resolve) => setTimeout(resolve, 200));
      const before = count();
      const trainer = await open();
      assert.ok(count() >= before + 2);
      trainer.dispose();
      for (let wait = 0; wait < 200 && count() > before; wait++) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.ok(count() <= before, `${count()} threads instead of ${before}`);
    });
  });

  for (const [threads, times] of [
    [1, CYCLES],
    [2, CYCLES_WITH_THREADS],
  ] as const)
    it(`opening and disposing ${times} times leaves no memory behind, with ${threads === 1 ? "1 thread" : `${threads} threads`}`, async () => {
      const source = kernelSource("SIMD");
      const growth = await openAndClose(times, async () => {
        const compute = fusedCompute(flow, source, threads);
        const trainer = await startTrainer(flow, moonSource(256), compute);
        await trainer.step();
        await compute.evaluator.logDensities(trainer.state.parameters, [{ stage: 4, points: BATCH }]);
        trainer.dispose();
        compute.dispose();
      });
      assert.ok(growth < MOST_GROWTH, `${(growth / 1e6).toFixed(0)} MB more`);
    });
});
