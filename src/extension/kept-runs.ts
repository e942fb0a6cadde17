/** Checkpoints of definitions that a session has left: taking an edit back brings its training back. */
import { describesSameRun } from "../language/definition";
import type { Progress } from "../protocol/model";

const MOST_KEPT = 4; // some hundred kilobytes each; beyond that nobody remembers which edit it was

export interface KeptRun {
  readonly text: string;
  readonly step: number;
  readonly checkpoint: Uint8Array;
  /** Its training curve. */
  readonly history: readonly Progress[];
}

export class KeptRuns {
  private runs: readonly KeptRun[] = [];

  keep(run: KeptRun): void {
    this.runs = [run, ...this.without(run.text)].slice(0, MOST_KEPT);
  }

  find(text: string): KeptRun | null {
    return this.runs.find((run) => describesSameRun(run.text, text)) ?? null;
  }

  drop(text: string): void {
    this.runs = this.without(text);
  }

  private without(text: string): readonly KeptRun[] {
    return this.runs.filter((run) => !describesSameRun(run.text, text));
  }
}
