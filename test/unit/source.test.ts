/** Where batches come from: the same at every resume, fair to every row, and never mixed with what is held out. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Computing } from "../../src/engine/computing";
import { loadFlow } from "../../src/engine/loaded-flow";
import { openSource, type Source, SourceError } from "../../src/engine/source";
import type { Typed } from "../../src/flows/flow-spec";
import { toys } from "../../src/flows/targets";
import { initialState } from "../../src/flows/training/state";
import { writeCheckpoint, writeWeights } from "../../src/interop/checkpoint";
import { useBackend } from "../support/backend";
import { flowOf, TRAIN } from "../support/flows";
import { type Files, withFolder } from "../support/folder";

const CSV: Typed = { type: "csv", config: { file: "t.csv", columns: ["a", "b"], limit: 100_000 } };
const toy = (type: string): Typed => ({ type, config: toys.find((entry) => entry.type === type)?.config.parse({}) as never });

/** Rows (i, −i), so that a point says which row it is. */
const numbered = (rows: number) => ({ "t.csv": `a,b\n${Array.from({ length: rows }, (_, i) => `${i},${-i}`).join("\n")}\n` });

interface Settings {
  readonly seed?: number;
  readonly batch?: number;
  readonly fraction?: number;
  readonly target?: Typed;
}

async function sourceIn(folder: string | null, { seed = 1, batch = 8, fraction = 0.2, target = CSV }: Settings = {}): Promise<Source> {
  const { spec } = flowOf(2, [{ type: "affine" }], { type: "normal" }, { batch, validation: { fraction, patience: 0 } }, seed);
  return (await openSource({ ...spec, target }, folder)) as Source;
}

const withSource = (files: Files, settings: Settings, use: (source: Source) => void) =>
  withFolder(files, async (folder) => use(await sourceIn(folder, settings)));

const firsts = (points: Float32Array) => Array.from({ length: points.length / 2 }, (_, i) => points[2 * i] as number);
const batches = (source: Source, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => firsts(source.batch(from + i))).flat();

describe("batches", () => {
  for (const target of [CSV, ...toys.map(({ type }) => toy(type))]) {
    it(`of ${target.type} are a function of seed and step alone, in whatever order they are asked for`, () =>
      withFolder(numbered(50), async (folder) => {
        const one = await sourceIn(folder, { target });
        const other = await sourceIn(folder, { target });
        const steps = [0, 1, 2, 3, 7, 8, 100];
        const forwards = steps.map((step) => [...one.batch(step)]);
        const backwards = [...steps].reverse().map((step) => [...other.batch(step)]);
        assert.deepEqual(forwards, backwards.reverse());
        assert.ok(forwards.flat().every(Number.isFinite));
        const another = await sourceIn(folder, { target, seed: 2 });
        assert.notDeepEqual([...another.batch(1)], forwards[1]);
        assert.notDeepEqual(forwards[1], forwards[2]);
      }));
  }

  it("of a file belong to the caller: changing one changes nothing", () =>
    withSource(numbered(10), {}, (source) => {
      const before = [...source.batch(1)];
      source.batch(1).fill(0);
      assert.deepEqual([...source.batch(1)], before);
    }));
});

describe("an epoch", () => {
  for (const [rows, batch] of [
    [40, 8],
    [41, 8],
    [7, 5],
    [5, 5],
    [3, 8],
  ] as const) {
    it(`visits each of ${rows} rows once in batches of ${batch}, and comes in another order each time`, () =>
      withSource(numbered(rows), { batch, fraction: 0 }, (source) => {
        const size = Math.min(batch, rows);
        const visited = batches(source, 1, 3 * rows).slice(0, 3 * rows);
        assert.equal(source.batch(1).length, 2 * size);
        const epochs = [0, 1, 2].map((epoch) => visited.slice(epoch * rows, (epoch + 1) * rows));
        for (const epoch of epochs) {
          assert.deepEqual(
            [...epoch].sort((a, b) => a - b),
            Array.from({ length: rows }, (_, i) => i),
          );
        }
        assert.ok(new Set(epochs.map(String)).size > 1, "every epoch has the same order");
      }));
  }

  it("starts data-dependent layers from different rows, those of step 1", () =>
    withSource(numbered(40), {}, (source) => {
      assert.deepEqual(source.batch(0), source.batch(1));
      assert.equal(new Set(firsts(source.batch(0))).size, 8);
    }));
});

