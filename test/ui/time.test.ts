import assert from "node:assert/strict";
import { closeAll, editor, openTrained, putCursor } from "./support/editor";
import { difference, type View } from "./support/view";
import { until } from "./support/waiting";

describe("flow time", () => {
  let view: View;
  before(async () => {
    view = await openTrained("time.flow.json");
  });
  after(closeAll);

  const time = async () => Number(await view.text(".time-value"));
  const untilStage = (stage: number) => until(`stage ${stage}`, async () => (await view.stage()) === stage && (await time()) === stage);

  it("goes from stage to stage with the arrow keys, Home and End; the picture goes along", async () => {
    await untilStage(3);
    const data = await view.heat();
    await view.press("ArrowLeft");
    await untilStage(2);
    await view.press("Home");
    await untilStage(0);
    assert.ok(difference(data, await view.heat()) > 0.02, "another stage is another picture");
    assert.match((await view.attribute(".stage canvas.heat", "aria-label")) ?? "", /^Stage 0 of 3, base N\(0, I\)/);
    await view.press("ArrowRight");
    await untilStage(1);
    await view.press("End");
    await untilStage(3);
  });

  it("goes where a thumbnail is clicked", async () => {
    await view.locator(".film").nth(1).click();
    await untilStage(1);
    assert.equal(await view.attribute(".film:nth-child(2)", "aria-current"), "true");
    await view.locator(".film").nth(3).click();
    await untilStage(3);
  });

  it("stops between two layers under the scrubber, and says that the way there is only a guide", async () => {
    const slider = view.locator(".slider");
    const box = await slider.boundingBox();
    assert.ok(box);
    const { mouse } = editor().page;
    await mouse.move(box.x + box.width - 8, box.y + box.height / 2);
    await mouse.down();
    await mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 5 });
    await mouse.up();
    await until("time 1.5", async () => Math.abs((await time()) - 1.5) < 0.05);
    await view.untilText(".guide", "between layers: straight-line guide");
    await view.press("ArrowRight");
    await untilStage(2);
    assert.equal(await view.text(".guide"), "");
    await view.press("Shift+ArrowLeft");
    await until("a tenth less", async () => Math.abs((await time()) - 1.7) < 1e-9);
  });

  it("plays with Space through the layers and round to the base again", async () => {
    await view.press("Home");
    await untilStage(0);
    await view.press("Space");
    const seen = new Set<number>();
    let last = 0;
    await until("a full round", async () => {
      const now = await time();
      seen.add(await view.stage());
      const round = now < last && seen.size >= 3;
      last = now;
      return round;
    });
    await view.press("Space");
    await until("it stands", async () => {
      const first = await time();
      await new Promise((resolve) => setTimeout(resolve, 200));
      return (await time()) === first;
    });
  });

  it("follows the text cursor, and shows the text of a layer", async () => {
    await view.press("End");
    await untilStage(3);
    await putCursor(5, 10);
    await editor().page.keyboard.press("ArrowRight");
    await untilStage(1);
    await editor().page.keyboard.press("ArrowDown");
    await untilStage(2);
  });

  it("answers Esc with one thing less, and ? with all keys", async () => {
    await view.press("End");
    await untilStage(3);
    await view.locator(".stage").focus();
    await editor().page.keyboard.press("Enter");
    await view.untilText(".readout", /^x = /);
    await editor().page.keyboard.press("p");
    await until("a pin", async () => (await view.texts(".pin-chip")).length === 1);
    await editor().page.keyboard.press("ArrowUp");
    await editor().page.keyboard.press("Escape");
    await until("no cross-hair", async () => (await view.text(".readout")) === "");
    assert.equal(await view.count(".pin-chip"), 1);

    await view.press("?");
    await view.locator("dialog.dialog").waitFor();
    assert.ok((await view.texts("dialog kbd")).includes("Space"));
    await editor().page.keyboard.press("Escape");
    await until("the list is closed", async () => (await view.count("dialog")) === 0);
  });

  it("keeps colour map and toggles under their keys", async () => {
    const before = await view.heat();
    await view.press("c");
    await until("other colours", async () => difference(before, await view.heat()) > 0.05);
    await view.press("Shift+C");
    await until("the same colours", async () => difference(before, await view.heat()) < 0.001);
    await view.press("1");
    await until("no heat", async () => (await view.attribute(".toggles button", "aria-pressed")) === "false");
    assert.ok(difference(before, await view.heat()) > 0.05);
    await view.press("1");
  });
});
