/** One editor for all suites; a picture of it for every test that fails. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { closeEditor, editor, OUT, openEditor } from "./editor";
import { endOfWaiting } from "./waiting";

export const mochaHooks = {
  async beforeAll(this: Mocha.Context) {
    await openEditor();
  },
  async afterEach(this: Mocha.Context) {
    const awaited = endOfWaiting();
    const { currentTest } = this;
    if (currentTest?.state !== "failed") return;
    if (awaited && currentTest.err) currentTest.err.message += `\nIt waited for: ${awaited}`;
    const name = currentTest
      .fullTitle()
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .slice(0, 100);
    await editor().page.screenshot({ path: path.join(OUT, `${name}.png`) });
    writeFileSync(path.join(OUT, `${name}.log`), editor().logs.join("\n"));
  },
  async afterAll() {
    await closeEditor();
  },
};