describe("held-out rows", () => {
  for (const [rows, fraction, held] of [
    [100, 0.1, 10],
    [100, 0.29, 29],
    [99, 0.1, 10],
    [4, 0.1, 0],
    [100, 0, 0],
    [2, 0.9, 1],
    [1, 0.9, 0],
  ] as const) {
    it(`are ${held} of ${rows} at a share of ${fraction}, and are never trained on`, () =>
      withSource(numbered(rows), { fraction }, (source) => {
        assert.deepEqual(source.rows, { train: rows - held, validation: held });
        const heldOut = firsts(source.heldOut);
        const trained = new Set(batches(source, 1, rows));
        assert.equal(heldOut.length, held);
        assert.equal(new Set([...heldOut, ...trained]).size, rows);
        assert.ok(heldOut.every((row) => !trained.has(row)));
      }));
  }

  it("are drawn by the seed, not cut off an end", () =>
    withFolder(numbered(100), async (folder) => {
      const held = async (seed: number) => firsts((await sourceIn(folder, { seed })).heldOut);
      assert.deepEqual(await held(1), await held(1));
      assert.notDeepEqual(await held(1), await held(2));
      assert.ok((await held(1)).some((row) => row >= 50) && (await held(1)).some((row) => row < 50));
    }));

  for (const { type } of toys) {
    it(`of ${type} are fresh points: 20,000 of them, none in any batch`, async () => {
      const source = await sourceIn(null, { target: toy(type), batch: 1000 });
      assert.equal(source.heldOut.length, 2 * 20_000);
      assert.equal(source.rows, null);
      const points = (values: Float32Array) => Array.from({ length: values.length / 2 }, (_, i) => `${values[2 * i]},${values[2 * i + 1]}`);
      const held = new Set(points(source.heldOut));
      for (const step of [0, 1, 2, 3]) assert.ok(points(source.batch(step)).every((point) => !held.has(point)));
    });
  }
});

describe("mean and deviation for standardisation", () => {
  const standardOf = async (rows: readonly (readonly [number, number])[]) =>
    withFolder({ "t.csv": `a,b\n${rows.map((row) => row.join()).join("\n")}\n` }, async (folder) => {
      const source = await sourceIn(folder, { fraction: 0 });
      return source.standard as NonNullable<Source["standard"]>;
    });

  it("are those of the training rows alone", () =>
    withSource(numbered(10), { fraction: 0.5, batch: 5 }, (source) => {
      const rows = firsts(source.batch(1));
      const mean = rows.reduce((sum, value) => sum + value, 0) / 5;
      const deviation = Math.sqrt(rows.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 5);
      assert.ok(Math.abs((source.standard?.mean[0] ?? 0) - mean) < 1e-12);
      assert.ok(Math.abs((source.standard?.deviation[0] ?? 0) - deviation) < 1e-12);
      assert.ok(Math.abs((source.standard?.mean[1] ?? 0) + mean) < 1e-12);
    }));

  it("are found in double precision, where single precision would lose the spread", async () => {
    const n = 20_000;
    // A million is exact in float32, its square is not: single precision would find a spread of 0 or of hundreds.
    const { mean, deviation } = await standardOf(Array.from({ length: n }, (_, i) => [1e6 + (i % 2), i]));
    assert.ok(Math.abs((mean[0] as number) - 1_000_000.5) < 1e-6, String(mean[0]));
    assert.ok(Math.abs((deviation[0] as number) - 0.5) < 1e-9, String(deviation[0]));
    assert.ok(Math.abs((deviation[1] as number) - Math.sqrt((n * n - 1) / 12)) < 1e-6);
  });

  it("leave a constant column as wide as it is, also where its mean cannot be exact", async () => {
    for (const constant of [0, 3, 0.1, -1e-9, 123456.789]) {
      const { mean, deviation } = await standardOf(Array.from({ length: 997 }, (_, i) => [constant, i]));
      assert.equal(deviation[0], 1, `deviation of ${constant}`);
      assert.ok(Math.abs((mean[0] as number) - Math.fround(constant)) <= Math.abs(constant) * 1e-12);
    }
  });

  it("are none for toys", async () => {
    assert.equal((await sourceIn(null, { target: toy("moons") })).standard, null);
  });
});

