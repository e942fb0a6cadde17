import assert from "node:assert/strict";
import catalogue from "../../src/generated/catalogue.json";
import { describesSameRun, isBlank, looksLikeFlow } from "../../src/language/definition";
import { hoverAt } from "../../src/language/hover";
import { layerAt, layerEntries, rangeOfLayer, rangeOfStage, stageAt } from "../../src/language/layers";
import { type FlowFacts, lensesOf } from "../../src/language/lenses";
import { about, decimals } from "../../src/language/numbers";
import { csvTemplate, templateByName, templates } from "../../src/language/templates";
import { parseDefinition } from "../../src/spec/parse";

/** A text with one place marked by ¦. */
function marked(text: string): { readonly text: string; readonly offset: number } {
  const offset = text.indexOf("¦");
  return { text: text.replace("¦", ""), offset };
}
const slice = (text: string, range: { offset: number; length: number } | null) =>
  range && text.slice(range.offset, range.offset + range.length);

describe("recognizing a definition", () => {
  it("takes a blank text for one that is being started", () => {
    for (const text of ["", "  \n", "// nothing yet\n", "{", "{ }", "{\n  // soon\n}"])
      assert.ok(isBlank(text) && looksLikeFlow(text), text);
    for (const text of ["x", "[]", '{ "a": 1 }', "{}{}", '{ "layers"']) assert.equal(isBlank(text), false, text);
  });

  it("knows its own by schema or layers, also while the text is faulty, and leaves files of other tools alone", () => {
    for (const text of ['{ "layers": [', '{ "$schema": "./flow.schema.json" }', '{ "version": 1, "layers": [] }'])
      assert.ok(looksLikeFlow(text), text);
    for (const text of ['{ "nodes": [], "edges": [] }', "[1, 2]", '{ "version": 1 }', '"layers"'])
      assert.equal(looksLikeFlow(text), false, text);
  });

  it("survives a million brackets", () => {
    const hostile = "[".repeat(1_000_000);
    assert.equal(looksLikeFlow(hostile), false);
    assert.deepEqual(layerEntries(hostile), []);
    assert.equal(describesSameRun(hostile, `${hostile} `), false);
    assert.equal(hoverAt(hostile, 10, catalogue), null);
  });
});

describe("telling whether an edit leaves the run alone", () => {
  const before = '{ "version": 1, "layers": [{ "type": "planar" }], "train": { "steps": 10, "batch": 8 }, "view": { "grid": 64 } }';

  it("comments, spacing, order, name, view and budget do", () => {
    const after = `{
      // a comment
      "layers": [ { "type": "planar" }, ], "version": 1, "name": "other",
      "train": { "batch": 8, "steps": 5000 }, "view": { "grid": 128 } }`;
    assert.ok(describesSameRun(before, after));
  });

  it("layers, batch and faults do not", () => {
    assert.ok(!describesSameRun(before, before.replace('"planar"', '"affine"')));
    assert.ok(!describesSameRun(before, before.replace('"batch": 8', '"batch": 9')));
    assert.ok(!describesSameRun(before, before.slice(0, -1)));
  });
});

describe("places of layers", () => {
  const text = `{
    "base": { "type": "normal" },
    "layers": [
      { "type": "affine" },
      { "type": "repeat", "count": 3, "layers": [ { "type": "planar" }, { "type": "rotation", "angle": 0.5 } ] },
      { "type": "actnorm" }
    ],
    "target": { "type": "moons" }
  }`;

  it("unrolls repeats, base → data", () => {
    const entries = layerEntries(text).map(({ type, indices }) => ({ type, indices }));
    assert.deepEqual(entries, [
      { type: "affine", indices: [0] },
      { type: "planar", indices: [1, 3, 5] },
      { type: "rotation", indices: [2, 4, 6] },
      { type: "actnorm", indices: [7] },
    ]);
  });

  it("finds a layer's text, and none for layers that the engine adds", () => {
    assert.equal(slice(text, rangeOfLayer(text, 0)), '{ "type": "affine" }');
    assert.equal(slice(text, rangeOfLayer(text, 4)), '{ "type": "rotation", "angle": 0.5 }');
    assert.equal(rangeOfLayer(text, 8), null);
    assert.equal(slice(text, rangeOfStage(text, 0)), '{ "type": "normal" }');
  });

  it("finds the layer and the stage at a place", () => {
    const inRotation = text.indexOf("0.5");
    assert.equal(layerAt(text, inRotation)?.type, "rotation");
    assert.equal(stageAt(text, inRotation), 3);
    assert.equal(stageAt(text, text.indexOf('"normal"')), 0);
    assert.equal(stageAt(text, text.indexOf('"base"') + 2), 0);
    assert.equal(stageAt(text, text.indexOf('"moons"')), 8);
    assert.equal(stageAt(text, 0), null);
  });

  it("bounds what a hostile count would unroll", () => {
    const hostile =
      '{ "layers": [{ "type": "repeat", "count": 1e9, "layers": [{ "type": "repeat", "count": 1e9, "layers": [{ "type": "planar" }] }] }] }';
    assert.equal(layerEntries(hostile)[0]?.indices.length, 256);
  });

  it("works in a text with faults", () => {
    const { text: faulty, offset } = marked('{ "layers": [ { "type": "affine" }, { "type": "pla¦nar", ');
    assert.equal(stageAt(faulty, offset), 2);
  });
});

