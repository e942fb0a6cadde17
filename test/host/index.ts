// Runs the suites beside this file in the extension host. VS Code calls `run` and takes a rejection for a failure.
import { readdirSync } from "node:fs";
import path from "node:path";
import { format } from "node:util";
import Mocha from "mocha";

/** Marks the lines of the tests among all that VS Code logs; no terminal shows it. See test/tools/code-here.mjs. */
const MARK = "\u2063";
const TIMEOUT_MS = 30_000; // opening an editor on a busy two-core machine has taken 11 s

export function run(): Promise<void> {
  Mocha.reporters.Base.consoleLog = (...args: unknown[]) => {
    for (const line of format(...args).split("\n")) console.log(MARK + line);
  };
  const mocha = new Mocha({ ui: "bdd", color: false, timeout: TIMEOUT_MS, reporter: "spec" });
  const only = process.env.PUSHFORWARD_GREP;
  if (only) mocha.grep(only);
  for (const file of readdirSync(__dirname).sort()) {
    if (file.endsWith(".test.js")) mocha.addFile(path.join(__dirname, file));
  }
  return new Promise((resolve, reject) => {
    mocha.run((failures) => (failures === 0 ? resolve() : reject(new Error(`${failures} failed`))));
  });
}
