import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { generatedFiles } from "../../tools/generated";

const root = path.join(__dirname, "../..");

describe("generated files", () => {
  for (const [file, text] of generatedFiles()) {
    it(`${file} is what the catalogue says`, () => {
      const target = path.join(root, file);
      const current = existsSync(target) ? readFileSync(target, "utf8") : "";
      if (current === text) return;
      if (!process.env.CI) {
        mkdirSync(path.dirname(target), { recursive: true });
        writeFileSync(target, text);
      }
      assert.fail(`${file} was stale${process.env.CI ? "; run `npm run generate`" : " and has been written anew; commit it"}`);
    });
  }
});
