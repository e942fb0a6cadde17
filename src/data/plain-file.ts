/** Files that a definition names: plain files inside the definition's folder, opened once and from then on read through the descriptor. */
import { closeSync, constants, fstatSync, openSync, realpathSync, type Stats } from "node:fs";
import path from "node:path";

export interface PlainFile {
  /** To be closed by whoever opened it. */
  readonly descriptor: number;
  readonly real: string;
  /** As of the opening. */
  readonly facts: Stats;
}

/** Why a file is not opened, as a sentence that names it. */
export interface Refusal {
  readonly refused: string;
}

/** Opens `file`, a path relative to `folder`, unless it leaves the folder, is no plain file or is larger than `largest` bytes. */
export function openInside(file: string, folder: string, largest: number): PlainFile | Refusal {
  const windows = process.platform === "win32"; // there, what follows a colon is a drive's path or a hidden stream of the file
  if (path.isAbsolute(file) || /^([a-z]:|[a-z]+:\/\/|file:)/i.test(file) || file.includes("\u0000") || (windows && file.includes(":")))
    return { refused: `"${file}" must be a path relative to the definition's folder.` };
  let descriptor: number | null = null;
  try {
    const real = realpathSync(path.resolve(folder, file));
    const inside = path.relative(realpathSync(folder), real);
    if (inside === ".." || inside.startsWith(`..${path.sep}`) || path.isAbsolute(inside))
      return { refused: `"${file}" lies outside the definition's folder. Copy it there.` };
    // Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
    descriptor = openSync(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const facts = fstatSync(descriptor);
    const refused = !facts.isFile()
      ? `"${file}" is not a plain file.`
      : facts.size > largest
        ? `"${file}" has ${gigabytes(facts.size)} GB; the limit is ${gigabytes(largest)} GB.`
        : null;
    if (refused === null) return { descriptor, real, facts };
    closeSync(descriptor);
    return { refused };
  } catch (error) {
    if (descriptor !== null) closeSync(descriptor);
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error; // not the file system's doing
    return { refused: code === "ENOENT" ? `"${file}" does not exist beside the definition.` : `"${file}" cannot be opened (${code}).` };
  }
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
