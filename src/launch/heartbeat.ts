/** Watches whether the other side still answers; a side that computes for long without answering counts as silent. */
import { Listeners } from "./listeners";

const BEAT_PAUSE_MS = 500; // with the limit below, silence is noticed within 2.5 s
const SILENT_AFTER_MS = 2000; // the engine's main thread only routes messages: it answers within milliseconds or is stuck
const REPEAT_MS = 1000; // how often a lasting silence is told again, so that a view can count the seconds

export class Heartbeat {
  private readonly silence = new Listeners<number>();
  private readonly answer = new Listeners<void>();
  private timer: NodeJS.Timeout | null = null;
  private silent = false;
  private lastAnswer = 0;
  private ended = false;

  /** Tells the seconds without an answer, once a second while the silence lasts. */
  readonly onSilent = this.silence.add;
  /** Tells that answers come again after a silence. */
  readonly onAnswering = this.answer.add;

  constructor(private readonly ask: () => Promise<unknown>) {
    this.beat();
  }

  get isSilent(): boolean {
    return this.silent;
  }

  stop(): void {
    this.ended = true;
    if (this.timer) clearTimeout(this.timer);
  }

  private beat(): void {
    const asked = Date.now();
    this.after(SILENT_AFTER_MS, () => this.suspect(asked));
    this.ask().then(
      () => this.answered(),
      () => this.stop(), // the channel is closed: an ending is reported by the process itself
    );
  }

  /** After a pause of our own (a sleeping laptop, a breakpoint) answers wait in the queue: let them in before judging. */
  private suspect(asked: number): void {
    setImmediate(() => {
      if (this.ended || this.lastAnswer >= asked) return;
      this.silent = true;
      this.silence.tell(Math.round((Date.now() - asked) / 1000));
      this.after(REPEAT_MS, () => this.suspect(asked));
    });
  }

  private answered(): void {
    if (this.ended) return;
    this.lastAnswer = Date.now();
    this.after(BEAT_PAUSE_MS, () => this.beat());
    if (!this.silent) return;
    this.silent = false;
    this.answer.tell();
  }

  private after(ms: number, action: () => void): void {
    if (this.ended) return;
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(action, ms);
    this.timer.unref(); // a heartbeat alone must not keep a command line alive
  }
}
