/** The folder of everything that tests and `npm start` download, and the one way to put something into it. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The repository root. */
export const repository = path.resolve(fileURLToPath(new URL("../..", import.meta.url)));
/** Git ignores it; deleting it is always safe. */
export const downloads = path.join(repository, ".vscode-test");

/**
 * Makes the folder `home`, whole or not at all: it is assembled beside its place and moved there at the end, so an interrupted run is
 * never taken for a finished one.
 *
 * @param {string} home a folder in `downloads`
 * @param {string} proof a file inside it that only a whole one has
 * @param {(folder: string) => Promise<void>} assemble fills the folder, `proof` included
 */
export async function makeWhole(home, proof, assemble) {
  mkdirSync(downloads, { recursive: true });
  removeLeftovers(home);
  if (existsSync(path.join(home, proof))) return;
  const workshop = `${home}.partial-${process.pid}`;
  try {
    mkdirSync(workshop);
    await assemble(workshop);
    if (existsSync(path.join(home, proof))) return; // another process was faster
    rmSync(home, { recursive: true, force: true });
    renameSync(workshop, home);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/** Removes what interrupted runs left, but nothing that a running process still assembles. */
function removeLeftovers(/** @type {string} */ home) {
  const prefix = `${path.basename(home)}.partial-`;
  for (const name of readdirSync(downloads)) {
    if (name.startsWith(prefix) && !isRunning(Number(name.slice(prefix.length)))) {
      rmSync(path.join(downloads, name), { recursive: true, force: true });
    }
  }
}

function isRunning(/** @type {number} */ pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM"; // it runs, and belongs to someone else
  }
}
