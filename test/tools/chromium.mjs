#!/usr/bin/env node
/**
 * Finds a Chromium for the tests and pictures that need a page, and gets one where there is none.
 *
 *   node test/tools/chromium.mjs           before the tests: says which one they will use
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { aptChromium, npmChromium, unpackedChromium } from "./chromium-install.mjs";
import { isExecutable, onPath, runCommand } from "./command.mjs";

/** What each browser is started with. */
export const BROWSER_FLAGS = [
  "--no-sandbox", // containers and root have no user namespaces; the pages are only ours
  "--enable-unsafe-swiftshader", // WebGL2 without a graphics card
  "--no-first-run",
  "--disable-quic", // the rest: nothing leaves this computer
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const NAMES_ON_PATH = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "microsoft-edge-stable"];

/** Where browsers are on systems that do not put them on the PATH. */
function usualPlaces() {
  if (process.platform === "darwin") {
    const apps = ["Google Chrome", "Chromium", "Microsoft Edge"];
    return apps.map((app) => `/Applications/${app}.app/Contents/MacOS/${app}`);
  }
  if (process.platform === "win32") {
    const { ProgramFiles, "ProgramFiles(x86)": programFiles86, LOCALAPPDATA } = process.env;
    const folders = [ProgramFiles, programFiles86, LOCALAPPDATA].filter((folder) => folder !== undefined);
    return folders.flatMap((folder) => [
      path.join(folder, "Google/Chrome/Application/chrome.exe"),
      path.join(folder, "Microsoft/Edge/Application/msedge.exe"),
    ]);
  }
  return ["/opt/google/chrome/chrome", "/opt/microsoft/msedge/msedge"];
}

/**
 * Resolves with the path of a browser that can be started: CHROME_PATH, then the PATH, then the usual places, then (with `install`)
 * Debian's package where we may install it, then one from npm. Says which one was taken.
 *
 * @param {{ log?: (message: string) => void, install?: boolean }} [options]
 * @returns {Promise<string>}
 */
export async function findChromium({ log = console.log, install = true } = {}) {
  const named = process.env.CHROME_PATH;
  if (named) {
    if (!isExecutable(named))
      throw new Error(`CHROME_PATH is ${named}, which is not a program. Correct it, or unset it to look for a browser.`);
    return say(log, named, "CHROME_PATH");
  }
  const candidates = [
    ...NAMES_ON_PATH.map((name) => ({ file: onPath(name), from: "the PATH" })),
    ...usualPlaces().map((file) => ({ file, from: "its usual place" })),
    { file: unpackedChromium, from: "an earlier run" },
  ];
  for (const { file, from } of candidates) {
    if (file && existsSync(file) && (await answers(file, log))) return say(log, file, from);
  }

  const notThere = [`CHROME_PATH is not set`, `not on the PATH: ${NAMES_ON_PATH.join(", ")}`, `not at ${usualPlaces().join(", ")}`];
  for (const { how, get } of install ? [aptChromium, npmChromium] : []) {
    try {
      const file = await get(log);
      if (await answers(file, log)) return say(log, file, how);
      notThere.push(`${how}: ${file} does not run here`);
    } catch (error) {
      log(`Browser: ${how} gave none. ${error.message}`);
      notThere.push(`${how}: ${error.message.split("\n")[0]}`);
    }
  }
  throw new Error(
    `No Chromium, Chrome or Edge was found:\n${notThere.map((line) => `  - ${line}`).join("\n")}\n` +
      "Install one of them, or set CHROME_PATH to the program.",
  );
}

function say(/** @type {(m: string) => void} */ log, /** @type {string} */ file, /** @type {string} */ from) {
  log(`Browser: ${file} (from ${from})`);
  return file;
}

/** Whether the program runs at all: on Ubuntu `chromium-browser` can be a stub that only asks for a snap. */
async function answers(/** @type {string} */ file, /** @type {(m: string) => void} */ log) {
  if (process.platform === "win32") return true; // chrome.exe has no --version that prints
  try {
    await runCommand(file, ["--version", "--no-sandbox"]);
    return true;
  } catch (error) {
    log(`Browser: passing over ${file}, which does not run. ${error.message}`);
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  findChromium().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
