/** Builds the kernels and the production bundles when they are missing or older than what they are made of. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildKernels } from "./build-kernels.mjs";

const repository = fileURLToPath(new URL("..", import.meta.url));
const at = (/** @type {string[]} */ ...names) => path.join(repository, ...names);
// webpack leaves a bundle untouched that came out the same: its age does not say when it was last built.
const stamp = at("out", "built");

export async function ensureBuilt({ log = console.log } = {}) {
  if (isFresh()) return;
  const began = Date.now();
  log("Building the extension (once, and after changes) …");
  await buildKernels();
  await webpack();
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, "");
  log(`Built in ${((Date.now() - began) / 1000).toFixed(1)} s.`);
}

function isFresh() {
  const { main, bin } = JSON.parse(readFileSync(at("package.json"), "utf8"));
  const bundles = [main, ...Object.values(bin)].map((bundle) => at(bundle));
  if (!bundles.every((bundle) => existsSync(bundle))) return false;
  const built = Math.max(...[...bundles, stamp].filter((file) => existsSync(file)).map(changed));
  const sources = [at("webpack.config.js"), at("package-lock.json"), ...filesIn(at("src"))];
  return sources.every((source) => changed(source) <= built);
}

const changed = (/** @type {string} */ file) => statSync(file).mtimeMs;

function filesIn(/** @type {string} */ folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

/** Runs webpack with its own output; its progress only where lines can be rewritten. */
function webpack() {
  const cli = at("node_modules", "webpack-cli", "bin", "cli.js");
  if (!existsSync(cli)) throw new Error("webpack is not installed. Run `npm ci` first.");
  const args = [cli, "--mode", "production", ...(process.stderr.isTTY ? ["--progress"] : [])];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: repository, stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (code === 0) resolve(undefined);
      else reject(new Error(`The build ended with ${code ?? signal}; what is wrong stands above.`));
    });
  });
}
