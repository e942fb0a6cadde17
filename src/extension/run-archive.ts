/** The newest checkpoint of each document's run, on disk in the extension's own storage: a run survives closing and reloading the window. */
import { createHash } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { KeptRun } from "./kept-runs";

const SUFFIX = ".run";
const MOST_RUNS = 30; // some hundred kilobytes each
const FORMAT = 1;

interface Header extends Omit<KeptRun, "checkpoint"> {
  readonly format: number;
  readonly document: string;
}

export class RunArchive {
  /** What is being written and what waits for it, by file: only the newest run of a document waits. */
  private readonly writing = new Map<string, Promise<void>>();
  private readonly waiting = new Map<string, KeptRun>();

  /** `folder`: null where there is no storage, then nothing is kept. */
  constructor(
    private readonly folder: string | null,
    private readonly report: (error: unknown) => void,
  ) {}

  /** The run of a document; null when there is none or its file is damaged. */
  async load(document: string): Promise<KeptRun | null> {
    const file = this.fileOf(document);
    if (!file) return null;
    let bytes: Buffer;
    try {
      bytes = await readFile(file);
    } catch {
      return null; // none was kept
    }
    try {
      const end = bytes.indexOf("\n");
      const { format, document: owner, ...run }: Header = JSON.parse(bytes.toString("utf8", 0, end));
      if (format !== FORMAT || owner !== document) return null;
      return { ...run, checkpoint: new Uint8Array(bytes.subarray(end + 1)) };
    } catch (error) {
      this.report(error);
      return null;
    }
  }

  /** Keeps a run in the background; a newer one that comes meanwhile replaces it. */
  save(document: string, run: KeptRun): void {
    const file = this.fileOf(document);
    if (!file) return;
    this.waiting.set(file, run);
    if (!this.writing.has(file)) this.writing.set(file, this.drain(document, file));
  }

  /** Forgets a run that was thrown away. */
  async drop(document: string): Promise<void> {
    const file = this.fileOf(document);
    if (!file) return;
    this.waiting.delete(file);
    await this.writing.get(file);
    await rm(file, { force: true });
  }

  private fileOf(document: string): string | null {
    return this.folder && path.join(this.folder, createHash("sha256").update(document).digest("hex").slice(0, 32) + SUFFIX);
  }

  private async drain(document: string, file: string): Promise<void> {
    try {
      for (let run = this.waiting.get(file); run; run = this.waiting.get(file)) {
        this.waiting.delete(file);
        await this.write(document, file, run);
      }
      await this.thin();
    } catch (error) {
      this.report(error); // a full or read-only disk: the run goes on, only its memory is shorter
    } finally {
      this.writing.delete(file);
    }
  }

  /** Whole or not at all: written beside, synced, then renamed over the former one. */
  private async write(document: string, file: string, { checkpoint, ...run }: KeptRun): Promise<void> {
    await mkdir(path.dirname(file), { recursive: true });
    const header: Header = { format: FORMAT, document, ...run };
    const beside = `${file}.${process.pid}`;
    const handle = await open(beside, "w");
    try {
      await handle.writeFile(Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), checkpoint]));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  }

  private async thin(): Promise<void> {
    if (!this.folder) return;
    const names = (await readdir(this.folder)).filter((name) => name.endsWith(SUFFIX));
    if (names.length <= MOST_RUNS) return;
    const dated = await Promise.all(names.map(async (name) => ({ name, time: (await stat(path.join(this.folder ?? "", name))).mtimeMs })));
    dated.sort((a, b) => b.time - a.time);
    await Promise.all(dated.slice(MOST_RUNS).map(({ name }) => rm(path.join(this.folder ?? "", name), { force: true })));
  }
}
