/**
 * Trains a flow in the real editor without a window, and writes what its view shows as pictures.
 *
 * Everything that is printed is read from the page, and everything that is drawn is drawn by it: what one sees with `npm start`.
 */
import { mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { repository } from "../test/tools/downloads.mjs";
import { interruptedWith } from "../test/tools/ending.mjs";
import { openWorkbench } from "../test/tools/workbench.mjs";
import { ensureBuilt } from "./ensure-built.mjs";

/** @typedef {import("playwright-core").Frame} Frame */
/** @typedef {import("playwright-core").Page} Page */
/** @typedef {Awaited<ReturnType<typeof openWorkbench>>} Workbench */

export const THEME = { "workbench.colorTheme": "Default Dark Modern" };

/** Nothing but the view: its pictures need no explorer. */
const ALONE = {
  ...THEME,
  "pushforward.openView": "replace",
  "workbench.activityBar.location": "hidden",
  "workbench.statusBar.visible": false,
  "workbench.editor.showTabs": "none",
  "breadcrumbs.enabled": false,
  "window.commandCenter": false,
};

const SIZE = { width: 1600, height: 1000 };
const SMALL = { width: 640, height: 480 }; // while training: what nobody looks at need not be drawn large
const LOOK_AGAIN_MS = 200;
const LINE_EVERY_MS = 5000; // where a line cannot be written anew
const PINS = 3;

/**
 * Resolves when the pictures are written; rejects with what is wrong with the file, or with the training.
 *
 * @param {{ file: string, out?: string }} what both absolute; without `out`, a folder of this repository
 */
export async function runHeadless({ file, out }) {
  const name = path.basename(file);
  if (!name.endsWith(".flow.json")) throw new Error(`${name} is not a flow definition: their names end in .flow.json.`);
  const folder = out ?? path.join(repository, "out", "headless", name.replace(/\.flow\.json$/, ""));
  await ensureBuilt();
  const began = Date.now();
  console.log(`Opening ${name} in VS Code, without a window …`);
  const workbench = await openWorkbench({
    extension: repository,
    folder: path.dirname(file),
    openFile: file,
    settings: ALONE,
    viewport: SIZE,
    deviceScaleFactor: 2,
    log: (message) => console.log(message),
  });
  try {
    const view = await readyView(workbench);
    await workbench.runCommand("View: Close Primary Side Bar");
    await trainToEnd(workbench, view);
    mkdirSync(folder, { recursive: true });
    const files = await writePictures(workbench, view, folder);
    report(await numbersOf(view), (Date.now() - began) / 1000);
    console.log(`\n${folder}`);
    for (const picture of files) console.log(`  ${picture.padEnd(20)} ${(statSync(path.join(folder, picture)).size / 1000).toFixed(0)} kB`);
  } catch (error) {
    if (interruptedWith() === undefined) throw error;
    await new Promise(() => {}); // Ctrl+C: the editor is being closed, and then the process ends
  } finally {
    await workbench.close();
  }
}

/** Waits until the page shows the flow; rejects with its faults. */
export async function readyView(/** @type {Workbench} */ workbench) {
  const view = await workbench.webviewFrame("#pushforward", { timeout: 120_000 });
  const status = await until(view, async () => {
    const word = await text(view, ".status .word");
    return word !== "" && word !== "Starting" && word;
  });
  if (status.startsWith("Definition has")) {
    const faults = await view.evaluate(() => [...document.querySelectorAll(".notice p")].map((line) => line.textContent ?? ""));
    throw new Error(`${await text(view, ".header .file")}: ${faults.join("\n")}`);
  }
  if (status === "No flow") throw new Error(`${await text(view, ".header .file")} is empty: it describes no flow yet.`);
  await untilPicture(view);
  return view;
}

/** Presses Train and tells of each step until the end of the run; rejects where training diverges or cannot start. */
export async function trainToEnd(/** @type {Workbench} */ { page }, /** @type {Frame} */ view) {
  if ((await text(view, ".status .word")) === "No target") {
    console.log("This flow has no target, so there is nothing to train on. Its pictures are those of its given parameters.");
    return;
  }
  const size = page.viewportSize() ?? SIZE;
  await page.setViewportSize(SMALL);
  await view.locator(".header .primary").click();
  const began = Date.now();
  const tell = teller();
  const ending = await until(view, async () => {
    const { word, step, of, nll } = await progressOf(view);
    const seconds = (Date.now() - began) / 1000;
    const rate = step > 0 && seconds > 1 ? `, ${(step / seconds).toFixed(0)} steps/s` : "";
    tell(
      `Training  ${String(Math.floor((100 * step) / Math.max(1, of))).padStart(3)} %  step ${grouped(step)} of ${grouped(of)}${nll ? `, NLL ${nll}` : ""}${rate}`,
    );
    return /^(Finished|Diverged|Engine|Paused|Definition)/.test(word) && word;
  });
  tell(null);
  if (!ending.startsWith("Finished"))
    throw new Error(`${ending}. ${await view.evaluate(() => document.querySelector(".notice p")?.textContent ?? "")}`);
  await page.setViewportSize(size);
  await untilPicture(view);
  // The dearer checks come with the first picture after the run.
  await until(view, async () => (await text(view, ".figure-step b")) !== "" && (await isSettled(view)));
}

/** Pins points on the ridges of the density that are far from one another, so that their ways tell different stories. */
export async function placePins(/** @type {Workbench} */ { page }, /** @type {Frame} */ view) {
  const stage = view.locator(".stage");
  await press(page, view, "2"); // iso-lines are drawn into the same picture
  await twoFrames(view);
  const places = await view.evaluate((count) => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector(".stage canvas.heat"));
    const { data, width, height } = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).getImageData(
      0,
      0,
      canvas.width,
      canvas.height,
    );
    const pixelRatio = width / canvas.clientWidth;
    const page = getComputedStyle(document.body).backgroundColor.match(/\d+/g)?.map(Number) ?? [0, 0, 0];
    // Maps run from the page's color to its opposite: brightness away from the page says how dense it is.
    const brightness = (/** @type {number} */ r, /** @type {number} */ g, /** @type {number} */ b) => 0.299 * r + 0.587 * g + 0.114 * b;
    const away = brightness(page[0], page[1], page[2]);
    const dense = [];
    for (let y = 0; y < height; y += 6) {
      for (let x = 0; x < width; x += 6) {
        const at = 4 * (y * width + x);
        const value = (Math.abs(brightness(data[at], data[at + 1], data[at + 2]) - away) * data[at + 3]) / 255;
        dense.push({ x: x / pixelRatio, y: y / pixelRatio, value });
      }
    }
    const most = Math.max(...dense.map((place) => place.value));
    const ridge = dense.filter((place) => place.value > 0.7 * most);
    const chosen = [ridge.reduce((best, place) => (place.x < best.x ? place : best))];
    while (chosen.length < count) {
      const distance = (/** @type {{ x: number, y: number }} */ place) =>
        Math.min(...chosen.map((other) => Math.hypot(place.x - other.x, place.y - other.y)));
      chosen.push(ridge.reduce((best, place) => (distance(place) > distance(best) ? place : best)));
    }
    return chosen.map(({ x, y }) => ({ x, y }));
  }, PINS);
  await press(page, view, "2");
  for (const [i, position] of places.entries()) {
    await stage.click({ position });
    await until(view, () => view.evaluate((count) => document.querySelectorAll(".pin-chip").length === count, i + 1));
  }
  await page.mouse.move(1, 1);
  await view.locator(".pin-chip").first().click();
  await page.mouse.move(1, 1);
  await until(
    view,
    async () => (await text(view, ".numbers-title")) === "Likelihood of a pinned point" && (await text(view, ".pin-chip.chosen")) === "A",
  );
  await settle(page, view);
}

