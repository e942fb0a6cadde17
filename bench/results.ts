/** Everything that was measured, as it is kept in a file: parts that were not measured this time stay, if the surroundings are the same. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { JobResult } from "./job-lines";
import type { JobName } from "./jobs";
import type { Line } from "./line";
import type { Spread } from "./measure";
import type { Scaling } from "./scaling";

/** Numbers under different ones are not put into one page. */
export interface Environment {
  readonly machine: string;
  readonly node: string;
  readonly torch: string;
  /** Rounds and length of segments. */
  readonly effort: string;
}

export type LineName = "first-step" | "first" | "frames" | "border";

/** One number of the real editor, from scripts/editor-times.mjs. */
export interface EditorFigure {
  readonly title: string;
  readonly unit: string;
  readonly spread: Spread;
  readonly note: string | null;
}

/** Measured in a run of its own, so it names its own surroundings. */
export interface EditorTimes {
  readonly surroundings: string;
  readonly figures: readonly EditorFigure[];
}

export interface Results {
  readonly environment: Environment;
  readonly jobs: Readonly<Partial<Record<JobName, readonly JobResult[]>>>;
  readonly lines: Readonly<Partial<Record<LineName, Line>>>;
  readonly scaling: Scaling | null;
  readonly editor: EditorTimes | null;
}

export const nothing = (environment: Environment): Results => ({ environment, jobs: {}, lines: {}, scaling: null, editor: null });

export function readResults(file: string): Results | null {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Results) : null;
}

/** The kept results without what was measured in other surroundings. */
export function keptFor(environment: Environment, kept: Results | null): Results {
  if (!kept) return nothing(environment);
  const isSame = JSON.stringify(kept.environment) === JSON.stringify(environment);
  return isSame ? kept : { ...nothing(environment), editor: kept.editor };
}

export function writeResults(file: string, results: Results): void {
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
}
