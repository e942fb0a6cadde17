#!/usr/bin/env node
/**
 * How long things take in the real editor: a VS Code server with a headless browser, and its page as a person sees it.
 *
 *   node scripts/editor-times.mjs [--json FILE] [--quick]
 *
 * --json FILE  puts the numbers beside those of npm run bench and writes the page anew; docs/performance.json if not given
 * --quick      one window, short spans: shows that everything runs, writes nothing
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { runNpm } from "../test/tools/command.mjs";
import { repository } from "../test/tools/downloads.mjs";
import { interruptedWith, onEnd } from "../test/tools/ending.mjs";
import { installServer } from "../test/tools/server-install.mjs";
import { openWorkbench } from "../test/tools/workbench.mjs";
import { ensureBuilt } from "./ensure-built.mjs";
import { THEME } from "./headless.mjs";

/** @typedef {import("playwright-core").Frame} Frame */
/** @typedef {import("playwright-core").Page} Page */
/** @typedef {Awaited<ReturnType<typeof openWorkbench>>} Workbench */

const EXAMPLE = "moons.flow.json";
const FILES = ["first.flow.json", "second.flow.json", "third.flow.json"]; // the first of a window starts the engine
const OTHER = "notes.txt"; // covers the view
const ENDLESS = '"steps": 1000000'; // no run comes to its end here
const SIZE = { width: 1600, height: 1000 };
const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 10;
const SETTLE_MS = 1000; // after the view came or went
const FULL = { windows: 3, rounds: 4, spanMs: 5000 };
const QUICK = { windows: 1, rounds: 1, spanMs: 2000 };

const { values: given } = parseArgs({ options: { json: { type: "string" }, quick: { type: "boolean", default: false } } });
const json = path.resolve(given.json ?? path.join(repository, "docs", "performance.json"));
const effort = given.quick ? QUICK : FULL;

/** Values by what they measure, over all windows. */
const measured = {
  /** @type {number[]} */ firstOpened: [],
  /** @type {number[]} */ opened: [],
  /** @type {number[]} */ moving: [],
  /** @type {number[]} */ framesPerSecond: [],
  /** @type {number[]} */ visible: [],
  /** @type {number[]} */ hidden: [],
};

async function measure() {
  await ensureBuilt({ log: console.error });
  const folder = mkdtempSync(path.join(tmpdir(), "pushforward-editor-times-"));
  onEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  cpSync(path.join(repository, "examples"), folder, { recursive: true });
  const example = readFileSync(path.join(repository, "examples", EXAMPLE), "utf8");
  for (const file of FILES) writeFileSync(path.join(folder, file), endless(example));
  writeFileSync(path.join(folder, OTHER), "The view is behind this text.\n");
  let browser = "";
  for (let i = 0; i < effort.windows; i++) {
    console.error(`window ${i + 1} of ${effort.windows}`);
    browser = await measureWindow(folder);
  }
  return { surroundings: surroundings(browser), figures: figures() };
}

/** One fresh window; answers the browser's version. */
async function measureWindow(/** @type {string} */ folder) {
  const workbench = await openWorkbench({
    extension: repository,
    folder,
    settings: { ...THEME, "pushforward.openView": "replace", "workbench.editor.enablePreview": false, "window.commandCenter": false },
    viewport: SIZE,
  });
  const { page } = workbench;
  try {
    await workbench.waitForExtension("Flow");
    measured.firstOpened.push(await timeToPicture(page, path.join(folder, FILES[0])));
    for (const file of FILES.slice(1)) measured.opened.push(await timeToPicture(page, path.join(folder, file)));
    const last = FILES[FILES.length - 1];
    const view = await viewOf(page, last);
    measured.moving.push(await timeToMovingPicture(view));
    await page.waitForTimeout(SETTLE_MS);
    measured.framesPerSecond.push(await framesPerSecond(view, effort.spanMs));
    for (let round = 0; round < effort.rounds; round++) {
      measured.visible.push(await stepsPerSecond(page, effort.spanMs));
      await workbench.openFile(OTHER);
      await page.waitForTimeout(SETTLE_MS);
      measured.hidden.push(await stepsPerSecond(page, effort.spanMs));
      await page.locator(`.tab[data-resource-name="${last}"]`).first().click();
      await viewOf(page, last);
      await page.waitForTimeout(SETTLE_MS);
    }
    return page.context().browser()?.version() ?? "unknown";
  } finally {
    await workbench.close();
  }
}

/** From picking the file in the quick input to its density on the stage. */
async function timeToPicture(/** @type {Page} */ page, /** @type {string} */ file) {
  const name = path.basename(file);
  const widget = page.locator(".quick-input-widget");
  const row = widget.locator(`.monaco-list-row[aria-label^=${JSON.stringify(name)}]`).first();
  await page.keyboard.press("ControlOrMeta+P");
  await widget.locator("input").first().fill(file);
  await row.waitFor();
  const begun = performance.now();
  await row.click();
  await viewOf(page, name);
  return performance.now() - begun;
}

/** The page that shows the file, as soon as a density is drawn in it. */
async function viewOf(/** @type {Page} */ page, /** @type {string} */ name) {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until) {
    for (const frame of page.frames().slice(1)) if (await shows(frame, name)) return frame;
    await page.waitForTimeout(LOOK_AGAIN_MS);
  }
  throw new Error(`no density of ${name} within ${PATIENCE_MS / 1000} s`);
}

