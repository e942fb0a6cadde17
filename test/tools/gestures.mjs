/** What a person does in the workbench, as far as tests need it: open a file, run a command, look into a webview. */
import path from "node:path";

/** @typedef {import("playwright-core").Page} Page */

const PATIENCE_MS = 30_000; // the slowest cold start seen on two busy cores was 19 s
const ATTEMPT_MS = 5000;
const LOOK_AGAIN_MS = 100;

/** Waits until an extension is known to the workbench, by its icon in the activity bar: before that its files open as plain text. */
export async function waitForExtension(/** @type {Page} */ page, /** @type {string} */ label) {
  await page
    .locator(`.activitybar [aria-label^=${JSON.stringify(label)}]`)
    .first()
    .waitFor({ timeout: PATIENCE_MS });
}

/** Opens a file in its editor. */
export async function openFile(/** @type {Page} */ page, /** @type {string} */ file) {
  const name = path.basename(file);
  // The whole path: names alone are searched for with ripgrep, which this server lacks.
  await quickInput(page, "ControlOrMeta+P", path.resolve(file), `[aria-label^=${JSON.stringify(name)}]`);
  await page
    .locator(`.tabs-container .tab[data-resource-name=${JSON.stringify(name)}]`)
    .first()
    .waitFor({ timeout: PATIENCE_MS });
}

/** Runs a command by its title in the command palette, with its category: "Flow: Train". */
export async function runCommand(/** @type {Page} */ page, /** @type {string} */ title) {
  // The title may be followed by its group, as in "Flow: Train, recently used", but not by more words.
  const titles = [`[aria-label=${JSON.stringify(title)}]`, `[aria-label^=${JSON.stringify(`${title}, `)}]`];
  await quickInput(page, "F1", `>${title}`, `:is(${titles.join()})`);
}

/** Opens the quick input, types, and takes the first entry that fits the selector. */
async function quickInput(/** @type {Page} */ page, /** @type {string} */ key, /** @type {string} */ text, /** @type {string} */ entry) {
  const widget = page.locator(".quick-input-widget");
  const row = widget.locator(`.monaco-list-row${entry}`).first();
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      await page.keyboard.press(key);
      await widget.locator("input").first().fill(text, { timeout: ATTEMPT_MS });
      await row.click({ timeout: ATTEMPT_MS });
      break;
    } catch (error) {
      // The end of an earlier quick input can close this one, and a command can become possible a moment later.
      if (Date.now() > until || page.isClosed()) throw error;
    }
  }
  await row.waitFor({ state: "hidden", timeout: PATIENCE_MS }); // the widget itself may ask the next question at once
  await page.mouse.move(0, 0); // else the pointer rests on what was under the entry, and a hover gets into the pictures
}

/**
 * Resolves with the frame of the webview that has the element, or for which the function, run in it, says true. Each webview is two
 * frames, and their order says nothing once several are open: hence the search by content.
 *
 * @param {Page} page
 * @param {string | (() => boolean)} sought
 * @param {{ timeout?: number }} [limits]
 */
export async function webviewFrame(page, sought, { timeout = PATIENCE_MS } = {}) {
  const until = Date.now() + timeout;
  do {
    for (const frame of page.frames()) {
      if (frame !== page.mainFrame() && (await holds(frame, sought))) return frame;
    }
    await page.waitForTimeout(LOOK_AGAIN_MS); // waitForFunction needs eval, which the pages' security policy forbids
  } while (Date.now() < until);
  const seen = page.frames().map((frame) => frame.url().split("?")[0].split("/").slice(-2).join("/"));
  throw new Error(`No webview with ${sought} within ${timeout / 1000} s. The page's frames: ${seen.join(", ")}.`);
}

/** @param {import("playwright-core").Frame} frame @param {string | (() => boolean)} sought */
async function holds(frame, sought) {
  try {
    if (typeof sought === "function") return await frame.evaluate(sought);
    return await frame.evaluate((selector) => document.querySelector(selector) !== null, sought);
  } catch (error) {
    // Frames come and go while webviews load; any other failure is the caller's to see.
    if (/detached|destroyed|navigat|closed/i.test(error.message) && !frame.page().isClosed()) return false;
    throw error;
  }
}
