import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { AxeResults } from "axe-core";
import { chooseTheme, closeAll, editor, OUT, openFlow, WIDE, writeFile } from "./support/editor";
import { SMALL } from "./support/flows";
import { View } from "./support/view";
import { until } from "./support/waiting";

const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const NARROW = 420; // CSS pixels, of the page itself

const THEMES = [
  { name: "Default Dark Modern", kind: "vscode-dark" },
  { name: "Default Light Modern", kind: "vscode-light" },
  { name: "Default High Contrast", kind: "vscode-high-contrast" },
  { name: "Default High Contrast Light", kind: "vscode-high-contrast-light" },
] as const;

/** What axe calls serious or critical, each with the elements that it means. */
async function faultsFor(view: View): Promise<string[]> {
  await view.frame.evaluate(AXE);
  const results = await view.frame.evaluate(() => (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run());
  return results.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} — ${node.failureSummary ?? ""}`));
}

describe("every theme", () => {
  let view: View;
  let inspector: View;
  before(async () => {
    writeFile("theme.flow.json", SMALL);
    view = await openFlow("theme.flow.json");
    await view.untilPicture();
    await view.press("Shift+>"); // as many steps as an epoch has
    await until("the steps are made", async () => (await view.step()) === 100 && (await view.status()) === "Paused");
    await view.untilPicture();
    await view.clickAt(0.4, 0.4);
    await view.clickAt(0.62, 0.58);
    await until("two pins", async () => (await view.texts(".pin-chip")).length === 2);
    await editor().runCommand("Flow: Show Trajectory Inspector");
    inspector = new View(await editor().webviewFrame(".inspector"), editor().page);
    await until("two rows", async () => (await inspector.texts(".pinned-points .pin-choose")).length === 2);
  });
  after(async () => {
    await editor().page.setViewportSize(WIDE);
    await chooseTheme("Default Dark Modern");
    await editor().runCommand("View: Show Explorer");
    await closeAll();
  });

  const take = (name: string) => editor().page.screenshot({ path: path.join(OUT, `${name}.png`) });

  for (const { name, kind } of THEMES) {
    it(`${name}: page and picture follow, and everybody can read them`, async () => {
      await chooseTheme(name);
      for (const page of [view, inspector]) {
        await until(`${name} in the page`, () => page.frame.evaluate((wanted) => document.body.dataset.vscodeThemeKind === wanted, kind));
      }
      const colors = await view.frame.evaluate(() => {
        const probe = document.createElement("span");
        probe.style.color = "var(--vscode-editor-background)";
        document.body.append(probe);
        const wanted = getComputedStyle(probe).color;
        probe.remove();
        return { page: getComputedStyle(document.body).backgroundColor, wanted };
      });
      assert.equal(colors.page, colors.wanted);
      await view.untilPicture();
      await view.pixels(".stage canvas.heat"); // drawn in the new colours
      await take(`theme-${kind}`);
      assert.deepEqual(await faultsFor(view), []);
      assert.deepEqual(await faultsFor(inspector), []);
    });
  }

  it("narrow: stage and clock stay, the rest are tabs, and nothing is cut off", async () => {
    await editor().runCommand("View: Focus First Editor Group");
    await editor().runCommand("View: Close All Editors in Group");
    const inner = () => view.frame.evaluate(() => window.innerWidth);
    await editor().runCommand("View: Toggle Primary Side Bar Visibility");
    await editor().page.setViewportSize({ width: 480, height: 900 });
    const beside = await until("the page is narrow", async () => {
      const width = await inner().catch(() => 0);
      return width > 0 && width < 480 && 480 - width;
    });
    await editor().page.setViewportSize({ width: NARROW + beside, height: 900 });
    await until(`${NARROW} pixels`, async () => (await inner()) === NARROW);
    for (const [tab, region] of [
      ["Numbers", ".numbers-region"],
      ["Layers", ".strip"],
      ["Training", ".training-region"],
      ["Health", ".health-region"],
    ] as const) {
      await view.locator("[role=tab]", { hasText: tab }).click();
      await until(`${tab} is shown`, () => view.isShown(region));
      for (const always of [".stage", ".clock"]) assert.ok(await view.isShown(always), `${always} stays`);
      const overflow = await view.frame.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(overflow, 0, `${tab}: wider than the page by ${overflow}`);
      await take(`narrow-${tab.toLowerCase()}`);
      assert.deepEqual(await faultsFor(view), []);
    }
  });

  it("wide: two columns, all regions at once", async () => {
    await editor().page.setViewportSize(WIDE);
    await until("the page is wide", () => view.frame.evaluate(() => window.innerWidth >= 1200));
    for (const region of [".stage", ".numbers-region", ".training-region", ".health-region", ".strip", ".clock"]) {
      assert.ok(await view.isShown(region), region);
    }
    assert.ok(!(await view.isShown(".tabs")));
    await view.untilPicture();
    await view.pixels(".stage canvas.heat");
    await take("wide");
    assert.deepEqual(await faultsFor(view), []);
  });
});
