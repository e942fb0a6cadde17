/** What a person reads about a definition that cannot be used: every message in one golden file, so that a review sees the wording. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { parseDefinition } from "../../src/spec/parse";

const golden = path.join(__dirname, "../golden/faults.txt");
const examples = path.join(__dirname, "../../examples");

const coupling = '{ "type": "coupling", "mask": [1, 0], "transform": { "type": "affine" } }';
const flow = (layers: string, more = "") => `{ "version": 1, "layers": [${layers}]${more} }`;

/** Title → text of the definition. */
const CASES: Readonly<Record<string, string>> = {
  "an empty file": "",
  "white space only": " \n\t ",
  "half a definition": '{ "version": 1, "layers": [',
  "a missing comma": '{ "version": 1 "layers": [] }',
  "a text that is never closed": '{ "version": 1, "layers": [], "name": "moo\n}',
  "merge conflict markers": '{\n<<<<<<< HEAD\n"version": 1\n=======\n"version": 1,\n>>>>>>> other\n"layers": [] }',
  "brackets nested too deep": "[".repeat(1_000_000),
  "a NUL character": '{ "version": 1,\u0000 "layers": [] }',
  "a list instead of an entry": "[]",
  "no version": '{ "layers": [] }',
  "a newer version": '{ "version": 3, "layers": [] }',
  "no layers": '{ "version": 1 }',
  "a mistyped top-level key": flow("", ', "trian": {}'),
  "a mistyped layer": flow('{ "type": "couplin", "mask": [1, 0] }'),
  "a layer without a type": flow('{ "mask": [1, 0] }'),
  "a mistyped key of a transform": flow('{ "type": "coupling", "mask": [1, 0], "transform": { "type": "rqs", "bims": 4 } }'),
  "a text where a number belongs": flow("", ', "seed": "3"'),
  "null where a number belongs": flow("", ', "dim": null'),
  "a fraction where a whole number belongs": flow("", ', "train": { "steps": 1.5 }'),
  "zero bins": flow('{ "type": "coupling", "mask": [1, 0], "transform": { "type": "rqs", "bins": 0 } }'),
  "a hidden width of zero": flow(
    '{ "type": "coupling", "mask": [1, 0], "transform": { "type": "affine" }, "net": { "type": "mlp", "hidden": [0] } }',
  ),
  "a number beyond double precision": flow("", ', "train": { "optimizer": { "type": "adam", "lr": 1e999 } }'),
  "minus zero": flow("", ', "seed": -0'),
  "a key that reaches into prototypes": flow("", ', "__proto__": { "polluted": true }'),
  "a key twice": '{ "version": 1, "version": 1, "layers": [] }',
  "a mask that keeps everything": flow('{ "type": "coupling", "mask": [1, 1], "transform": { "type": "affine" } }'),
  "a mask that transforms everything": flow('{ "type": "coupling", "mask": [0, 0], "transform": { "type": "affine" } }'),
  "a mask of the wrong length": flow('{ "type": "coupling", "mask": [1, 0, 1], "transform": { "type": "affine" } }'),
  "a coupling in one dimension": flow('{ "type": "coupling", "mask": [1], "transform": { "type": "affine" } }', ', "dim": 1'),
  "a rotation in one dimension": flow('{ "type": "rotation" }', ', "dim": 1'),
  "an order that is no permutation": flow('{ "type": "permute", "order": [0, 0] }'),
  "bins that do not fit into the box": flow(
    '{ "type": "coupling", "mask": [1, 0], "transform": { "type": "rqs", "bins": 40, "minBin": 0.1 } }',
  ),
  "one id for two layers": flow('{ "type": "affine", "id": "a" }, { "type": "planar", "id": "a" }'),
  "an id that names the base": flow('{ "type": "affine", "id": "base" }'),
  "too many layers after unrolling": flow(
    '{ "type": "repeat", "count": 256, "layers": [{ "type": "repeat", "count": 256, "layers": [{ "type": "planar" }] }] }',
  ),
  "a coordinate that no coupling changes": flow(coupling),
  "a toy in three dimensions": flow("", ', "dim": 3, "target": { "type": "moons" }'),
  "columns that do not match the dimension": flow("", ', "target": { "type": "csv", "file": "a.csv", "columns": ["a"] }'),
  "a window that ends before it starts": flow("", ', "view": { "window": [[1, -1], [0, 1]] }'),
  "a uniform base without room": flow("", ', "base": { "type": "uniform", "low": 1, "high": [2, 1] }'),
};

