/** Opens a flow with what this computer has: `npm start`. */
import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { workbenchAddress } from "../test/tools/address.mjs";
import { needsShell, onPath } from "../test/tools/command.mjs";
import { desktopVSCode, hasDisplay } from "../test/tools/desktop.mjs";
import { downloads, repository } from "../test/tools/downloads.mjs";
import { onInterrupt } from "../test/tools/ending.mjs";
import { startServer } from "../test/tools/server.mjs";
import { installServer } from "../test/tools/server-install.mjs";
import { ensureBuilt } from "./ensure-built.mjs";

const USAGE = `
  npm start                                    examples/moons.flow.json in VS Code, with this extension
  npm start -- FILE                            your own file, in place
  npm start -- [FILE] --headless [--out DIR]   no window: trains the flow and writes pictures
  npm start -- [FILE] --desktop                only in desktop VS Code
  npm start -- [FILE] --browser [--port N]     only in your own browser, with VS Code served from here`;

/** What the command line says. Paths are taken from where the user typed: npm itself starts scripts in the repository. */
function readCommandLine() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      headless: { type: "boolean", default: false },
      out: { type: "string" },
      desktop: { type: "boolean", default: false },
      browser: { type: "boolean", default: false },
      port: { type: "string", default: "0" },
    },
  });
  if (positionals.length > 1) throw new Error(`One file at a time, please; these are ${positionals.length}: ${positionals.join(", ")}.`);
  const here = process.env.INIT_CWD ?? process.cwd();
  const file = positionals[0] ? path.resolve(here, positionals[0]) : path.join(repository, "examples", "moons.flow.json");
  if (!existsSync(file)) throw new Error(`There is no file ${file}. Name a .flow.json file, or none for the first example.`);
  return { ...values, port: Number(values.port), file, out: values.out && path.resolve(here, values.out) };
}

/** The desktop VS Code to use: the installed one, else a downloaded one, else none. */
async function findDesktop(/** @type {boolean} */ required) {
  const code = onPath("code");
  // In a terminal of a remote VS Code, `code` speaks to that window and takes no extension under development.
  const isRemote = code !== undefined && realpathSync(code).includes("remote-cli");
  if (code && !isRemote && hasDisplay()) return { program: code, args: [] };
  const program = await desktopVSCode({ required });
  const own = path.join(downloads, "desktop"); // not the user's settings and extensions
  const args = [`--user-data-dir=${path.join(own, "user")}`, `--extensions-dir=${path.join(own, "extensions")}`];
  if (process.getuid?.() === 0) args.push("--no-sandbox"); // Electron refuses root otherwise
  return program && { program, args };
}

/** Opens the file in a new window of desktop VS Code. */
async function openDesktop(/** @type {{ program: string, args: string[] }} */ { program, args }, /** @type {string} */ file) {
  const all = [...args, `--extensionDevelopmentPath=${repository}`, "--new-window", path.dirname(file), file];
  console.log(`Opening ${path.basename(file)} in ${program}`);
  const shell = needsShell(program);
  const quote = (/** @type {string} */ word) => (shell ? `"${word}"` : word);
  const child = spawn(quote(program), all.map(quote), { stdio: "inherit", shell });
  await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => {
      if (code === 0) resolve(undefined);
      else reject(new Error(`${program} ended with ${code}. \`npm start -- --browser\` opens the flow in your browser instead.`));
    });
  });
}

/** Serves VS Code to the user's own browser until Ctrl+C. */
async function openBrowser(/** @type {string} */ file, /** @type {number} */ port) {
  const root = await installServer();
  const server = await startServer({ root, port, settings: { "workbench.startupEditor": "none" } });
  onInterrupt(server.stop);
  const address = workbenchAddress(server, { extension: repository, folder: path.dirname(file), openFile: file });
  console.log(`\nOpen this address in your browser to see ${path.basename(file)}:\n\n  ${address}\n`);
  console.log("It works on the file in place, on this computer only. Ctrl+C ends it.");
  await server.ended;
}

try {
  const { file, headless, out, desktop, browser, port } = readCommandLine();
  await ensureBuilt();
  if (headless) {
    const { runHeadless } = await import("./headless.mjs");
    await runHeadless({ file, out });
  } else {
    const program = browser ? undefined : await findDesktop(desktop);
    await (program ? openDesktop(program, file) : openBrowser(file, port));
  }
} catch (error) {
  console.error(error.message);
  if (String(error.code).startsWith("ERR_PARSE_ARGS")) console.error(USAGE);
  process.exitCode = 1;
}
