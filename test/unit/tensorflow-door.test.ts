/** src/flows/tf.ts: what needs no tensor neither waits for TensorFlow.js nor keeps it in memory. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";

const root = path.join(__dirname, "../..");

/** Runs in a process of its own, as the tests' modules are loaded, and returns what it printed. */
function printed(script: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--require", "tsx/cjs", "--eval", script], {
    cwd: root,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

const LOADED = `const loaded = () => Object.keys(require.cache).filter((file) => file.includes("@tensorflow"));`;

describe("the door to TensorFlow.js", () => {
  it("loads nothing while definitions are parsed and flows are built", () => {
    const built = printed(`
      const { readdirSync, readFileSync } = require("node:fs");
      require("./src/flows/catalogue.ts");
      const { parseDefinition } = require("./src/spec/parse.ts");
      const { Flow } = require("./src/flows/flow.ts");
      ${LOADED}
      const files = readdirSync("examples").filter((file) => file.endsWith(".flow.json"));
      for (const file of files) {
        const parsed = parseDefinition(readFileSync("examples/" + file, "utf8"));
        if (!parsed.ok) throw new Error(file);
        new Flow(parsed.definition.spec).layout.initial(1);
      }
      console.log(files.length > 0, loaded().length);`);
    assert.equal(built, "true 0");
  });

  it("loads the library when a member is read, with both backends and the gradients that the flows need", () => {
    const found = printed(`
      const { tf } = require("./src/flows/tf.ts");
      ${LOADED}
      console.log(loaded().length, tf.version_core, loaded().length > 0);
      tf.setBackend("cpu").then(() => {
        const slope = tf.grad((x) => tf.where(x.greater(0), x.mul(3), x).sum())(tf.tensor1d([1, -1]));
        console.log(tf.findBackendFactory("wasm") !== null, slope.dataSync().join());
      });`);
    assert.match(found, /^0 4\.22\.0 true\ntrue 3,1$/);
  });
});