/** Writes one picture of each thing that the view has; answers their names. */
async function writePictures(/** @type {Workbench} */ workbench, /** @type {Frame} */ view, /** @type {string} */ folder) {
  const { page } = workbench;
  /** @type {string[]} */
  const written = [];
  const at = (/** @type {string} */ name) => {
    written.push(name);
    return path.join(folder, name);
  };
  const hasPictures = (await view.locator(".flat").count()) === 0;
  await settle(page, view);
  if (hasPictures) {
    await press(page, view, "5"); // no paths: the density alone
    await settle(page, view);
    await page.screenshot({ path: at("density.png"), clip: await around(view, [".stage-frame", ".legend"]) });
    await press(page, view, "5");
    await wholeStrip(page, view, async () => view.locator(".strip").screenshot({ path: at("film-strip.png") }));
    await placePins(workbench, view);
    await page.screenshot({ path: at("trajectories.png"), clip: await around(view, [".stage-frame", ".legend"]) });
  } else {
    console.log("Density, film strip and trajectories are pictures of two dimensions, which this flow does not have.");
  }
  await view.locator(".numbers-region").screenshot({ path: at("log-det-bars.png") });
  if (await view.locator(".training-plot").isVisible()) await view.locator(".training-region").screenshot({ path: at("loss.png") });
  await view.locator("#pushforward").screenshot({ path: at("flow-view.png") });
  return written;
}

/** Widens the page while a strip that scrolls is taken, so that no layer is left out. */
async function wholeStrip(/** @type {Page} */ page, /** @type {Frame} */ view, /** @type {() => Promise<unknown>} */ take) {
  const missing = await view.evaluate(() => {
    const strip = document.querySelector(".strip");
    return strip ? strip.scrollWidth - strip.clientWidth : 0;
  });
  const size = page.viewportSize() ?? SIZE;
  if (missing > 0) await page.setViewportSize({ ...size, width: size.width + missing });
  await settle(page, view);
  await take();
  await page.setViewportSize(size);
  await settle(page, view);
}

