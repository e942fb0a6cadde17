/**
 * Runs the suites of this folder inside a real VS Code.
 *
 * PUSHFORWARD_VSCODE=desktop   the desktop program, downloaded by @vscode/test-electron
 *                    server    the VS Code server and a headless browser, from npm (test/tools/code-here.mjs)
 *                    auto      the default: desktop where it can be shown and downloaded, else server
 * PUSHFORWARD_GREP             runs only the tests whose full title has it
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runTests } from "@vscode/test-electron";
import { findChromium } from "../tools/chromium.mjs";
import { desktopVSCode } from "../tools/desktop.mjs";
import { repository } from "../tools/downloads.mjs";
import { onEnd } from "../tools/ending.mjs";
import { installServer } from "../tools/server-install.mjs";

const WAYS = ["desktop", "server", "auto"];
const way = process.env.PUSHFORWARD_VSCODE || "auto";
const suites = path.join(repository, "out", "test", "host", "index.js");

/** The program to run: a desktop VS Code, or its stand-in. */
async function vscodeProgram() {
  if (!WAYS.includes(way)) throw new Error(`PUSHFORWARD_VSCODE is "${way}". Use one of ${WAYS.join(", ")}.`);
  if (way !== "server") {
    const desktop = await desktopVSCode({ required: way === "desktop", log: console.log });
    if (desktop) return desktop;
  }
  await installServer();
  await findChromium(); // here, where its progress is seen in time
  return fileURLToPath(new URL("../tools/code-here.mjs", import.meta.url));
}

/** A workspace of its own for this run: the tests write beside the examples, which are the user's to keep. */
function temporaryWorkspace() {
  const folder = mkdtempSync(path.join(tmpdir(), "pushforward-host-"));
  onEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const workspace = path.join(folder, "workspace");
  const userData = path.join(folder, "user");
  cpSync(path.join(repository, "examples"), workspace, { recursive: true });
  mkdirSync(path.join(userData, "User"), { recursive: true });
  const settings = { "workbench.startupEditor": "none", "git.openRepositoryInParentFolders": "never" };
  writeFileSync(path.join(userData, "User", "settings.json"), JSON.stringify(settings));
  return { workspace, userData, extensions: path.join(folder, "extensions") };
}

try {
  if (!existsSync(suites)) throw new Error(`${suites} is missing. Run \`node scripts/build-host-tests.mjs\` first.`);
  const vscodeExecutablePath = await vscodeProgram();
  const { workspace, userData, extensions } = temporaryWorkspace();
  await runTests({
    vscodeExecutablePath,
    extensionDevelopmentPath: repository,
    extensionTestsPath: suites,
    launchArgs: [workspace, `--user-data-dir=${userData}`, `--extensions-dir=${extensions}`],
    extensionTestsEnv: { PUSHFORWARD_TEST: "1", PUSHFORWARD_WORKSPACE: workspace },
  });
} catch (error) {
  console.error(`The tests in VS Code did not pass. ${error.message}`);
  process.exitCode = 1;
}