describe("hovers", () => {
  const hover = (text: string) => {
    const { text: clean, offset } = marked(text);
    return hoverAt(clean, offset, catalogue)?.markdown ?? null;
  };

  it("give a layer's formula, log-det, inverse and source", () => {
    const markdown = hover('{ "layers": [ { "type": "pla¦nar" } ] }') ?? "";
    assert.match(markdown, /^\*\*Planar\*\* · layer `planar`/);
    for (const part of ["û tanh(wᵀz + b)", "log |det J| = `", "Inverse: ", "https://arxiv.org/abs/1505.05770"])
      assert.ok(markdown.includes(part), `${part} in ${markdown}`);
  });

  it("know transforms, bases and targets by their place", () => {
    assert.match(hover('{ "layers": [ { "type": "coupling", "transform": { "type": "¦affine" } } ] }') ?? "", /· transform `affine`/);
    assert.match(hover('{ "base": { "ty¦pe": "normal" } }') ?? "", /· base distribution `normal`/);
    assert.match(hover('{ "target": { "type": "moon¦s" } }') ?? "", /target `moons`[\s\S]*Lowest possible NLL: 2\.3939 nats/);
  });

  it("give type and default of a key", () => {
    assert.match(
      hover('{ "layers": [ { "type": "coupling", "transform": { "type": "rqs", "bi¦ns": 8 } } ] }') ?? "",
      /`bins`: .*default `8`/,
    );
    assert.match(hover('{ "layers": [ { "type": "coupling", "mask": [1, ¦0] } ] }') ?? "", /`mask`: /);
  });

  it("say nothing where there is nothing to say", () => {
    for (const text of [
      '{ "layers": [ ¦ ] }',
      '{ "layers": [ { "type": "no¦pe" } ] }',
      '{ "dim": ¦2 }',
      '{ "other": { "type": "pla¦nar" } }',
      "¦",
    ])
      assert.equal(hover(text), null, text);
  });

  it("exist for every entry of the catalogue, with no markup gone astray", () => {
    const places = {
      layers: (e: string) => `{"layers":[{"type":¦${e}}]}`,
      bases: (e: string) => `{"base":{"type":¦${e}}}`,
      targets: (e: string) => `{"target":{"type":¦${e}}}`,
    };
    for (const [kind, place] of Object.entries(places)) {
      for (const entry of catalogue[kind as "layers"]) {
        const markdown = hover(place(JSON.stringify(entry.type))) ?? "";
        assert.ok(markdown.includes(entry.formula), entry.type);
        assert.equal(markdown.split("`").length % 2, 1, `odd number of backticks in ${markdown}`);
      }
    }
  });
});

describe("lenses", () => {
  const facts: FlowFacts = {
    parameters: 1312,
    nll: { name: "NLL", value: 2.41666 },
    layers: [
      { label: "coupling x₂ | x₁", parameters: 1311, logDet: { mean: -0.3104, sd: 0.2 } },
      { label: "planar", parameters: 1, logDet: null },
      { label: "planar", parameters: 1, logDet: { mean: 1, sd: 1 } },
    ],
  };
  const text = '{ "layers": [ { "type": "coupling" }, { "type": "repeat", "count": 2, "layers": [ { "type": "planar" } ] } ] }';

  it("stand above the chain and each entry, with numbers in nats and real minus signs", () => {
    const lenses = lensesOf(text, facts);
    assert.deepEqual(
      lenses.map((lens) => [lens.text, lens.stage]),
      [
        ["K = 3 · 1,312 parameters · NLL 2.4167 nats", null],
        ["f₁ coupling x₂ | x₁ · 1,311 parameters · log |det J| −0.310 ± 0.200", 1],
        ["f₂ … f₃ planar · 1 parameter", 2],
      ],
    );
    assert.equal(text.slice(lenses[0]?.offset).indexOf('"layers"'), 0);
  });

  it("name the layers while there are no numbers, so that lines do not jump", () => {
    assert.deepEqual(
      lensesOf(text, null).map((lens) => lens.text),
      ["K = 3", "f₁ coupling", "f₂ … f₃ planar"],
    );
    assert.deepEqual(lensesOf('{ "nodes": [] }', null), []);
  });

  it("say of which points the NLL is", () => {
    const [head] = lensesOf(text, { ...facts, nll: { name: "batch NLL", value: -0.5 } });
    assert.equal(head?.text, "K = 3 · 1,312 parameters · batch NLL −0.5000 nats");
  });

  it("write exact zeros without a sign and words for what is no number", () => {
    assert.deepEqual(
      [decimals(-0.0004, 3), decimals(0, 3), decimals(Number.NaN, 2), decimals(-Infinity, 2), decimals(-2.345, 2)],
      ["0.000", "0.000", "not a number", "−∞", "−2.35"],
    );
  });

  it("tell the size of a quantity in two digits", () => {
    assert.deepEqual([0.004236, 0.4236, 12.34, 1523, 20_013].map(about), ["0.0042", "0.42", "12", "1,500", "20,000"]);
  });
});

describe("templates", () => {
  const tables = [
    csvTemplate("faithful.csv", ["eruptions", "waiting"]),
    csvTemplate('dir/a "b".csv', ["=x", "ünï", "z"]),
    csvTemplate("one.csv", ["a"]),
  ];
  for (const template of [...templates, ...tables]) {
    it(`"${template.title}" (${template.name}) is valid without a warning`, () => {
      const parsed = parseDefinition(template.text);
      assert.deepEqual(parsed.ok ? parsed.warnings : parsed.faults, []);
    });
  }

  it("are found by name", () => {
    assert.equal(templateByName("moons"), templates[0]);
    assert.equal(templateByName("__proto__"), null);
  });
});
