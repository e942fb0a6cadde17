/** `npm run results [-- NAME …]`: trains the examples with their own settings and writes the table docs/results.md. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "../test/tools/command.mjs";
import { ensureBuilt } from "./ensure-built.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const table = path.join(root, "docs/results.md");
const store = path.join(root, "docs/results.json");
const SUFFIX = ".flow.json";

const all = readdirSync(path.join(root, "examples"))
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) throw new Error(`no example "${unknown[0]}"; there are ${all.join(", ")}`);

await ensureBuilt({ log: console.error });
const results = existsSync(store) ? JSON.parse(readFileSync(store, "utf8")) : {};
for (const name of wanted.length > 0 ? wanted : all) {
  console.error(`${name}`);
  const out = mkdtempSync(path.join(tmpdir(), "pushforward-results-"));
  try {
    await runCommand(process.execPath, [path.join(root, "dist/cli.js"), "train", path.join(root, "examples", name + SUFFIX), "--out", out]);
    const { seconds: _seconds, file: _file, layers: _layers, ...numbers } = JSON.parse(readFileSync(path.join(out, "result.json"), "utf8"));
    results[name] = numbers;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
writeFileSync(store, `${JSON.stringify(results, null, 2)}\n`);

const number = (value, digits) => (value === null || value === undefined ? "–" : value.toFixed(digits));
const rows = all
  .filter((name) => results[name])
  .map((name) => {
    const r = results[name];
    const cells = [
      `[${name}](../examples/${name}${SUFFIX})`,
      r.steps.toLocaleString("en"),
      r.parameters.toLocaleString("en"),
      `${number(r.nll, 4)} ± ${number(r.nllStandardError, 4)}`,
    ];
    return [...cells, number(r.floor, 4), number(r.klToFloor, 4), number(r.massInView, 4), r.largestRoundTripError.toExponential(1)].join(
      " | ",
    );
  });
writeFileSync(
  table,
  `<!-- Written by scripts/results.mjs. -->

# What the examples reach

Each example, trained with its own settings and seed. NLL in nats over held-out points (20,000 fresh ones for the toys), mean ± standard error; the floor is the exact entropy of the target, below which no model can get. ∫p is the mass inside the window of the picture.

| example | steps | parameters | NLL | floor | KL to the floor | ∫p in view | worst round trip |
|---|---|---|---|---|---|---|---|
${rows.map((row) => `| ${row} |`).join("\n")}

Reproduce with \`npm ci && npm run results\`; one of them with \`npm run results -- moons\`. The seeds make a run repeat bit for bit on the same kind of processor and Node version.
`,
);
console.error(`written: ${path.relative(process.cwd(), table)}`);
