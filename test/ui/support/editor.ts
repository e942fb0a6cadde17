/** The shared editor, in a fresh copy of the examples, and what a person does in it. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ConsoleMessage } from "playwright-core";
import type { Workbench } from "../../tools/workbench.mjs";
import { SMALL } from "./flows";
import { View } from "./view";
import { until } from "./waiting";

const REPOSITORY = path.resolve(__dirname, "../../..");
/** Pictures and logs of tests that failed, and pictures of every theme to look at. */
export const OUT = path.join(REPOSITORY, "test", "ui", "out");
export const WIDE = { width: 1600, height: 1000 };

let shared: Workbench | null = null;
let folder = "";

/** What pages and workbench said that nobody should have to see. */
export const complaints: string[] = [];

export function editor(): Workbench {
  if (!shared) throw new Error("the editor is not open");
  return shared;
}

export async function openEditor(): Promise<void> {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  folder = mkdtempSync(path.join(tmpdir(), "pushforward-ui-"));
  cpSync(path.join(REPOSITORY, "examples"), folder, { recursive: true });
  const { openWorkbench } = await import("../../tools/workbench.mjs");
  shared = await openWorkbench({
    folder,
    extension: REPOSITORY,
    settings: { "workbench.colorTheme": "Default Dark Modern", "editor.autoClosingQuotes": "never", "window.commandCenter": false },
    viewport: WIDE,
    log: (message) => console.log(`  ${message}`),
  });
  shared.page.on("console", (message) => {
    const complaint = complaintOf(message);
    if (complaint) complaints.push(complaint);
  });
  shared.page.on("pageerror", (error) => complaints.push(`uncaught: ${error.stack ?? error.message}`));
  await shared.waitForExtension("Flow");
}

export async function closeEditor(): Promise<void> {
  await shared?.close();
  shared = null;
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Errors and warnings of our own pages, and every breach of a content security policy. */
function complaintOf(message: ConsoleMessage): string | null {
  const text = message.text();
  const { url } = message.location();
  if (/content security policy/i.test(text)) return `${text} (${url})`;
  const isOurs = /\/(dist|media)\/|fake\.html/.test(url) && !url.includes("/_static/"); // those are VS Code's
  if (!isOurs || !["error", "warning", "assert"].includes(message.type())) return null;
  return GRAPHICS_DRIVER.test(text) ? null : `${message.type()}: ${text} (${url})`;
}

const GRAPHICS_DRIVER = /GL Driver Message .*GPU stall due to ReadPixels/; // advice on speed from the software renderer

/** Writes a file into the folder that the editor has open. */
export function writeFile(name: string, text: string): void {
  writeFileSync(path.join(folder, name), text);
}

/** Opens a definition: its text on the left, its view on the right. */
export async function openFlow(name: string): Promise<View> {
  await editor().openFile(name);
  return viewOf(name);
}

/** Opens the small flow and trains it for a while; it is paused then, with a picture of its step. */
export async function openTrained(name: string): Promise<View> {
  writeFile(name, SMALL);
  const view = await openFlow(name);
  await view.untilPicture();
  await view.locator(".header .primary").click();
  await until("some training", async () => (await view.step()) > 100);
  await view.press("t");
  await view.untilStatus("Paused");
  await view.untilPicture();
  return view;
}

/** The page that shows the file. */
export async function viewOf(name: string): Promise<View> {
  return until(`the view of ${name}`, async () => {
    for (const frame of editor().page.frames()) {
      const file = await frame.evaluate(() => document.querySelector("#pushforward > .header .file")?.textContent).catch(() => null);
      if (file === name) return new View(frame, editor().page);
    }
    return null;
  });
}

/** Every editor closes; what was typed is saved first, so that nothing asks. */
export async function closeAll(): Promise<void> {
  await editor().runCommand("File: Save All Files");
  await until("everything is saved", async () => (await editor().page.locator(".tab.dirty").count()) === 0);
  await editor().runCommand("View: Close All Editors");
  await until("no view left", () =>
    editor()
      .page.frames()
      .every((frame) => !frame.url().includes("pushforward.editor")),
  );
}

/** Chooses a color theme by its name in the settings, as a person would: the editor does not watch its own settings file. */
export async function chooseTheme(name: string): Promise<void> {
  const { page } = editor();
  await editor().runCommand("Preferences: Color Theme");
  const entry = page.locator(".quick-input-widget .monaco-list-row").filter({ has: page.getByText(name, { exact: true }) });
  await entry.click();
  await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
}

/** Puts the text cursor of the text in front at a line and column, both from 1. */
export async function putCursor(line: number, column: number): Promise<void> {
  const { page } = editor();
  await editor().runCommand("View: Focus First Editor Group");
  await page.keyboard.press("Control+G");
  const widget = page.locator(".quick-input-widget");
  await widget.waitFor();
  await widget.locator("input").first().fill(`:${line}:${column}`);
  await page.keyboard.press("Enter");
  await widget.waitFor({ state: "hidden" });
  await until("the cursor is there", async () => (await cursorPlace()) === `Ln ${line}, Col ${column}`);
}

/** "Ln 3, Col 7" of the status bar. */
export async function cursorPlace(): Promise<string> {
  return (await editor().page.locator("#status\\.editor\\.selection").textContent())?.replace(/ \(.*/, "") ?? "";
}

/** The line of the status bar that is ours; "" where there is none. */
export async function statusBar(): Promise<string> {
  const item = editor().page.locator("[id='pushforward.pushforward.pushforward.status']");
  return (await item.count()) > 0 ? ((await item.textContent()) ?? "").trim() : "";
}

/** Types into the input box of the workbench that a command has opened. */
export async function answerInput(text: string): Promise<void> {
  const widget = editor().page.locator(".quick-input-widget", { hasText: "Press 'Enter' to confirm" }); // not a list of commands
  const input = widget.locator("input").first();
  await until("the text is in the box", async () => {
    await input.fill(text);
    return (await input.inputValue()) === text;
  });
  await input.press("Enter");
  await widget.waitFor({ state: "hidden" });
}

/** Process ids of this editor's flow engines: of its process group, and no other editor's on this computer. */
export function enginePids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const group = readFileSync(`/proc/${pid}/stat`, "utf8")
          .replace(/^.*\) /, "")
          .split(" ")[2];
        return Number(group) === editor().pid && /dist\/engine\.js/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
      } catch {
        return false; // it ended meanwhile
      }
    })
    .map(Number);
}
