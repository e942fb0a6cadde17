import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** Writes a file so that under its name there is always a whole one, the former or the new, whenever this process or the computer ends. */
export function writeWhole(file: string, content: string | Uint8Array): void {
  const partial = `${file}.${process.pid}.partial`;
  try {
    const descriptor = openSync(partial, "w");
    try {
      writeFileSync(descriptor, content);
      fsyncSync(descriptor); // else the new name may reach the disk before the bytes do
    } finally {
      closeSync(descriptor);
    }
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}
