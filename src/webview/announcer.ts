/** Sentences for a reader: short notes on the stage, and spoken changes that never come faster than they can be heard. */
import { make, setText } from "./dom";

const NOTE_MS = 6000;
const SPEECH_MS = 5000; // at most one announcement of live numbers in this time

export class Announcer {
  /** Visible note, empty when there is nothing to say. */
  readonly note = make("div", "note");
  /** For screen readers only. */
  readonly live = make("div", "unseen");
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lastSpoken = Number.NEGATIVE_INFINITY;

  constructor() {
    this.note.setAttribute("role", "status");
    this.live.setAttribute("aria-live", "polite");
  }

  /** What just happened, or why it did not. */
  say(text: string): void {
    setText(this.note, text);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => setText(this.note, ""), NOTE_MS);
  }

  /** Something the reader asked to hear, e.g. the value at the cross-hair. */
  speak(text: string): void {
    setText(this.live, text);
  }

  /** Live numbers. */
  report(text: string): void {
    const now = performance.now();
    if (now - this.lastSpoken < SPEECH_MS) return;
    this.lastSpoken = now;
    setText(this.live, text);
  }
}
