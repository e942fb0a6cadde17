/** Bundles the suites for the extension host, one file each, to out/test/host: the host knows no TypeScript. */
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const repository = fileURLToPath(new URL("..", import.meta.url));
const suites = path.join(repository, "test", "host");
const outdir = path.join(repository, "out", "test", "host");

rmSync(outdir, { recursive: true, force: true }); // else a suite that was deleted would still run
await build({
  entryPoints: readdirSync(suites)
    .filter((name) => name === "index.ts" || name.endsWith(".test.ts"))
    .map((name) => path.join(suites, name)),
  outdir,
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["vscode", "mocha"], // one belongs to the host; the other must be one instance for all suites
  sourcemap: "inline",
  logLevel: "warning",
}).catch(() => {
  process.exitCode = 1; // what is wrong has been printed, by file and line
});
