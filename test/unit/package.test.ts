/** What a user downloads: exactly the files of a golden list, small, with the notices that their licences ask for. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { noticesText } from "../../tools/notices.mjs";
import { withFolder } from "../support/folder";

const root = path.join(__dirname, "../..");
const golden = path.join(root, "test/golden/package.txt");
const manifest: { scripts: { package: string } } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const LARGEST_MEGABYTES = 3;

function vsce(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(root, "node_modules/@vscode/vsce/vsce"), ...args], {
    cwd: root,
    encoding: "utf8",
  });
  assert.equal(status, 0, `vsce ${args[0]} failed:\n${stdout}${stderr}`);
  return stdout;
}

/** As with every golden file: on a developer's machine the new text is written, for the review to see. */
function assertKept(file: string, text: string): void {
  const kept = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (kept !== text && !process.env.CI) writeFileSync(file, text);
  assert.equal(text, kept, `${path.relative(root, file)} was stale; read it anew and commit it`);
}

describe("the package", () => {
  it("holds the files of the golden list and no others", () => {
    const files = vsce("ls", "--no-dependencies").trim().split("\n").sort();
    assertKept(golden, `${files.join("\n")}\n`);
  });

  it("has no sources, source maps, tests or modules in its golden list", () => {
    for (const file of readFileSync(golden, "utf8").trim().split("\n"))
      assert.doesNotMatch(file, /\.(ts|map|mjs|cjs)$|^(src|test|tools|bench|scripts|node_modules)\//);
  });

  it(`is smaller than ${LARGEST_MEGABYTES} MB`, () =>
    withFolder({}, (folder) => {
      const file = path.join(folder, "pushforward.vsix");
      const [, ...command] = manifest.scripts.package.split(" "); // vsce and how it is called for a release
      vsce(...command, "--out", file); // the last one counts
      const megabytes = statSync(file).size / 1e6;
      assert.ok(megabytes < LARGEST_MEGABYTES, `${megabytes.toFixed(2)} MB`);
    }));

  it("tells whose works it contains, by the packages that end up in its bundles", () => {
    assertKept(path.join(root, "THIRD_PARTY_NOTICES.md"), noticesText());
  });
});
