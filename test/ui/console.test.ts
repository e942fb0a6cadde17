import assert from "node:assert/strict";
import { complaints } from "./support/editor";

describe("the console, after all of this", () => {
  it("has no error, no warning and no breach of the security policy from our pages", () => {
    assert.deepEqual(complaints, []);
  });
});
