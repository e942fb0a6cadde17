/** Runs outside programs, with one kind of error that says what was run, where, and what it said last. */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import path from "node:path";

const REMEMBERED_LINES = 15; // enough to hold an npm or apt-get error, short enough to read

/**
 * Runs a program to its end and gives back what it wrote to stdout.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, onLine?: (line: string) => void }} [options]
 *   `onLine` is told each line of both streams while the program runs.
 * @returns {Promise<string>}
 */
export function runCommand(program, args, { cwd, env, onLine } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], shell: needsShell(program) });
    let stdout = "";
    let said = "";
    const listen = (/** @type {Buffer} */ chunk) => {
      const text = chunk.toString();
      said += text;
      if (onLine) for (const line of text.split("\n")) if (line.trim()) onLine(line.trimEnd());
    };
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
      listen(chunk);
    });
    child.stderr.on("data", listen);
    const fail = (/** @type {string} */ how) => {
      const last = said.trimEnd().split("\n").slice(-REMEMBERED_LINES).join("\n");
      const where = cwd ? ` (in ${cwd})` : "";
      reject(new Error(`\`${[program, ...args].join(" ")}\`${where} ${how}${last ? `. It said:\n${last}` : "."}`));
    };
    child.on("error", (error) => fail(`could not be started: ${error.message}`));
    child.on("close", (code, signal) => (code === 0 ? resolve(stdout) : fail(`ended with ${code ?? signal}`)));
  });
}

/** Runs npm: the very one that runs the current script, where there is one. */
export function runNpm(/** @type {string[]} */ args, /** @type {Parameters<typeof runCommand>[2]} */ options = {}) {
  const running = process.env.npm_execpath;
  if (running && path.basename(running) === "npm-cli.js") return runCommand(process.execPath, [running, ...args], options);
  return runCommand(process.platform === "win32" ? "npm.cmd" : "npm", args, options);
}

/** The full path of a program on the PATH, or undefined. */
export function onPath(/** @type {string} */ name) {
  const endings = process.platform === "win32" ? (process.env.PATHEXT ?? ".EXE;.CMD").split(";") : [""];
  for (const folder of (process.env.PATH ?? "").split(path.delimiter).filter(Boolean)) {
    for (const ending of endings) {
      const file = path.join(folder, name + ending);
      if (isExecutable(file)) return file;
    }
  }
  return undefined;
}

/** Whether the file exists and may be run by us. */
export function isExecutable(/** @type {string} */ file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // accessSync has no other way to say no
  }
}

/** Windows starts .cmd and .bat files only through a shell. */
export function needsShell(/** @type {string} */ program) {
  return process.platform === "win32" && /\.(cmd|bat)$/i.test(program);
}
