/** A whole VS Code for one test or picture: its own server, its own headless browser, and the few gestures that tests need. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "node:util";
import { chromium } from "playwright-core";
import { workbenchAddress } from "./address.mjs";
import { BROWSER_FLAGS, findChromium } from "./chromium.mjs";
import { onInterrupt } from "./ending.mjs";
import { openFile, runCommand, waitForExtension, webviewFrame } from "./gestures.mjs";
import { startServer } from "./server.mjs";
import { installServer } from "./server-install.mjs";

/** Settings under which nothing opens, appears or moves that a test did not ask for. Each can be overridden. */
const QUIET_SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "chat.disableAIFeatures": true,
  "chat.commandCenter.enabled": false,
  "npm.autoDetect": "off", // looks for scripts with ripgrep, which this server lacks, and complains in a notification
  "typescript.tsc.autoDetect": "off", // likewise
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "window.confirmBeforeClose": "never",
};

const SUITE = fileURLToPath(new URL("./suite.cjs", import.meta.url));
const PASSED = "\u2063\u2063passed"; // what suite.cjs says last

/**
 * @typedef {object} WorkbenchOptions
 * @property {string} [folder] the folder or .code-workspace file to open; an empty window if not given
 * @property {string} [extension] an extension's folder, loaded as under development
 * @property {string} [testsPath] a module whose `run()` is called in the extension host; its verdict is `exitCode`
 * @property {string} [openFile] a file to open from the start
 * @property {Record<string, unknown>} [settings] user settings, over QUIET_SETTINGS
 * @property {string} [extensionsDir] where extensions are installed
 * @property {boolean} [trust] true: no workspace trust at all; false: the folder opens in restricted mode
 * @property {string} [locale] a display language such as "zh-cn", for extensions; VS Code's own texts stay English
 * @property {{ width: number, height: number }} [viewport]
 * @property {number} [deviceScaleFactor]
 * @property {NodeJS.ProcessEnv} [env] for the extension host
 * @property {boolean} [headless]
 * @property {(type: string, line: string) => void} [onLog] each line of the workbench's and the extension host's console
 * @property {(message: string) => void} [log] progress of installations
 */

/**
 * Opens a workbench; resolves as soon as its page is loaded, before extensions run.
 *
 * @param {WorkbenchOptions} [options]
 */
export async function openWorkbench(options = {}) {
  const { settings = {}, viewport = { width: 1280, height: 800 }, deviceScaleFactor = 1, headless = true, onLog, log } = options;
  const root = await installServer({ log });
  const executablePath = await findChromium({ log: log ?? (() => {}) });
  const { testsPath } = options;
  const env = testsPath ? { ...options.env, PUSHFORWARD_SUITE: path.resolve(testsPath) } : options.env;
  const server = await startServer({ ...options, env, root, settings: { ...QUIET_SETTINGS, ...settings } });

  /** @type {import("playwright-core").Browser | undefined} */
  let browser;
  const close = async () => {
    forget();
    try {
      await browser?.close();
    } finally {
      await server.stop();
    }
  };
  const forget = onInterrupt(close);
  try {
    browser = await chromium.launch({
      executablePath,
      headless,
      args: BROWSER_FLAGS,
      handleSIGINT: false, // interrupts end browser and server together, in ending.mjs
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    const context = await browser.newContext({ viewport, deviceScaleFactor });
    const page = await context.newPage();
    await stayHome(page, server.host);
    if (options.locale) await speak(page, options.locale);
    /** Resolves, with its name, when server, browser or page ends: before `close`, that is a fault. */
    const ended = Promise.race([
      server.ended.then(() => "the VS Code server"),
      new Promise((resolve) => page.once("crash", () => resolve("the page"))),
      new Promise((resolve) => context.once("close", () => resolve("the browser"))),
    ]);
    const { lines, add } = collectLines(page, onLog);
    const exitCode = testsPath ? await prepareVerdict(page, add) : undefined;
    if (!exitCode) page.on("console", (message) => add(message.type(), withoutColors(message.text())));
    const url = workbenchAddress(server, { ...options, testsPath: testsPath && SUITE });
    await page.goto(url);
    return {
      page,
      url,
      /** Every line of the console so far, oldest first. */
      logs: lines,
      /** With `testsPath`: resolves with 0 or 1 when its `run()` has resolved or rejected, or with the name of what ended before. */
      exitCode: exitCode?.promise,
      ended,
      close,
      /** Of the server, whose process group has the extension host and all that it started. */
      pid: server.pid,
      waitForExtension: (/** @type {string} */ label) => waitForExtension(page, label),
      /** Opens a file, named from the folder or by its whole path. */
      openFile: (/** @type {string} */ name) => openFile(page, path.resolve(options.folder ?? "", name)),
      runCommand: (/** @type {string} */ title) => runCommand(page, title),
      webviewFrame: (/** @type {string | (() => boolean)} */ sought, /** @type {{ timeout?: number }} */ limits) =>
        webviewFrame(page, sought, limits),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Lets no request leave this computer: the workbench asks an extension gallery otherwise. */
async function stayHome(/** @type {import("playwright-core").Page} */ page, /** @type {string} */ host) {
  await page.route(
    (url) => url.host !== host && /^(https?|wss?):$/.test(url.protocol),
    (route) => route.abort(),
  );
}

/** Changes the display language without a language pack: one line at the end of the workbench's messages. */
async function speak(/** @type {import("playwright-core").Page} */ page, /** @type {string} */ locale) {
  await page.route(
    (url) => url.pathname.endsWith("/nls.messages.js"),
    async (route) => {
      const answer = await route.fetch();
      const body = `${await answer.text()}\n;globalThis._VSCODE_NLS_LANGUAGE=${JSON.stringify(locale)};`;
      await route.fulfill({ response: answer, body });
    },
  );
}

/** Keeps what the console says, and tells `onLog` each line. */
function collectLines(/** @type {import("playwright-core").Page} */ page, /** @type {WorkbenchOptions["onLog"]} */ onLog) {
  /** @type {string[]} */
  const lines = [];
  const add = (/** @type {string} */ type, /** @type {string} */ line) => {
    lines.push(`[${type}] ${line}`);
    onLog?.(type, line);
  };
  page.on("pageerror", (error) => add("error", String(error.stack ?? error)));
  return { lines, add };
}

/** The workbench colors its lines with %c, whose colors the browser appends. */
function withoutColors(/** @type {string} */ text) {
  return text.replaceAll("%c", "").replace(/ ?\bcolor: ?#?\w*/g, "");
}

/** Exposes the functions that the workbench looks for when it runs a module of tests: one for its console, one for the verdict. */
async function prepareVerdict(/** @type {import("playwright-core").Page} */ page, /** @type {(type: string, line: string) => void} */ add) {
  /** @type {(ending: number | string) => void} */
  let decide = () => {};
  /** @type {Promise<number | string>} */
  const promise = new Promise((resolve) => {
    decide = resolve;
  });
  let passed = false;
  await page.exposeFunction("codeAutomationLog", (/** @type {string} */ type, /** @type {unknown[]} */ args) => {
    const line = format(...args); // it comes unformatted
    if (line === PASSED) passed = true;
    else add(type, line);
  });
  await page.exposeFunction("codeAutomationExit", (/** @type {number} */ code) => {
    decide(code === 0 && !passed ? "the extension host" : code);
  });
  return { promise }; // in an object: a bare promise would be awaited with this function
}
