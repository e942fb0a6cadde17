#!/usr/bin/env node
/**
 * Tries the packaged extension as a user would: installs it into a fresh VS Code server, opens an example, and waits for its view.
 *
 *   node test/tools/vsix.mjs [FILE.vsix] [--selector=#pushforward] [--example=moons.flow.json]
 *
 * Without a file: the newest .vsix of the repository root. Exit codes: 0 the view was shown, 1 it was not.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { runCommand } from "./command.mjs";
import { repository } from "./downloads.mjs";
import { interruptedWith, onEnd } from "./ending.mjs";
import { NO_GALLERY, serverNode } from "./server.mjs";
import { installServer } from "./server-install.mjs";
import { openWorkbench } from "./workbench.mjs";

const VIEW_LIMIT_MS = 60_000; // installing warms nothing: the first start on a busy machine has taken 19 s

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    selector: { type: "string", default: "#pushforward" },
    example: { type: "string", default: "moons.flow.json" },
  },
});

/** The package to try. */
function packageFile() {
  if (positionals[0]) return path.resolve(positionals[0]);
  const files = readdirSync(repository).filter((name) => name.endsWith(".vsix"));
  const age = (/** @type {string} */ name) => statSync(path.join(repository, name)).mtimeMs;
  const newest = files.sort((a, b) => age(b) - age(a))[0];
  if (!newest) throw new Error(`There is no .vsix in ${repository}. Make one with \`npm run package\`, or name one.`);
  return path.join(repository, newest);
}

/** Installs the package, by the server's own command line, where a server will look for it. */
async function install(/** @type {string} */ vsix, /** @type {string} */ extensionsDir, /** @type {string} */ dataDir) {
  const main = path.join(await installServer(), "out", "server-main.js");
  const places = ["--server-data-dir", dataDir, "--extensions-dir", extensionsDir, "--accept-server-license-terms"];
  const env = { ...process.env, ...NO_GALLERY };
  await runCommand(serverNode(), [main, "--install-extension", vsix, ...places], { env });
  const listed = await runCommand(serverNode(), [main, "--list-extensions", "--show-versions", ...places], { env });
  if (!listed.includes("pushforward.pushforward@")) throw new Error(`${vsix} was installed, but only this is listed:\n${listed}`);
  console.log(`Installed ${listed.trim().split("\n").at(-1)} from ${path.basename(vsix)}`);
}

/** Opens the example and waits until its view has the element. */
async function seeTheView(/** @type {string} */ workspace, /** @type {string} */ extensionsDir) {
  const workbench = await openWorkbench({ folder: workspace, extensionsDir });
  try {
    await workbench.waitForExtension("Flow");
    await workbench.openFile(values.example);
    await workbench.webviewFrame(values.selector, { timeout: VIEW_LIMIT_MS });
    console.log(`${values.example} shows ${values.selector}`);
  } catch (error) {
    throw new Error(`${error.message}\nThe last lines of the workbench:\n${workbench.logs.slice(-50).join("\n")}`);
  } finally {
    await workbench.close();
  }
}

const folder = mkdtempSync(path.join(tmpdir(), "pushforward-vsix-"));
onEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
try {
  const vsix = packageFile();
  if (!existsSync(vsix)) throw new Error(`There is no file ${vsix}.`);
  const workspace = path.join(folder, "workspace");
  const extensionsDir = path.join(folder, "extensions");
  cpSync(path.join(repository, "examples"), workspace, { recursive: true });
  await install(vsix, extensionsDir, path.join(folder, "data"));
  await seeTheView(workspace, extensionsDir);
} catch (error) {
  if (!interruptedWith()) console.error(`The packaged extension did not pass. ${error.message}`);
  process.exitCode = interruptedWith() ?? 1;
}
