import assert from "node:assert/strict";
import { closeAll, editor, openFlow, statusBar, writeFile } from "./support/editor";
import { SMALL } from "./support/flows";
import { difference, type Pixels, type View } from "./support/view";
import { until } from "./support/waiting";

describe("training", () => {
  let view: View;
  let untrained: Pixels;
  before(async () => {
    writeFile("train.flow.json", SMALL);
    view = await openFlow("train.flow.json");
    await view.untilPicture();
    untrained = await view.heat();
  });
  after(closeAll);

  it("starts with the button; step, curve, status bar and picture follow", async () => {
    await view.locator(".header .primary").click();
    await view.untilStatus("Training");
    await until("step 200", async () => (await view.step()) >= 200);
    const ofHeldOut = /^step [\d,]+ · NLL \d\.\d\d$/; // before the first validation it is that of a batch, and called so
    await until("the status bar has the NLL", async () => ofHeldOut.test(await statusBar()));
    await view.untilText(".figure-nll .name", "NLL");
    assert.match(await view.text(".figure-nll b"), /^\d\.\d{4}$/);
    await until("a picture of step 100 or later", async () => ((await view.pictureStep()) ?? 0) >= 100);
    assert.ok(difference(untrained, await view.heat()) > 0.05, "the picture has changed");
    assert.ok(await view.isShown(".training-plot"));
    assert.match(
      (await view.attribute(".training-plot canvas", "aria-label")) ?? "",
      /^Training curve up to step .*lowest possible value 2\.3939/,
    );
  });

  it("moves no number from its place while the step grows, and keeps to three decimals", async () => {
    const seen = await view.frame.evaluate(
      () =>
        new Promise<{ places: number[]; values: string[] }>((resolve) => {
          const places = new Set<number>();
          const values = new Set<string>();
          const end = Number(document.querySelector(".figure-step b")?.textContent?.replaceAll(",", "")) + 1000; // most often a digit more
          const timer = setInterval(() => {
            places.add(Math.round(document.querySelector(".figure-nll")?.getBoundingClientRect().left ?? 0));
            for (const value of document.querySelectorAll(".film-value")) values.add(value.textContent ?? "");
            if (Number(document.querySelector(".figure-step b")?.textContent?.replaceAll(",", "")) < end) return;
            clearInterval(timer);
            resolve({ places: [...places], values: [...values] });
          }, 20);
        }),
    );
    assert.equal(seen.places.length, 1, `left edges ${seen.places}`);
    assert.deepEqual(
      seen.values.filter((value) => !/^[+−]?\d+\.\d{3}$/.test(value)),
      [],
    );
  });

  it("pauses and goes on with the key T", async () => {
    await view.press("t");
    await view.untilStatus("Paused");
    const step = await view.step();
    await view.untilPicture();
    assert.equal(await view.step(), step);
    await view.press("t");
    await view.untilStatus("Training");
    await until("more steps", async () => (await view.step()) > step);
    await view.press("t");
    await view.untilStatus("Paused");
  });

  it("makes exactly one step with the button and with the full stop", async () => {
    await view.untilPicture();
    const before = await view.step();
    await view.locator(".header button[title^='One training step']").click();
    await view.untilText(".figure-step b", (before + 1).toLocaleString("en-US"));
    await view.untilPicture();
    await view.press(".");
    await view.untilText(".figure-step b", (before + 2).toLocaleString("en-US"));
    await view.untilPicture();
    assert.equal(await view.step(), before + 2);
    assert.equal(await view.status(), "Paused");
  });

  it("shows the health of the flow, each check beside its bound", async () => {
    const rows = await view.frame.evaluate(() =>
      [...document.querySelectorAll(".health-table tr")].map((row) => [...row.children].map((cell) => cell.textContent ?? "")),
    );
    const [kl, nll, mass, roundTrip, condition] = rows;
    assert.match(kl?.[1] ?? "", /^−?\d\.\d{4}$/);
    assert.match(nll?.[2] ?? "", /^± 0\.0\d{3}$/);
    assert.match(mass?.[1] ?? "", /^(0\.9\d{3}|1\.0\d{3})$/);
    assert.match(roundTrip?.[1] ?? "", /^\d\.\d × 10⁻[⁵⁶⁷⁸]$/);
    assert.match(condition?.[1] ?? "", /^[\d,]+$/);
  });

  it("asks once before it throws steps away, and keeps them when told so", async () => {
    const { page } = editor();
    const step = await view.step();
    const dialog = page.locator(".monaco-dialog-box");
    await view.locator(".header button[title^='Reset']").click();
    await dialog.waitFor();
    assert.match((await dialog.textContent()) ?? "", new RegExp(`Throw away ${step.toLocaleString("en-US")} training steps`));
    assert.equal(await view.count("dialog"), 0, "the page does not ask as well");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "hidden" });
    assert.equal(await view.step(), step);

    await view.press("r");
    await dialog.getByRole("button", { name: "Reset" }).click();
    await view.untilStatus("Untrained");
    await view.untilPicture();
    assert.equal(await view.step(), 0);
    await until("the untrained picture is back", async () => difference(untrained, await view.heat()) < 0.001);
  });
});
