import assert from "node:assert/strict";
import { closeAll, cursorPlace, editor, enginePids, openFlow, openTrained, putCursor, viewOf, writeFile } from "./support/editor";
import { DIVERGING, SMALL } from "./support/flows";
import { difference, painted, type View } from "./support/view";
import { until } from "./support/waiting";

const AXIS_NAME = 22; // its lower edge below that of the stage, CSS pixels

const textOfEditor = async () => {
  const lines = await editor().page.locator(".editor-group-container").first().locator(".view-line").allTextContents();
  return lines.join("\n").replaceAll("\u00a0", " ");
};

describe("a faulty text", () => {
  let view: View;
  before(async () => {
    writeFile("faulty.flow.json", SMALL);
    view = await openFlow("faulty.flow.json");
    await view.untilPicture();
  });
  after(closeAll);

  it("is named while it is typed; the last good picture stays, greyed", async () => {
    await putCursor(5, 22); // before the n of "coupling"
    await until("the stage follows the cursor", async () => (await view.stage()) === 1);
    const good = await view.settledHeat();
    await editor().page.keyboard.press("Delete");
    await until("the notice", () => view.isShown(".notice"));
    assert.match(await view.text(".notice"), /layers\[0\]\.type: .*cou/);
    assert.equal(await view.status(), "Definition has 1 fault");
    assert.equal(difference(good, await view.heat()), 0);
    const filter = await view.frame.evaluate(() => getComputedStyle(document.querySelector(".stage canvas.heat") ?? document.body).filter);
    assert.match(filter, /grayscale/);
    assert.ok(await view.locator(".header .primary").isDisabled(), "there is nothing to train");
    const top = async (selector: string) => (await view.locator(selector).boundingBox())?.y ?? 0;
    assert.equal(await view.text(".stale"), "shown: step 0");
    assert.ok((await top(".stale")) - (await top(".stage")) > AXIS_NAME, "the name of the axis stays in sight");
  });

  it("is found by the link", async () => {
    await putCursor(1, 1);
    await view.locator(".notice .link", { hasText: "Go to" }).click();
    await until("the cursor stands on line 5", async () => (await cursorPlace()).startsWith("Ln 5,"));
  });

  it("is mended by the quick fix", async () => {
    await view.locator(".notice .link").nth(1).click();
    await until("the notice is gone", async () => !(await view.isShown(".notice")));
    await view.untilStatus("Untrained");
    assert.match(await textOfEditor(), /"type": "coupling", "mask": \[1, 0\]/);
    await view.untilPicture();
  });
});

describe("a faulty text over a run", () => {
  let view: View;
  before(async () => {
    view = await openTrained("over.flow.json");
  });
  after(closeAll);

  it("leaves the run, which cannot begin anew before the text is mended, and says so", async () => {
    const step = await view.step();
    await putCursor(5, 22);
    await editor().page.keyboard.press("Delete");
    await view.untilStatus("Definition has 1 fault");
    const resets = [view.locator(".header button[aria-label='Reset']"), view.locator(".bar-line .link", { hasText: "Reset the run" })];
    for (const reset of resets) {
      assert.ok(await reset.isDisabled());
      assert.equal(await reset.getAttribute("title"), "Mend the text first");
    }
    await view.press("r");
    await view.untilText(".note", "Mend the text first");
    assert.equal(await view.step(), step);

    await view.locator(".notice .link").nth(1).click();
    await view.untilStatus("Paused");
    assert.equal(await view.step(), step);
    assert.ok(await resets[0]?.isEnabled());
  });
});

describe("an empty file", () => {
  after(closeAll);

  it("offers templates, and becomes one", async () => {
    writeFile("empty.flow.json", "");
    const view = await openFlow("empty.flow.json");
    await view.untilText(".empty-title", "This file holds no flow yet");
    assert.equal(await view.status(), "No flow");
    await view.locator(".empty-buttons .primary").click();
    await view.untilStatus("Untrained");
    await view.untilPicture();
    assert.match(await textOfEditor(), /"two moons"/);
    assert.ok(painted(await view.heat()) > 0.1);
    assert.ok(!(await view.isShown(".instead-of-page")));
  });
});

describe("a training that diverges", () => {
  after(closeAll);

  it("is stopped, explained, and offered a gentler way", async () => {
    writeFile("diverging.flow.json", DIVERGING);
    const view = await openFlow("diverging.flow.json");
    await view.untilPicture();
    await view.locator(".header .primary").click();
    await view.untilStatus(/^Diverged at step \d+, layer \d$/);
    assert.match(await view.text(".notice"), /stopped being finite/);
    const sign = editor().page.locator("[id='pushforward.pushforward.pushforward.status'] .codicon-warning");
    await until("the status bar warns", async () => (await sign.count()) > 0);
    assert.equal(await view.count(".layer-chip.wrong"), 1);
    assert.ok(await view.locator(".header .primary").isDisabled());
    await view.locator(".notice .link", { hasText: "Inspect layer" }).click();
    await until("the cursor stands on the layer", async () => /^Ln [5-8],|^Ln 4,/.test(await cursorPlace()));
    await view.locator(".notice .link", { hasText: "half the rate" }).click();
    await until("it has gone on or diverged anew", async () => (await view.step()) > 0 || /^(Training|Diverged)/.test(await view.status()));
  });
});

describe("the end of the engine", () => {
  after(closeAll);

  it("is said; a restart goes on from the last checkpoint", async () => {
    let view = await openTrained("engine.flow.json"); // a pause leaves a checkpoint
    const paused = await view.step();
    await view.press("t");
    await until("it trains on", async () => (await view.step()) > paused);
    const pids = enginePids();
    assert.equal(pids.length, 1, `engines: ${pids}`);
    process.kill(pids[0] ?? 0, "SIGKILL");
    await view.untilStatus("Engine stopped");
    assert.match(await view.text(".notice"), /engine ended unexpectedly.*SIGKILL/);
    const safe = Number(/checkpoint of step ([\d,]+) is safe/.exec(await view.text(".notice"))?.[1]?.replaceAll(",", ""));
    assert.ok(safe >= paused, `safe step ${safe}`);

    await view.locator(".notice button", { hasText: "Restart" }).click();
    view = await viewOf("engine.flow.json");
    await until("the safe step is back", async () => (await view.status()) === "Paused" && (await view.step()) === safe);
    await view.untilPicture();
    await view.press("t");
    await until("it trains on", async () => (await view.step()) > safe);
    await view.press("t");
    await view.untilStatus("Paused");
    assert.notDeepEqual(enginePids(), pids);
  });
});