describe("a source that cannot be had", () => {
  it("says which entry of the target is to blame", async () => {
    const blamed = async (settings: Settings) =>
      withFolder(numbered(10), async (folder) => {
        const error = await sourceIn(folder, settings).then(
          () => assert.fail("it was had"),
          (reason: unknown) => reason,
        );
        assert.ok(error instanceof SourceError, String(error));
        return `${error.key}: ${error.message}`;
      });
    const csv = (more: object): Settings => ({ target: { ...CSV, config: { ...CSV.config, ...more } } });
    assert.match(await blamed(csv({ file: "u.csv" })), /^file: "u\.csv" does not exist/);
    assert.match(await blamed(csv({ columns: ["a", "bb"] })), /^columns: there is no column "bb".* Did you mean "b"\?/);
  });

  it("asks to save a definition that has no folder yet", async () => {
    await assert.rejects(sourceIn(null), /the definition has no folder yet\. Save the definition beside the file\./);
  });
});

describe("weights that a definition names", () => {
  before(() => useBackend("cpu"));

  const layers = [{ type: "planar" }];
  const flow = flowOf(2, layers);
  const parameters = flow.layout.initial(9);
  const load = (folder: string | null, file = "w.safetensors") =>
    loadFlow(
      {
        text: JSON.stringify({ version: 1, layers: [{ type: "planar", id: "planar0" }], weights: { file } }),
        folder,
        limits: { memoryBytes: 1e9, kernels: "auto", threads: 1 },
        checkpoint: null,
      },
      new Computing(path.join(__dirname, "../../dist"), assert.fail),
    );
  const refusal = async (folder: string | null, file?: string) => {
    const loading = await load(folder, file);
    assert.ok(!loading.ok && !loading.answer.ok);
    return loading.answer.faults[0]?.message;
  };

  it("are the ones it starts from, also those of a checkpoint, at step 0", () =>
    withFolder({ "w.safetensors": writeWeights(flow, parameters, 5) }, async (folder) => {
      writeFileSync(path.join(folder, "c.safetensors"), writeCheckpoint(flow, initialState(flow, TRAIN, parameters)));
      for (const file of ["w.safetensors", "c.safetensors"]) {
        const loading = await load(folder, file);
        assert.ok(loading.ok, JSON.stringify(loading.answer));
        assert.deepEqual(loading.loaded.state.parameters, parameters);
        assert.equal(loading.loaded.state.step, 0);
      }
    }));

  it("are refused with the reason when they are missing, elsewhere, no file or of another definition", () =>
    withFolder({ "in/w.safetensors": writeWeights(flowOf(3, layers), new Float32Array(7), 0), "out.safetensors": "" }, async (folder) => {
      const inside = path.join(folder, "in");
      mkdirSync(path.join(inside, "folder"));
      symlinkSync("../out.safetensors", path.join(inside, "link"));
      assert.equal(await refusal(inside, "gone"), 'weights: "gone" does not exist beside the definition.');
      for (const file of ["../out.safetensors", "link"])
        assert.equal(await refusal(inside, file), `weights: "${file}" lies outside the definition's folder. Copy it there.`);
      assert.equal(await refusal(inside, "folder"), 'weights: "folder" is not a plain file.');
      assert.equal(await refusal(inside), 'weights: "planar0.w" has shape [3], the definition needs [2].');
      assert.match((await refusal(null)) ?? "", /the definition has no folder yet.*Save the definition beside it\.$/);
      assert.match((await refusal(path.join(__dirname, "../../examples"), "faithful.csv")) ?? "", /not a usable \.safetensors file/);
      assert.ok(readFileSync(path.join(inside, "w.safetensors")).length > 0);
    }));
});
