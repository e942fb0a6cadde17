#!/usr/bin/env node
/** Takes the pictures of the README: trains the first example in the real editor and photographs it. `node scripts/pictures.mjs` */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { repository } from "../test/tools/downloads.mjs";
import { interruptedWith, onEnd } from "../test/tools/ending.mjs";
import { openWorkbench } from "../test/tools/workbench.mjs";
import { ensureBuilt } from "./ensure-built.mjs";
import { placePins, readyView, settle, THEME, text, trainToEnd, until } from "./headless.mjs";
import { smallPng } from "./small-png.mjs";

/** @typedef {import("playwright-core").Page} Page */

const EXAMPLE = "moons.flow.json";
const LIGHT = "Default Light Modern";
const WIDE = { width: 1720, height: 1000 };
const TEXT_WIDTH = 440; // leaves the view its two columns
const NARROW_WIDTH = 420;
const PANEL_END = 400; // the panel is then about 350 wide
const PANEL_HEIGHT = 820;
const LARGEST = 400_000; // bytes; larger ones make a page slow to read

const pictures = path.join(repository, "docs", "pictures");
const at = (/** @type {string} */ name) => path.join(pictures, name);

async function take() {
  await ensureBuilt();
  mkdirSync(pictures, { recursive: true });
  const folder = path.join(mkdtempSync(path.join(tmpdir(), "pushforward-pictures-")), "examples"); // its name is in the pictures
  onEnd(() => rmSync(path.dirname(folder), { recursive: true, force: true, maxRetries: 5 }));
  cpSync(path.join(repository, "examples"), folder, { recursive: true });
  const workbench = await openWorkbench({
    extension: repository,
    folder,
    settings: { ...THEME, "window.commandCenter": false, "editor.minimap.enabled": false, "editor.wordWrap": "on", "editor.fontSize": 12 },
    viewport: WIDE,
  });
  const { page } = workbench;
  try {
    await workbench.waitForExtension("Flow");
    await workbench.openFile(EXAMPLE);
    const view = await readyView(workbench);
    await trainToEnd(workbench, view);
    await workbench.runCommand("View: Close Primary Side Bar");
    await dragBorder(page, page.locator(".editor-group-container").nth(1), TEXT_WIDTH);
    await placePins(workbench, view);

    await page.screenshot({ path: at("flow-view-dark.png") });
    await chooseTheme(page, workbench, LIGHT);
    await until(view, () => view.evaluate(() => document.body.classList.contains("vscode-light")));
    await settle(page, view);
    await page.screenshot({ path: at("flow-view-light.png") });
    await chooseTheme(page, workbench, THEME["workbench.colorTheme"]);
    await until(view, () => view.evaluate(() => document.body.classList.contains("vscode-dark")));

    await workbench.runCommand("Flow: Show Trajectory Inspector");
    const inspector = await workbench.webviewFrame(".inspector");
    await until(inspector, async () => (await text(inspector, ".pinned-points .pin-choose")) === "A");
    await dragBorder(page, page.locator(".editor-group-container").first(), PANEL_END);
    await settle(page, view);
    const panel = await page.locator(".part.sidebar").boundingBox();
    if (panel) await page.screenshot({ path: at("inspector.png"), clip: { ...panel, height: PANEL_HEIGHT } });

    await workbench.runCommand("View: Close Primary Side Bar");
    await workbench.runCommand("View: Focus First Editor Group");
    await workbench.runCommand("View: Close All Editors in Group");
    await page.setViewportSize({ width: NARROW_WIDTH + 60, height: 900 });
    await settle(page, view);
    await view.locator("#pushforward").screenshot({ path: at("narrow.png") });
  } finally {
    await workbench.close();
  }
  for (const name of ["flow-view-dark.png", "flow-view-light.png", "inspector.png", "narrow.png"]) {
    writeFileSync(at(name), smallPng(readFileSync(at(name))));
    const { size } = statSync(at(name));
    console.log(`${path.relative(repository, at(name))}  ${(size / 1000).toFixed(0)} kB${size > LARGEST ? "  too large" : ""}`);
    if (size > LARGEST) process.exitCode = 1;
  }
}

/** Drags the border at the left of an element of the workbench to another place. */
async function dragBorder(/** @type {Page} */ page, /** @type {import("playwright-core").Locator} */ right, /** @type {number} */ x) {
  const box = await right.boundingBox();
  if (!box) throw new Error("there is no such part of the window");
  await page.mouse.move(box.x, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(x, box.y + box.height / 2, { steps: 5 });
  await page.mouse.up();
}

async function chooseTheme(
  /** @type {Page} */ page,
  /** @type {Awaited<ReturnType<typeof openWorkbench>>} */ workbench,
  /** @type {string} */ name,
) {
  await workbench.runCommand("Preferences: Color Theme");
  await page
    .locator(".quick-input-widget .monaco-list-row")
    .filter({ has: page.getByText(name, { exact: true }) })
    .click();
}

try {
  await take();
} catch (error) {
  if (interruptedWith() === undefined) console.error(error.message);
  process.exitCode = interruptedWith() ?? 1;
}
