#!/usr/bin/env node
/**
 * Installs the VS Code server in which the host and UI tests run, from npm alone: the server inside the package code-server.
 * code-server's own entry is not used, so its native modules are never built and its install scripts never run.
 *
 *   node test/tools/server-install.mjs           the pinned server
 *   PUSHFORWARD_SERVER=4.139.1 node …            another one (needs Node 24 to run)
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runNpm } from "./command.mjs";
import { downloads, makeWhole } from "./downloads.mjs";
import { unpackNpmPackage } from "./npm-package.mjs";

const PINNED = "4.100.3"; // VS Code 1.100.3, the oldest that package.json promises and the newest for Node 20
const KNOWN_INTEGRITY = new Map([
  [PINNED, "sha512-q/Fh2DOxCRNhC/WiG/6sAhSKnj7ZACTVBaeeZ+rWjol//0FCbl/qg1ln5ecZ99jYcfqMxZZAyWcN+YBIo0DgpA=="],
]);
const STAMP = "installed.json"; // in the folder of a whole installation

/**
 * Resolves with the server's folder, the one that has `out/server-main.js`. Does nothing where it is already installed.
 *
 * @param {{ log?: (message: string) => void }} [options]
 */
export async function installServer({ log = console.log } = {}) {
  const version = process.env.PUSHFORWARD_SERVER || PINNED;
  const home = path.join(downloads, `server-${version}`);
  await makeWhole(home, STAMP, async (folder) => {
    await assemble(version, folder, log);
    log(`VS Code server ${version}: ready in ${path.relative(process.cwd(), home)}`);
  });
  const root = path.join(home, "lib", "vscode");
  shortenWaitForClosedPages(root);
  return root;
}

/**
 * Here all webviews share one origin, hence one service worker at a time. A view that is closed while it loads leaves a request to which
 * nobody answers, and until the worker gives it up, after 30 s, the next view's worker cannot take over and that view stays empty.
 */
function shortenWaitForClosedPages(/** @type {string} */ root) {
  const file = path.join(root, "out/vs/workbench/contrib/webview/browser/pre/service-worker.js");
  const given = readFileSync(file, "utf8");
  const shortened = given.replace("resolveTimeout=3e4", "resolveTimeout=1500");
  if (!shortened.includes("resolveTimeout=1500")) throw new Error(`${file} does not have the timeout that the tests shorten`);
  if (shortened !== given) writeFileSync(file, shortened);
}

/** Builds a whole installation in `folder`. */
async function assemble(/** @type {string} */ version, /** @type {string} */ folder, /** @type {(m: string) => void} */ log) {
  log(`VS Code server ${version}: fetching code-server@${version} from npm (42 MB, once)`);
  const archive = await unpackNpmPackage({
    name: "code-server",
    version,
    integrity: KNOWN_INTEGRITY.get(version),
    members: ["lib/vscode", "LICENSE"],
    into: folder,
  });
  rmSync(archive);
  const root = path.join(folder, "lib", "vscode");
  log(`VS Code server ${version}: installing its dependencies`);
  await runNpm(["install", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--no-save"], { cwd: root });
  removeSourceMaps(root);
  const { version: vscode } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  writeFileSync(path.join(folder, STAMP), `${JSON.stringify({ codeServer: version, vscode }, null, 2)}\n`);
}

/** Source maps are more than half of the size, and no test reads them. */
function removeSourceMaps(/** @type {string} */ root) {
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && entry.name.endsWith(".map")) rmSync(path.join(entry.parentPath, entry.name));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  installServer().catch((error) => {
    console.error(`The VS Code server could not be installed. ${error.message}`);
    process.exitCode = 1;
  });
}