async function shows(/** @type {Frame} */ frame, /** @type {string} */ name) {
  const read = () => ({
    file: document.querySelector("#pushforward > .header .file")?.textContent,
    label: document.querySelector(".stage canvas.heat")?.getAttribute("aria-label") ?? "",
  });
  // Frames come and go while webviews load: one that has gone shows nothing.
  const { file, label } = await frame.evaluate(read).catch(() => ({ file: null, label: "" }));
  return file === name && /, step [\d,]+$/.test(label);
}

/** From pressing Train, at step 0, to the first picture of a later step; in the page's own clock. */
function timeToMovingPicture(/** @type {Frame} */ view) {
  return view.evaluate(
    () =>
      new Promise((resolve) => {
        const heat = document.querySelector(".stage canvas.heat");
        const step = () => /, step ([\d,]+)$/.exec(heat?.getAttribute("aria-label") ?? "")?.[1];
        const before = step();
        const begun = performance.now();
        /** @type {HTMLElement} */ (document.querySelector(".header .primary")).click();
        const look = () => (step() === before ? requestAnimationFrame(look) : resolve(performance.now() - begun));
        requestAnimationFrame(look);
      }),
  );
}

/** Pictures of different steps on the stage. */
function framesPerSecond(/** @type {Frame} */ view, /** @type {number} */ spanMs) {
  return view.evaluate(
    (ms) =>
      new Promise((resolve) => {
        const heat = /** @type {Element} */ (document.querySelector(".stage canvas.heat"));
        const seen = new Set();
        const observer = new MutationObserver(() => seen.add(/, step ([\d,]+)$/.exec(heat.getAttribute("aria-label") ?? "")?.[1]));
        const begun = performance.now();
        observer.observe(heat, { attributeFilter: ["aria-label"] });
        setTimeout(() => {
          observer.disconnect();
          resolve((1000 * seen.size) / (performance.now() - begun));
        }, ms);
      }),
    spanMs,
  );
}

/** Of the training, by the status bar, which tells them whether the view is visible or not. */
async function stepsPerSecond(/** @type {Page} */ page, /** @type {number} */ spanMs) {
  const from = await nextStep(page);
  await page.waitForTimeout(spanMs);
  const to = await nextStep(page);
  return (1000 * (to.step - from.step)) / (to.at - from.at);
}

/** Step and time at the moment when the status bar changes. */
function nextStep(/** @type {Page} */ page) {
  return page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const read = () => {
          const item = [...document.querySelectorAll(".statusbar-item")].find((one) => /step [\d,]+/.test(one.textContent ?? ""));
          return Number(/step ([\d,]+)/.exec(item?.textContent ?? "")?.[1]?.replaceAll(",", ""));
        };
        const before = read();
        const begun = performance.now();
        const look = () => {
          const step = read();
          const at = performance.now();
          if (step > before) resolve({ step, at });
          else if (at - begun > 10_000) reject(new Error("the training does not go on"));
          else requestAnimationFrame(look);
        };
        look();
      }),
  );
}

function figures() {
  const { firstOpened, opened, moving, visible, hidden } = measured;
  const slowDown = visible.map((rate, i) => hidden[i] / rate);
  return [
    figure(
      "opening the first definition of a window, to its density on screen",
      "ms",
      firstOpened,
      "activation and the engine's start included",
    ),
    figure("opening another definition, to its density on screen", "ms", opened),
    figure("Train, to the first picture that moves", "ms", moving, "from step 0"),
    figure("pictures a second while training", "", measured.framesPerSecond),
    figure("steps a second, view visible", "", visible),
    figure("steps a second, view hidden", "", hidden),
    figure("time per step with the view visible over hidden", "", slowDown, "1 is no slow-down"),
  ];
}

function figure(
  /** @type {string} */ title,
  /** @type {string} */ unit,
  /** @type {number[]} */ values,
  /** @type {string | null} */ note = null,
) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
  return { title, unit, spread: { median, min: sorted[0], max: sorted[sorted.length - 1] }, note };
}

function surroundings(/** @type {string} */ browser) {
  const cpu = cpus()[0]?.model.trim() ?? "unknown";
  return `examples/${EXAMPLE} in the VS Code server ${serverVersion} with headless Chromium ${browser} (graphics in software), all on ${availableParallelism()} CPUs (${cpu}), Node ${process.versions.node}.`;
}

/** The example with a run that does not end while it is looked at. */
function endless(/** @type {string} */ text) {
  if (!/"steps": *\d+/.test(text)) throw new Error(`examples/${EXAMPLE} names no steps`);
  return text.replace(/"steps": *\d+/, ENDLESS);
}

let serverVersion = "";
try {
  const root = await installServer({ log: console.error });
  serverVersion = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")).version;
  const editor = await measure();
  for (const { title, unit, spread } of editor.figures)
    console.log(`${title}: ${spread.median.toFixed(1)} (${spread.min.toFixed(1)}–${spread.max.toFixed(1)}) ${unit}`);
  if (!given.quick) {
    if (!existsSync(json)) throw new Error(`${path.relative(process.cwd(), json)} is missing; run npm run bench -- --json first`);
    writeFileSync(json, `${JSON.stringify({ ...JSON.parse(readFileSync(json, "utf8")), editor }, null, 1)}\n`);
    await runNpm(["run", "bench", "--", "--report", "--json", json], { cwd: repository });
  }
} catch (error) {
  if (interruptedWith() === undefined) console.error(error.message);
  process.exitCode = interruptedWith() ?? 1;
}
