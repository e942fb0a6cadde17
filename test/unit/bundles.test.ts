/** What `npm run build` made: nothing that a page's content security policy forbids, no room's code in another room's bundle, no bundle too large. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { DIST } from "../support/engine";

/** Kilobytes at the most: the size when this was written and about 15 % more. Raise one on purpose, not by accident. */
const BUDGETS: Readonly<Record<string, number>> = {
  "extension.js": 120,
  "flow-view.js": 380,
  "inspector.js": 40,
  "engine.js": 20,
  "cli.js": 40,
  "compute.js": 340,
  "kernel-thread.js": 4,
  "tfjs.js": 1800,
};
const BUNDLES = Object.keys(BUDGETS);
const WITHOUT_TENSORS = BUNDLES.filter((bundle) => bundle !== "compute.js" && bundle !== "tfjs.js");

const HOW = "run `npm run build`";

function textOf(bundle: string): string {
  const file = path.join(DIST, bundle);
  assert.ok(existsSync(file), `dist/${bundle} is missing; ${HOW}`);
  return readFileSync(file, "utf8");
}

/** Fails with a little of the text around the first hit. */
function assertAbsent(bundle: string, ...patterns: readonly RegExp[]): void {
  const text = textOf(bundle);
  for (const pattern of patterns) {
    const hit = pattern.exec(text);
    assert.equal(hit && text.slice(Math.max(0, hit.index - 40), hit.index + 60), null, `dist/${bundle} holds ${pattern}`);
  }
}

describe("the production build", () => {
  for (const bundle of BUNDLES) {
    it(`has ${bundle} without a source map, in at most ${BUDGETS[bundle]} kB`, () => {
      assert.doesNotMatch(textOf(bundle), /sourceMappingURL/, `dist/${bundle} is a development build; ${HOW}`);
      const size = statSync(path.join(DIST, bundle)).size / 1000;
      assert.ok(size <= (BUDGETS[bundle] ?? 0), `dist/${bundle} has ${size.toFixed(1)} kB`);
    });

    it(`makes no code from text in ${bundle}`, () => {
      assertAbsent(bundle, /\beval\s*\(/, /\bnew\s+Function\b/);
    });

    it(`tells nothing about the machine that made ${bundle}`, () => {
      const places = [path.join(__dirname, "../.."), homedir()].filter((place) => place.length > 1);
      for (const place of places) assert.ok(!textOf(bundle).includes(`${place}/`), `dist/${bundle} names ${place}`);
      assertAbsent(bundle, /file:\/\/\/\w/, /node_modules/);
    });
  }

  for (const bundle of WITHOUT_TENSORS) {
    it(`keeps TensorFlow.js and zod out of ${bundle}`, () => {
      assertAbsent(bundle, /@tensorflow|registerBackend|tfjs[-.]|numTensors/i, /ZodError|\$ZodType|\bzod\b/);
    });
  }

  it("starts a compute thread without reading TensorFlow.js", () => {
    assertAbsent("compute.js", /@tensorflow|registerBackend|numTensors/i);
    // Outside a worker thread its last statement throws, when all that it loads at once is in Node's cache; it itself is taken out.
    const script = `try { require("./compute.js") } catch (error) { console.log(error.message, Object.keys(require.cache)) }`;
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], { cwd: DIST, encoding: "utf8" });
    assert.equal(stdout, "this file runs as a worker thread of the engine []\n", stderr);
  });

  it("keeps Chart.js to the view, and the reader of tables to the engine's threads", () => {
    assert.match(textOf("flow-view.js"), /chartjs|Chart\.js|chart\.js/);
    assert.match(textOf("compute.js"), /CSV_QUOTE_NOT_CLOSED/);
    for (const bundle of BUNDLES) {
      if (bundle !== "flow-view.js") assertAbsent(bundle, /chartjs/i);
      if (bundle !== "compute.js") assertAbsent(bundle, /CSV_INVALID_CLOSING_QUOTE/);
    }
  });

  it("brings both WebAssembly files and the icons along", () => {
    for (const file of ["wasm/tfjs-backend-wasm-simd.wasm", "wasm/tfjs-backend-wasm.wasm"]) {
      assert.ok(existsSync(path.join(DIST, file)), `dist/${file} is missing; ${HOW}`);
      assert.equal(readFileSync(path.join(DIST, file)).subarray(0, 4).toString("latin1"), "\0asm", `dist/${file} is no WebAssembly`);
    }
    for (const file of ["codicons/codicon.css", "codicons/codicon.ttf"])
      assert.ok(existsSync(path.join(DIST, file)), `dist/${file} is missing; ${HOW}`);
  });
});
