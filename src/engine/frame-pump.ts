/**
 * Decides when a session's next frame is made. One frame is under way at a time; the next begins when the view has drawn the last one
 * and something has changed since. So pictures are as frequent as evaluation and drawing allow, and nothing ever queues.
 */
import type { Frame } from "../protocol/model";

interface FrameWish {
  readonly stage: number;
  readonly sequence: number;
  readonly quality: "live" | "full";
}

/** A view that has not answered for this long has been hidden or reloaded; it is not waited for any longer. */
const FORGET_DRAWING_AFTER_MS = 2000;
/** Pictures at most this often while training; the rest of the processor is for training. */
const LIVE_INTERVAL_MS = 100;

export class FramePump {
  private stage = Number.MAX_SAFE_INTEGER; // the data end, until a view says otherwise
  private live = false;
  private training = false;
  private dirty = false;
  private sequence = 0;
  private undrawn = 0;
  private sentAt = 0;
  private making: AbortController | null = null;
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(
    private readonly make: (wish: FrameWish, signal: AbortSignal) => Promise<Frame>,
    private readonly send: (frame: Frame) => void,
  ) {}

  /** Parameters, state or definition are new. */
  changed(training = this.training): void {
    this.training = training;
    this.dirty = true;
    this.poke();
  }

  attend(stage: number, live: boolean): void {
    const different = stage !== this.stage || (live && !this.live);
    this.stage = stage;
    this.live = live;
    if (!live) this.undrawn = 0;
    if (different) this.dirty = true;
    this.poke();
  }

  drawn(sequence: number): void {
    if (sequence === this.undrawn) this.undrawn = 0;
    this.poke();
  }

  stop(): void {
    this.stopped = true;
    this.making?.abort();
    if (this.timer) clearTimeout(this.timer);
  }

  private poke(): void {
    if (this.stopped || !this.live || !this.dirty || this.making || this.timer) return;
    const now = Date.now();
    const wait =
      this.undrawn !== 0 ? this.sentAt + FORGET_DRAWING_AFTER_MS - now : this.training ? this.sentAt + LIVE_INTERVAL_MS - now : 0;
    if (wait > 0) this.later(wait);
    else void this.makeOne();
  }

  private later(ms: number): void {
    this.timer = setTimeout(
      () => {
        this.timer = null;
        this.poke();
      },
      Math.min(ms, LIVE_INTERVAL_MS),
    ); // looked at again soon: the view may have drawn meanwhile
  }

  private async makeOne(): Promise<void> {
    const making = new AbortController();
    this.making = making;
    this.dirty = false;
    const sequence = ++this.sequence;
    try {
      const frame = await this.make({ stage: this.stage, sequence, quality: this.training ? "live" : "full" }, making.signal);
      if (!this.stopped && this.live) {
        this.sentAt = Date.now();
        this.undrawn = sequence;
        this.send(frame);
      }
    } catch {
      // The session was replaced or closed while its frame was made; its successor asks again.
    } finally {
      this.making = null;
    }
    this.poke();
  }
}
