import assert from "node:assert/strict";
import { answerInput, closeAll, complaints, editor, openFlow, writeFile } from "./support/editor";
import { HOSTILE } from "./support/hostile";
import { View } from "./support/view";
import { until } from "./support/waiting";

const FILE = `"><img src=x onerror=top.hacked=1>.flow.json`;

/** What only a text taken for markup could have made. Our own pages have none of these, but for one style sheet link and one script. */
const FOREIGN =
  "img, iframe, form, meta[http-equiv=refresh], base, a, details, style:not([id]), body script, main style, main link, main script, [onload], [onerror]";

describe("hostile texts in a definition", () => {
  afterEach(closeAll);
  after(() => editor().runCommand("View: Show Explorer"));

  async function assertHarmless(view: View): Promise<void> {
    const made = await view.frame.evaluate(
      (foreign) => [...document.querySelectorAll(foreign)].map((element) => element.outerHTML.slice(0, 200)),
      FOREIGN,
    );
    assert.deepEqual(
      made.filter((html) => !/^<script nonce=/.test(html)),
      [],
    );
    assert.equal(await view.frame.evaluate(() => Reflect.get(window, "hacked") ?? null), null);
    assert.equal(await editor().page.evaluate(() => Reflect.get(window, "hacked") ?? null), null);
  }

  it("are 40, and different", () => {
    assert.equal(new Set(HOSTILE).size, 40);
    assert.ok(HOSTILE.every((text) => text.length <= 64));
  });

  it("stand as they are under the thumbnails and in the waterfall, whether labels, ids, name or file", async () => {
    const layers = HOSTILE.map((text) => ({ type: "affine", id: text, label: text, shift: [0.01, 0] }));
    writeFile(FILE, JSON.stringify({ version: 1, name: HOSTILE[0], layers, target: { type: "moons" }, view: { grid: 32, samples: 20 } }));
    const view = await openFlow(FILE);
    await view.untilPicture();
    assert.equal(await view.text(".header .file"), FILE);
    const seen = new Set<string>();
    for (let stage = HOSTILE.length; ; stage -= 4) {
      await until(`stage ${stage}`, async () => (await view.text(".time-value")) === stage.toFixed(2));
      for (const label of await view.texts(".film .film-label")) seen.add(label);
      if (stage === 0) break;
      for (let k = 0; k < 4; k++) await view.press("ArrowLeft");
    }
    for (const text of HOSTILE) assert.ok(seen.has(text), `shown as it is: ${text}`);
    await assertHarmless(view);
  });

  it("stand as they are as names of columns, in the view and in the inspector", async () => {
    const columns = HOSTILE;
    const quoted = columns.map((text) => `"${text.replaceAll('"', '""')}"`).join(",");
    const rows = Array.from({ length: 60 }, (_, i) => columns.map((_, j) => Math.sin(1 + i * (j + 1)).toFixed(4)).join(","));
    writeFile("hostile.csv", [quoted, ...rows].join("\n"));
    const target = { type: "csv", file: "hostile.csv", columns };
    writeFile(
      "columns.flow.json",
      JSON.stringify({ version: 1, dim: columns.length, layers: [{ type: "affine" }], target, train: { batch: 16 } }),
    );
    const view = await openFlow("columns.flow.json");
    await view.untilStatus("Untrained");
    await editor().runCommand("Flow: Pin Point…");
    await answerInput(columns.map((_, j) => j / 100).join(" "));
    await until("a pin", async () => (await view.texts(".pin-chip")).join() === "A");
    await editor().runCommand("Flow: Show Trajectory Inspector");
    const inspector = new View(await editor().webviewFrame(".inspector"), editor().page);
    const heads = await until("a row", async () => {
      const texts = await inspector.texts(".pinned-points th.coordinate");
      return texts.length === columns.length && texts;
    });
    assert.deepEqual(heads, columns);
    await assertHarmless(view);
    await assertHarmless(inspector);
  });

  it("stand as they are in the message about a fault", async () => {
    const text = HOSTILE[3] ?? "";
    writeFile("fault.flow.json", JSON.stringify({ version: 1, layers: [{ type: text }] }));
    const view = await openFlow("fault.flow.json");
    await until("the notice", () => view.isShown(".notice"));
    assert.ok(
      (await view.text(".notice")).includes(`"${text.replaceAll('"', '\\"')}"`) || (await view.text(".notice")).includes(text),
      await view.text(".notice"),
    );
    await assertHarmless(view);
  });

  it("breach no security policy", () => {
    assert.deepEqual(complaints, []);
  });
});
