#!/usr/bin/env node
/**
 * Stands in for the `code` program where no desktop VS Code can be had: the same command line, over a VS Code server and a headless
 * browser. Made for `vscodeExecutablePath` of @vscode/test-electron, so that one runner serves both.
 *
 *   code-here.mjs [FOLDER] --extensionDevelopmentPath=DIR --extensionTestsPath=FILE [--user-data-dir=DIR] [--extensions-dir=DIR]
 *                 [--disable-workspace-trust] [--locale=LANGUAGE]
 *
 * Other options of `code` are accepted and do nothing. Settings are read from User/settings.json in the user data folder.
 * A test line that begins with U+2063 goes to stdout; everything else that the workbench says is shown only if no verdict comes.
 *
 * PUSHFORWARD_TIMEOUT     limit of the whole run in ms (180000)
 * PUSHFORWARD_VERBOSE     1: everything that the workbench says, on stderr
 * PUSHFORWARD_SCREENSHOT  a PNG file for the last sight of a run that did not pass
 *
 * Exit codes: 0 passed, 1 a test failed, 2 could not run, 124 out of time, 130 and 143 interrupted.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { interruptedWith } from "./ending.mjs";
import { openWorkbench } from "./workbench.mjs";

const MARK = "\u2063"; // no terminal shows it
const DEFAULT_LIMIT_MS = 180_000; // ten times a slow run of the whole suite
const LAST_LINES = 200;
const LOOK_FOR_STARTER_MS = 1000;

const { options, folder } = readCommandLine(process.argv.slice(2));
const limit = Number(process.env.PUSHFORWARD_TIMEOUT || DEFAULT_LIMIT_MS);
const verbose = Boolean(process.env.PUSHFORWARD_VERBOSE);
const complain = (/** @type {string} */ message) => console.error(`code-here: ${message}`);

/** `--name=value` goes to `options`, the first bare word is the folder. */
function readCommandLine(/** @type {string[]} */ words) {
  /** @type {Record<string, string>} */
  const options = {};
  let folder;
  for (const word of words) {
    const option = /^--([^=]+)(?:=(.*))?$/s.exec(word);
    if (option) options[option[1]] = option[2] ?? "";
    else folder ??= word;
  }
  return { options, folder };
}

function userSettings() {
  const file = path.join(options["user-data-dir"] ?? "", "User", "settings.json");
  return options["user-data-dir"] && existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

/** Runs the suite; resolves with the exit code. */
async function run() {
  if (!options.extensionTestsPath) throw new Error("nothing to run. Give --extensionTestsPath=FILE, a module that exports run().");
  let testsSpoke = false;
  const late = new Promise((resolve) => setTimeout(resolve, limit, 124).unref());
  const workbench = await openWorkbench({
    folder,
    extension: options.extensionDevelopmentPath,
    testsPath: options.extensionTestsPath,
    extensionsDir: options["extensions-dir"],
    settings: userSettings(),
    trust: "disable-workspace-trust" in options,
    locale: options.locale,
    log: verbose ? complain : undefined,
    onLog: (type, line) => {
      if (line.startsWith(MARK)) {
        testsSpoke = true;
        process.stdout.write(`${line.slice(MARK.length)}\n`);
      } else if (verbose) {
        process.stderr.write(`[${type}] ${line}\n`);
      }
    },
  });
  try {
    const code = await Promise.race([workbench.exitCode, late, workbench.ended]);
    if (code !== 0 && !interruptedWith()) await explain(code, testsSpoke, workbench);
    return typeof code === "number" ? code : 2;
  } finally {
    await workbench.close();
  }
}

/**
 * Says what the tests could not say themselves.
 *
 * @param {number | string} code the exit code, or the name of what ended too early
 * @param {boolean} testsSpoke
 * @param {Awaited<ReturnType<typeof openWorkbench>>} workbench
 */
async function explain(code, testsSpoke, { page, logs }) {
  if (code === 124) complain(`no verdict within ${limit / 1000} s. PUSHFORWARD_TIMEOUT sets another limit.`);
  if (typeof code === "string") complain(`${code} ended before the tests did.`);
  const explained = code === 1 && testsSpoke;
  if (!explained && !verbose) complain(`the last lines of the workbench:\n${logs.slice(-LAST_LINES).join("\n")}`);
  const picture = process.env.PUSHFORWARD_SCREENSHOT;
  if (!picture || page.isClosed()) return;
  await page.screenshot({ path: picture });
  complain(`the last sight is in ${picture}`);
}

// @vscode/test-electron hands on an interrupt, but not its own end.
const starter = process.ppid;
setInterval(() => process.ppid !== starter && process.kill(process.pid, "SIGTERM"), LOOK_FOR_STARTER_MS).unref();

let code = 2;
try {
  code = await run();
} catch (error) {
  if (!interruptedWith()) complain(error.message); // an interrupt tears down what was being waited for
}
// What is still on its way to a pipe is lost if we exit first.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write("", resolve))));
process.exit(interruptedWith() ?? code);