/** The box, in the window, round all of the elements. */
async function around(/** @type {Frame} */ view, /** @type {string[]} */ selectors) {
  const boxes = [];
  for (const selector of selectors) {
    const box = await view.locator(selector).boundingBox();
    if (box) boxes.push(box);
  }
  const [left, top] = [Math.min(...boxes.map((box) => box.x)), Math.min(...boxes.map((box) => box.y))];
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x: left - 8, y: top - 8, width: right - left + 16, height: bottom - top + 16 };
}

/** What the header and the table of health say at the end. */
async function numbersOf(/** @type {Frame} */ view) {
  const { step } = await progressOf(view);
  const health = await view.evaluate(() =>
    [...document.querySelectorAll(".health-table tr")].map((row) => [...row.children].map((cell) => (cell.textContent ?? "").trim())),
  );
  const floor = await view.evaluate(
    () =>
      /lowest possible value ([\d.,−]+\d)/.exec(document.querySelector(".training-plot canvas")?.getAttribute("aria-label") ?? "")?.[1] ??
      null,
  );
  return { step, health, floor };
}

/**
 * @param {{ step: number, health: string[][], floor: string | null }} numbers
 * @param {number} seconds
 */
function report({ step, health, floor }, seconds) {
  const line = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ note) =>
    console.log(`${name.padEnd(28)}${value.padStart(14)}  ${note}`);
  console.log("");
  line("Steps", grouped(step), `in ${seconds.toFixed(0)} s with the start of VS Code`);
  if (floor) line("Lowest possible NLL", floor, "nats, the exact entropy of the target");
  for (const [name = "", value = "", bound = "", verdict = ""] of health) line(name, value, verdict ? `${bound}, ${verdict}` : bound);
}

async function progressOf(/** @type {Frame} */ view) {
  const read = await view.evaluate(() => {
    const said = (/** @type {string} */ selector) => document.querySelector(selector)?.textContent ?? "";
    return { word: said(".status .word"), step: said(".figure-step b"), of: said(".figure-step .unit"), nll: said(".figure-nll b") };
  });
  return { word: read.word, nll: read.nll, step: number(read.step), of: number(read.of) };
}

const number = (/** @type {string} */ printed) => Number(printed.replace(/\D/g, ""));
const grouped = (/** @type {number} */ n) => n.toLocaleString("en-US");

/** Writes one line anew where there is a terminal, else a line from time to time; null ends it. */
function teller() {
  const { stdout } = process;
  let last = 0;
  let newest = "";
  return (/** @type {string | null} */ line) => {
    if (line !== null) newest = line;
    if (stdout.isTTY) stdout.write(line === null ? "\n" : `\r\u001B[2K${line}`);
    else if (line === null || Date.now() - last > LINE_EVERY_MS) {
      last = Date.now();
      stdout.write(`${newest}\n`);
    }
  };
}

export function text(/** @type {Frame} */ view, /** @type {string} */ selector) {
  return view.evaluate((sought) => document.querySelector(sought)?.textContent?.trim() ?? "", selector);
}

/**
 * Asks until the answer is something.
 *
 * @template T
 * @param {Frame} view
 * @param {() => Promise<T | false>} ask
 * @returns {Promise<T>}
 */
export async function until(view, ask) {
  for (;;) {
    const answer = await ask();
    if (answer !== false) return answer;
    await view.page().waitForTimeout(LOOK_AGAIN_MS);
  }
}

/** Waits for a picture of the present step; a flow without pictures has its numbers instead. */
async function untilPicture(/** @type {Frame} */ view) {
  await until(view, () =>
    view.evaluate(() => {
      const step = document.querySelector(".figure-step b")?.textContent ?? "";
      const label = document.querySelector(".stage canvas.heat")?.getAttribute("aria-label") ?? "";
      const isFlat = document.querySelector(".flat") !== null;
      return (
        (isFlat ? document.querySelector(".waterfall-item .value")?.textContent !== "" : label.endsWith(`, step ${step}`)) ||
        label.endsWith("No flow yet")
      );
    }),
  );
}

/** Whether all checks of the health table have been made that this flow can have. */
async function isSettled(/** @type {Frame} */ view) {
  return view.evaluate(() => {
    const cells = [...document.querySelectorAll(".health-table tr")];
    const condition = cells.find((row) => row.textContent?.startsWith("Condition"));
    return document.querySelector(".flat") !== null || (condition?.children[1]?.textContent ?? "–") !== "–";
  });
}

/** Takes the pointer away and waits until everything is drawn. */
export async function settle(/** @type {Page} */ page, /** @type {Frame} */ view) {
  await page.mouse.move(1, 1);
  let before = "";
  await until(view, async () => {
    await twoFrames(view);
    const now = (await page.screenshot()).toString("base64");
    const isSame = now === before;
    before = now;
    return isSame;
  });
}

const twoFrames = (/** @type {Frame} */ view) =>
  view.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(null)))));

/** Presses a key of the page, with the focus on none of its controls. */
export async function press(/** @type {Page} */ page, /** @type {Frame} */ view, /** @type {string} */ key) {
  await view.evaluate(() => {
    window.focus();
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  });
  await page.keyboard.press(key);
}
