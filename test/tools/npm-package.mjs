/** Fetches one pinned npm package and unpacks it, without running anything in it. */
import { createHash } from "node:crypto";
import { createReadStream, mkdirSync } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { runCommand, runNpm } from "./command.mjs";

/**
 * Downloads `name@version`, checks its sha512 and unpacks the named members into `into`, without their leading `package/`.
 * Rejects if the download is not, byte for byte, the package that we know.
 *
 * @param {{ name: string, version: string, integrity?: string, members: string[], into: string }} what
 *   Without `integrity` the sum that the registry states is used: that finds broken downloads, not exchanged ones.
 */
export async function unpackNpmPackage({ name, version, integrity, members, into }) {
  const spec = `${name}@${version}`;
  mkdirSync(into, { recursive: true });
  const expected = integrity ?? (await runNpm(["view", spec, "dist.integrity"])).trim();
  const packed = await runNpm(["pack", spec, "--silent", "--pack-destination", into]);
  const archive = path.join(into, path.basename(packed.trim().split("\n").at(-1) ?? ""));

  const actual = await sha512(archive);
  if (actual !== expected) {
    throw new Error(
      `${spec}: the download is not the package that was pinned (expected ${expected}, got ${actual}). ` +
        "Run `npm cache verify` and try again; if it stays, do not use this package.",
    );
  }
  const inArchive = members.map((member) => `package/${member}`);
  // relative names: the tar of Windows takes "C:" for a host
  await runCommand("tar", ["-xzf", path.basename(archive), "--strip-components=1", ...inArchive], { cwd: into });
  return archive;
}

/** The file's sum, written as package locks write it. */
async function sha512(/** @type {string} */ file) {
  const hash = createHash("sha512");
  await pipeline(createReadStream(file), hash);
  return `sha512-${hash.digest("base64")}`;
}
