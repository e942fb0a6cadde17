/**
 * The text of a document and what the engine made of it. The engine sees the newest text only: one question is in flight, and answers
 * about a text that has changed meanwhile are not shown. While a run trains, the text is checked without disturbing the run.
 */
import { describesSameRun, isBlank } from "../language/definition";
import type { Client } from "../protocol/channel";
import type { EngineEvents, EngineMethods, Limits, OpenAnswer } from "../protocol/engine";
import type { Fault, FlowSummary, RunState } from "../protocol/model";
import type { KeptRuns } from "./kept-runs";

const DEBOUNCE_MS = 200; // typing is faster: no word is judged before it is written

export type EngineClient = Client<EngineMethods, EngineEvents>;
type EngineQuestion = Parameters<EngineMethods["flow/open"]>[0];

/** What the engine holds as the session's flow. */
export interface Opened {
  readonly revision: number;
  readonly text: string;
  readonly limits: Limits;
  readonly summary: FlowSummary;
  readonly warnings: readonly Fault[];
}

/** Faults belong to a text: their places mean nothing in another one. */
export interface Findings {
  readonly text: string;
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
}

interface Surroundings {
  readonly session: string;
  /** The document's text; null when it is no longer open. */
  readonly text: () => string | null;
  readonly folder: () => string | null;
  readonly limits: () => Limits;
  /** The engine, started if need be; throws when it cannot be. */
  readonly client: () => EngineClient;
  readonly isTraining: () => boolean;
  readonly keptRuns: KeptRuns;
  /** Settled when runs of earlier windows are among the kept ones. */
  readonly recalled: Promise<void>;
  /** Called before another definition takes the place of this one, so that its training can be kept. */
  readonly leaving: (opened: Opened) => Promise<void>;
  /** Opens another text, or the same within other limits, for the run that is shown, with its present checkpoint. */
  readonly carryOver: (open: (checkpoint: Uint8Array | null) => Promise<void>) => Promise<void>;
  readonly opened: (opened: Opened, run: RunState, isSameRun: boolean) => Promise<void>;
  readonly changed: () => void;
  readonly failed: (error: unknown) => void;
}

export class Definition {
  opened: Opened | null = null;
  findings: Findings | null = null;
  /** The text says something else than the run that is shown. */
  isOlder = false;
  blank = false;
  private revision = 0;
  private timer: NodeJS.Timeout | null = null;
  private working: Promise<void> | null = null;
  private again = false;
  private lost: { readonly checkpoint: Uint8Array | null } | null = null;
  private disposed = false;

  constructor(private readonly around: Surroundings) {}

  textChanged(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.settle(), DEBOUNCE_MS);
  }

  /** Resolves when the newest text has been judged, by the settings as they are now. */
  async settle(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.again = true;
    this.working ??= this.work();
    await this.working;
  }

  /** A new engine knows nothing: gives it the definition of the run that was shown, then the text, unless that was newer before. */
  async reopen(checkpoint: Uint8Array | null): Promise<void> {
    this.lost = { checkpoint };
    await this.settle();
  }

  /** Whether the engine has yet to be told what is shown. */
  get isLost(): boolean {
    return this.lost !== null;
  }

  dispose(): void {
    this.disposed = true;
    if (this.timer) clearTimeout(this.timer);
  }

  private async work(): Promise<void> {
    try {
      await this.around.recalled;
      while (this.again && !this.disposed) {
        this.again = false;
        const wasLost = this.isLost;
        if (wasLost) await this.guarded(() => this.restore());
        if (!wasLost || !this.isOlder) await this.guarded(() => this.judge());
      }
    } finally {
      this.working = null;
    }
    if (!this.disposed) this.around.changed();
  }

  private async guarded(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.around.failed(error);
    }
  }

  private async restore(): Promise<void> {
    const { opened, isOlder, lost } = this;
    if (!lost) return;
    try {
      if (opened) await this.open(opened.text, lost.checkpoint);
    } finally {
      if (this.lost === lost)
        this.lost = null; // else yet another engine has come
      else this.again = true;
    }
    this.isOlder = isOlder;
  }

  private async judge(): Promise<void> {
    const text = this.around.text();
    if (text === null) return;
    const { opened } = this;
    this.blank = isBlank(text);
    if (this.blank && !this.around.isTraining()) {
      this.findings = { text, faults: [], warnings: [] };
    } else if (opened && text === opened.text && areSame(opened.limits, this.around.limits())) {
      this.isOlder = false;
      this.findings = { text, faults: [], warnings: opened.warnings };
    } else {
      if (opened && describesSameRun(text, opened.text)) await this.around.carryOver((checkpoint) => this.open(text, checkpoint));
      else if (this.around.isTraining()) await this.check(text);
      else await this.open(text, this.around.keptRuns.find(text)?.checkpoint ?? null);
    }
  }

  private async check(text: string): Promise<void> {
    const answer = await this.around.client().request("flow/check", { text, folder: this.around.folder(), limits: this.around.limits() });
    this.isOlder = true;
    this.note(text, answer);
  }

  private async open(text: string, checkpoint: Uint8Array | null): Promise<void> {
    const isSameRun = this.opened !== null && describesSameRun(text, this.opened.text);
    if (this.opened && !isSameRun) await this.around.leaving(this.opened);
    const revision = ++this.revision;
    const limits = this.around.limits();
    let answer = await this.ask({ text, revision, limits, checkpoint });
    // Two texts that we take for the same run may differ for the engine: then the run begins anew.
    if (checkpoint && !answer.ok && answer.faults.some(({ code }) => code === "weights"))
      answer = await this.ask({ text, revision, limits, checkpoint: null });
    this.note(text, answer);
    if (!answer.ok) {
      this.isOlder = this.opened !== null;
      return;
    }
    this.opened = { revision, text, limits, summary: answer.summary, warnings: answer.warnings };
    this.isOlder = false;
    await this.around.opened(this.opened, answer.run, isSameRun);
  }

  private ask(question: Pick<EngineQuestion, "text" | "revision" | "limits" | "checkpoint">): Promise<OpenAnswer> {
    const { session } = this.around;
    return this.around.client().request("flow/open", { session, folder: this.around.folder(), ...question });
  }

  private note(text: string, answer: OpenAnswer): void {
    if (this.again || this.disposed) return; // a newer text waits: these places are stale
    const errors = answer.ok ? [] : answer.faults.filter((fault) => fault.severity === "error");
    const warnings = answer.ok ? answer.warnings : answer.faults.filter((fault) => fault.severity === "warning");
    this.findings = { text, faults: errors, warnings };
  }
}

function areSame(a: Limits, b: Limits): boolean {
  return a.memoryBytes === b.memoryBytes && a.kernels === b.kernels && a.threads === b.threads;
}
