import assert from "node:assert/strict";
import * as vscode from "vscode";

describe("the extension", () => {
  it("is found by VS Code and activates", async () => {
    const extension = vscode.extensions.getExtension("pushforward.pushforward");
    assert.ok(extension, "pushforward.pushforward is not among the extensions; is its package.json valid?");
    await extension.activate();
    assert.equal(extension.isActive, true);
  });
});
