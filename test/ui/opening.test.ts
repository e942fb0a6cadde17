import assert from "node:assert/strict";
import { type ColormapName, colorTable } from "../../src/webview/colormaps";
import { closeAll, editor, openFlow, writeFile } from "./support/editor";
import { NORMAL } from "./support/flows";
import { painted, pixelAt, type View } from "./support/view";
import { until } from "./support/waiting";

const SAME_COLOR = 14; // of 255: the read-out rounds coordinates to two decimals, which moves the colour by a few entries

describe("opening an example", () => {
  let view: View;
  before(async () => {
    view = await openFlow("moons.flow.json");
    await view.untilPicture();
  });
  after(closeAll);

  it("shows the Flow view beside the text, and leaves the focus in the text", async () => {
    const groups = editor().page.locator(".editor-group-container");
    assert.equal(await groups.count(), 2);
    assert.match((await groups.nth(0).locator(".tab.active").textContent()) ?? "", /moons\.flow\.json/);
    assert.match((await groups.nth(1).locator(".tab.active").textContent()) ?? "", /moons\.flow\.json/);
    const focus = await editor().page.evaluate(() => document.activeElement?.closest(".editor-group-container .monaco-editor") !== null);
    assert.ok(focus, "the text has the focus");
  });

  it("draws the density where the data are, and the page where nothing is", async () => {
    const heat = await view.heat();
    assert.ok(painted(heat) > 0.2, "there is a picture");
    assert.equal(pixelAt(heat, 0.5, 0.5)[3], 255);
    for (const [x, y] of [
      [0.02, 0.02],
      [0.98, 0.02],
      [0.02, 0.98],
      [0.98, 0.98],
    ] as const) {
      assert.ok(pixelAt(heat, x, y)[3] < 40, `the corner ${x}, ${y} is empty`);
    }
  });

  it("has a film strip with a picture, a name and a number for each of its K + 1 stages", async () => {
    const names = await view.texts(".film .film-name b");
    assert.deepEqual(names, ["z₀", "z₁", "z₂", "z₃", "z₄", "z₅", "z₆", "z₇ = x"]);
    const labels = await view.texts(".film .film-label");
    assert.ok(labels.every((label) => label !== ""));
    assert.equal(labels[1], "coupling x₂ | x₁");
    assert.ok((await view.texts(".film .film-value")).every((value) => /^[+−]?\d+\.\d{3}/.test(value)));
    for (let stage = 0; stage < names.length; stage++) {
      const thumbnail = await view.pixels(`.film:nth-child(${stage + 1}) canvas.heat`);
      assert.ok(painted(thumbnail) > 0.1, `thumbnail ${stage} shows something`);
    }
  });

  it("has the formula in MathML with its K, and a bar for every term", async () => {
    assert.match(await view.text(".formula"), /log\s*p\s*\(\s*x\s*\)/);
    const tags = await view.frame.evaluate(() => [...document.querySelectorAll(".formula math *")].map((element) => element.tagName));
    assert.ok(tags.includes("munderover") && tags.includes("msub"));
    assert.equal(await view.frame.evaluate(() => document.querySelector(".formula munderover > :last-child")?.textContent), "7");
    assert.equal(await view.count(".waterfall-item"), 9); // log p₀, seven layers, log p
  });

  it("says in words what the picture shows", async () => {
    const label = (await view.attribute(".stage canvas.heat", "aria-label")) ?? "";
    assert.match(label, /^Stage 7 of 7, actnorm, highest density near \(.+\), .*step 0$/);
  });
});

describe("the picture of a known density", () => {
  let view: View;
  before(async () => {
    writeFile("normal.flow.json", NORMAL);
    view = await openFlow("normal.flow.json");
    await view.untilPicture();
    await view.press("2"); // no iso-lines
    await until("the iso-lines are gone", async () => (await view.attribute(".toggles button:nth-child(2)", "aria-pressed")) === "false");
  });
  after(closeAll);

  it("has at every place the colour and the number of that density", async () => {
    const heat = await view.heat();
    const table = colorTable("viridis" satisfies ColormapName, true);
    for (const [px, py] of [
      [0.5, 0.5],
      [0.55, 0.47],
      [0.42, 0.6],
      [0.62, 0.66],
      [0.35, 0.41],
    ] as const) {
      await view.pointAway(); // else the first numbers would be those of the last place
      await view.pointAt(px, py);
      const readout = await view.untilText(".readout", /log p = /);
      const [, x = "", y = "", logp = ""] = /^x = \((\S+), (\S+)\)\s+log p = (\S+)$/.exec(readout.replaceAll("−", "-")) ?? [];
      const distance = Math.hypot(Number(x), Number(y));
      const expected = -Math.log(2 * Math.PI) - distance ** 2 / 2;
      assert.ok(Math.abs(Number(logp) - expected) < 0.005 + 0.01 * distance, `${readout}: expected ${expected}`);

      const entry = 4 * Math.round(255 * Math.exp(-(distance ** 2) / 2));
      const color = pixelAt(heat, px, py);
      const away = [0, 1, 2].map((i) => Math.abs((color[i] ?? 0) - (table[entry + i] ?? 0)));
      assert.ok(Math.max(...away) <= SAME_COLOR, `${readout}: is ${color}, expected ${table.slice(entry, entry + 4)}`);
    }
    await view.pointAway();
  });

  it("has nothing to train, and says so", async () => {
    assert.equal(await view.status(), "No target");
    assert.ok(await view.locator(".header .primary").isDisabled());
    assert.match(await view.text(".training-nothing"), /no target/);
  });
});