function report(text: string): string {
  const parsed = parseDefinition(text);
  const faults = parsed.ok ? parsed.warnings : parsed.faults;
  if (faults.length === 0) return "  (accepted)";
  return faults
    .map((fault) => {
      const marked = JSON.stringify(text.slice(fault.offset, fault.offset + fault.length));
      const fix = fault.fix ? `\n    fix: ${fault.fix.title}` : "";
      return `  ${fault.severity} ${fault.code} at ${fault.offset} ${marked.slice(0, 60)}\n    ${fault.message}${fix}`;
    })
    .join("\n");
}

describe("faults of a definition", () => {
  it("say where, what is wrong with which value, and what to do (golden file)", () => {
    const text = `${Object.entries(CASES)
      .map(([title, definition]) => `${title}\n${report(definition)}`)
      .join("\n\n")}\n`;
    const kept = existsSync(golden) ? readFileSync(golden, "utf8") : "";
    if (kept !== text && !process.env.CI) writeFileSync(golden, text);
    assert.equal(text, kept, "test/golden/faults.txt was stale; read it anew and commit it");
  });

  it("are placed inside the text", () => {
    for (const text of Object.values(CASES)) {
      const parsed = parseDefinition(text);
      for (const fault of parsed.ok ? parsed.warnings : parsed.faults) {
        assert.ok(fault.offset >= 0 && fault.offset <= text.length, `${fault.message} at ${fault.offset} of ${text.length}`);
      }
    }
  });

  it("a fix that is applied removes its fault", () => {
    let applied = 0;
    for (const [title, text] of Object.entries(CASES)) {
      const parsed = parseDefinition(text);
      for (const { fix, message } of parsed.ok ? parsed.warnings : parsed.faults) {
        if (!fix) continue;
        applied++;
        const mended = text.slice(0, fix.offset) + fix.text + text.slice(fix.offset + fix.length);
        const again = parseDefinition(mended);
        const left = again.ok ? again.warnings : again.faults;
        assert.ok(!left.some((fault) => fault.message === message), `${title}: ${fix.title} left the fault`);
      }
    }
    assert.ok(applied >= 6, `only ${applied} fixes were offered`);
  });

  it("come for every prefix of an example, never an exception", () => {
    const text = readFileSync(path.join(examples, "moons.flow.json"), "utf8");
    for (let end = 0; end < text.length; end += 7) {
      const parsed = parseDefinition(text.slice(0, end));
      assert.ok(!parsed.ok && parsed.faults.length > 0, `the first ${end} characters were accepted`);
    }
  });

  it("come for any JSON value, never an exception", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const parsed = parseDefinition(text);
        return parsed.ok || parsed.faults.every((fault) => fault.message.length > 0);
      }),
      { seed: 1, numRuns: 500 },
    );
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });
});

describe("a definition", () => {
  it("may start with a byte-order mark, have comments, trailing commas and any line ends", () => {
    for (const text of [
      '\uFEFF{ "version": 1, "layers": [] }',
      '{ // c\r\n "version": 1, /* d */ "layers": [], }',
      '{\r"version": 1,\r"layers": [{ "type": "affine" },]\r}',
    ]) {
      assert.equal(parseDefinition(text).ok, true, text);
    }
  });

  it("gets its defaults, and ids by type and position, through repeats too", () => {
    const parsed = parseDefinition(
      flow('{ "type": "repeat", "count": 2, "layers": [{ "type": "planar" }, { "type": "affine", "id": "a" }] }, { "type": "actnorm" }'),
    );
    assert.ok(parsed.ok);
    assert.deepEqual(
      parsed.definition.spec.layers.map((layer) => layer.id),
      ["repeat1.0.planar1", "repeat1.0.a", "repeat1.1.planar1", "repeat1.1.a", "actnorm2"],
    );
    assert.equal(parsed.definition.spec.train.steps, 2000);
    assert.equal(parsed.definition.spec.dim, 2);
    assert.deepEqual(parsed.definition.ranges[0], parsed.definition.ranges[2], "copies of a repeat point at the same entry");
  });

  it("without layers is the identity", () => {
    const parsed = parseDefinition('{ "version": 1, "layers": [] }');
    assert.ok(parsed.ok && parsed.definition.spec.layers.length === 0);
  });
});
