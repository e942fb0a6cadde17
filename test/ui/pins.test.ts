import assert from "node:assert/strict";
import { answerInput, closeAll, editor, openTrained } from "./support/editor";
import { View } from "./support/view";
import { until } from "./support/waiting";

/** A printed number as a whole number of its last digit: sums of these are exact. */
function units(text: string): bigint {
  return BigInt(text.replace("−", "-").replace(/[^\d-]/g, ""));
}

function decimals(text: string): number {
  return text.replace(/[^\d.]/g, "").split(".")[1]?.length ?? 0;
}

/** Numbers that were rounded to three decimals in one place, and to three or more in the other. */
function assertSame(some: readonly string[], others: readonly string[]): void {
  const numbers = (texts: readonly string[]) => texts.map((text) => Number(text.replace("−", "-")));
  assert.equal(some.length, others.length);
  const away = numbers(some).map((value, i) => Math.abs(value - (numbers(others)[i] ?? Number.NaN)));
  assert.ok(
    away.every((distance) => distance < 0.0011), // half a unit of the third decimal for each of the two roundings
    `${some} and ${others}`,
  );
}

const sum = (terms: readonly string[]) => terms.map(units).reduce((total, term) => total + term, 0n);

describe("pins", () => {
  let view: View;
  let inspector: View;
  before(async () => {
    view = await openTrained("pins.flow.json");
  });
  after(async () => {
    await editor().runCommand("View: Show Explorer");
    await closeAll();
  });

  const chips = () => view.texts(".pin-chip");
  const chosen = () => view.text(".pin-chip.chosen");
  const rows = () => inspector.texts(".pinned-points .pin-choose");

  it("come with a click on the stage, and their numbers stand under the formula", async () => {
    assert.deepEqual(await chips(), []);
    await view.clickAt(0.36, 0.4);
    await until("pin A", async () => (await chips()).join() === "A");
    await view.untilText(".numbers-title", "Likelihood of a pinned point");
    assert.match(await view.text(".numbers-point"), /^\(−?\d+\.\d\d, −?\d+\.\d\d\)$/);
  });

  it("have numbers that add up, digit by digit, in formula, waterfall and film strip, or say that they are rounded", async () => {
    let exact = 0;
    for (const point of ["-1, 1", "1.5, -1", "0, 0.5", "-2, 0.25"]) {
      await editor().runCommand("Flow: Pin Point…");
      await answerInput(point);
      const named = `(${point
        .split(", ")
        .map((x) => Number(x).toFixed(2).replace("-", "−"))
        .join(", ")})`;
      await view.untilText(".numbers-point", named);
      const [density = "", , base = "", , bracket = ""] = await view.texts(".formula-value");
      const places = decimals(density);
      assert.ok(places >= 3);
      assert.deepEqual([base, bracket].map(decimals), [places, places]);
      const layers = (await view.texts(".film .film-value")).slice(1);
      const values = await view.texts(".waterfall-item .value");
      assert.equal(values.length, layers.length + 2);
      assert.equal(values[0], base);
      assert.equal(values.at(-1), density);
      const gaps = [units(base) - units(bracket) - units(density), sum(layers) - units(bracket), sum(values.slice(0, -1)) - units(density)];
      const isRounded = (await view.text(".numbers-unit")) === "nats, each rounded";
      if (isRounded)
        assert.ok(
          gaps.every((gap) => gap >= -2n && gap <= 2n),
          `${point}: ${gaps}`,
        );
      else assert.deepEqual(gaps, [0n, 0n, 0n], point);
      if (!isRounded) exact++;
      await view.press("Delete");
      await until("only pin A is left", async () => (await chips()).join() === "A");
    }
    assert.ok(exact >= 2, "most sums can be printed exactly");
  });

  it("stand in the inspector with the same numbers", async () => {
    await editor().runCommand("Flow: Show Trajectory Inspector");
    inspector = new View(await editor().webviewFrame(".inspector"), editor().page);
    await until("pin A in the inspector", async () => (await rows()).join() === "A");
    const [density = "", , base = ""] = await view.texts(".formula-value");
    assertSame([await inspector.text(".pinned-points .key")], [density]);
    const films = (await view.texts(".film .film-value")).slice(1);
    const logDets = await inspector.frame.evaluate(() =>
      [...document.querySelectorAll(".log-dets tbody tr")].map((row) => row.querySelector("td")?.textContent?.trim() ?? ""),
    );
    assertSame(logDets, films);
    const running = await inspector.texts(".layer-by-layer .key");
    assert.equal(running.length, 4);
    assertSame([running[0] ?? "", running.at(-1) ?? ""], [base, density]);
  });

  it("are chosen in one place and shown in the other", async () => {
    await view.clickAt(0.6, 0.6);
    await until(
      "pin B is chosen in both",
      async () => (await chosen()) === "B" && /Pin B/.test(await inspector.text(".inspector-section:last-child h2")),
    );
    assert.deepEqual(await rows(), ["A", "B"]);
    await inspector.locator(".pinned-points .pin-choose").first().click();
    await until("pin A is chosen in the view", async () => (await chosen()) === "A");
    await view.locator(".pin-chip").nth(1).click();
    await until("pin B is chosen in the inspector", () =>
      inspector.text(".pinned-points tr.chosen .pin-choose").then((name) => name === "B"),
    );
  });

  it("lead from a row of the inspector to that stage of the view", async () => {
    await inspector.locator(".layer-by-layer tbody tr:nth-child(2) button").click();
    await until("stage 1 in the view", async () => (await view.stage()) === 1);
    await view.press("End");
    await until("the data end in the inspector", async () => (await inspector.text(".layer-by-layer tr.current .first")) === "z₃");
  });

  it("can be put at typed coordinates", async () => {
    await editor().runCommand("Flow: Pin Point…");
    await answerInput("0.5, -1.25");
    await until("pin C is chosen", async () => (await chosen()) === "C");
    await view.untilText(".numbers-point", "(0.50, −1.25)");
    await until(
      "its row",
      async () =>
        (await inspector.texts(".pinned-points tr.chosen .coordinate, .pinned-points tr.chosen td.number")).slice(0, 2).join() ===
        "0.50,−1.25",
    );
  });

  it("can be dragged; the numbers follow", async () => {
    const from = await view.placeOnStage(0.36, 0.4);
    const to = await view.placeOnStage(0.5, 0.3);
    const { mouse } = editor().page;
    await mouse.move(from.x, from.y);
    await mouse.down();
    await mouse.move(to.x, to.y, { steps: 4 });
    await mouse.up();
    await view.pointAway();
    await view.pointAt(0.52, 0.3); // beside the pin, where the pointer's own numbers name the place
    const near = /^x = \((\S+), (\S+)\)/.exec(await view.untilText(".readout", /log p/));
    await view.pointAway();
    await until("pin A is there", async () => (await chosen()) === "A" && (await view.text(".numbers-point")).endsWith(`, ${near?.[2]})`));
    await view.clickAt(0.5, 0.3); // this chooses it and makes no new one
    assert.deepEqual(await chips(), ["A", "B", "C"]);
  });

  it("are removed in both places, from either", async () => {
    await inspector.locator(".pinned-points tbody tr").first().hover();
    await inspector.locator(".pinned-points tbody tr").first().locator(".pin-remove").click();
    await until("A is gone", async () => (await chips()).join() === "B,C" && (await rows()).join() === "B,C");
    await view.locator(".pin-chip").first().focus();
    await editor().page.keyboard.press("Delete");
    await until("B is gone", async () => (await chips()).join() === "C" && (await rows()).join() === "C");
    await inspector.locator(".pinned-points .pin-remove").click();
    await until("all are gone", async () => (await chips()).length === 0 && inspector.isShown(".inspector-empty"));
    assert.equal(await view.text(".numbers-title"), "Likelihood of the data, mean");
  });
});
