/** What a measurement needs to know of its surroundings. */
import type { Effort } from "./measure";

export interface Plan {
  /** Folder of the bundles that are measured. */
  readonly dist: string;
  /** A folder of this run alone, for tables of points. */
  readonly folder: string;
  readonly effort: Effort;
  /** Numbers of threads that are compared. */
  readonly threads: readonly number[];
  /** Why there is no PyTorch to compare with; null when there is. */
  readonly torchMissing: string | null;
  /** Folder with checkouts of nflows, zuko and normflows, where they are to be measured too. */
  readonly libraries: string | null;
  say(text: string): void;
}
