import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { KeptRun } from "../../src/extension/kept-runs";
import { RunArchive } from "../../src/extension/run-archive";

const run = (step: number): KeptRun => ({
  text: '{ "version": 1, "layers": [] }\nwith a line end',
  step,
  checkpoint: Uint8Array.of(10, 0, 255, step % 256),
  history: [{ step, loss: 1, lossLow: 0.5, lossHigh: 2, validation: null, gradientNorm: 3, learningRate: 1e-3 }],
});

const unexpected = (error: unknown) => assert.fail(String(error));

describe("the archive of runs", () => {
  let folder: string;
  let reported: unknown[];
  let archive: RunArchive;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "pushforward-archive-"));
    reported = [];
    archive = new RunArchive(folder, (error) => reported.push(error));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Saving goes on in the background; dropping another document's run waits for nothing of this one. */
  const saved = async (step: number) => {
    while ((await archive.load("a"))?.step !== step) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it("gives back a run bit for bit, to another window too", async () => {
    archive.save("a", run(7));
    await saved(7);
    assert.deepEqual(await new RunArchive(folder, unexpected).load("a"), run(7));
    assert.equal(await archive.load("b"), null);
  });

  it("keeps the newest of many runs that come at once, and leaves no half-written file", async () => {
    for (let step = 1; step <= 50; step++) archive.save("a", run(step));
    await saved(50);
    assert.deepEqual(
      readdirSync(folder).filter((name) => !name.endsWith(".run")),
      [],
    );
    assert.deepEqual(reported, []);
  });

  it("forgets a run that is dropped, also while it is being written", async () => {
    archive.save("a", run(1));
    archive.save("a", run(2));
    await archive.drop("a");
    assert.equal(await archive.load("a"), null);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("treats a damaged file as no run, and says so", async () => {
    archive.save("a", run(3));
    await saved(3);
    const file = path.join(folder, readdirSync(folder)[0] ?? "");
    truncateSync(file, 20);
    assert.equal(await archive.load("a"), null);
    assert.equal(reported.length, 1);
    writeFileSync(file, '{"format":99,"document":"a"}\n');
    assert.equal(await archive.load("a"), null, "a format of another version is not read");
  });

  it("reports a folder that cannot be written, once for each attempt, and goes on", async () => {
    const blocked = path.join(folder, "file");
    writeFileSync(blocked, "");
    const failing = new RunArchive(path.join(blocked, "inside"), (error) => reported.push(error));
    failing.save("a", run(1));
    while (reported.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(await failing.load("a"), null);
  });

  it("keeps nothing where there is no storage", async () => {
    const none = new RunArchive(null, unexpected);
    none.save("a", run(1));
    assert.equal(await none.load("a"), null);
    await none.drop("a");
  });
});
