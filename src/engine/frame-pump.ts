/**
 * Decides when a session's next frame is made. One frame is under way at a time; the next begins when the view has drawn the last one
 * and something has changed since. So pictures are as frequent as evaluation and drawing allow, and nothing ever queues.
 */
import { availableParallelism } from "node:os";
import { ChannelError, describe } from "../protocol/channel";
import type { Frame } from "../protocol/model";

interface FrameWish {
  readonly stage: number;
  readonly sequence: number;
  readonly quality: "live" | "full";
}

/** A view that has not answered for this long has been hidden or reloaded; it is not waited for any longer. */
const FORGET_DRAWING_AFTER_MS = 2000;
/** Pictures at most this often while training. */
const LIVE_INTERVAL_MS = 100;
/**
 * Rest after a live picture, as a multiple of the time that making and drawing it took. Where evaluation, drawing and training must share
 * two or three processors, this keeps most of their time for training; with more they hardly meet.
 */
const REST = availableParallelism() >= 4 ? 0.5 : 2;

/** Answers that mean: the flow was closed or replaced while its frame was made. Its successor asks again. */
const SUPERSEDED: ReadonlySet<string> = new Set(["no-session", "no-flow", "replaced", "cancelled", "closed"]);

export class FramePump {
  private stage = Number.MAX_SAFE_INTEGER; // the data end, until a view says otherwise
  private live = false;
  private training = false;
  private dirty = false;
  private sequence = 0;
  private undrawn = 0;
  private begunAt = 0;
  private sentAt = 0;
  private restUntil = 0;
  private making: AbortController | null = null;
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(
    private readonly make: (wish: FrameWish, signal: AbortSignal) => Promise<Frame>,
    private readonly send: (frame: Frame) => void,
    private readonly onFailure: (reason: string) => void,
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
    if (different) {
      this.dirty = true;
      this.restUntil = 0; // the reader turned to something else and should not wait
    }
    this.poke();
  }

  drawn(sequence: number): void {
    if (sequence !== this.undrawn) return;
    this.undrawn = 0;
    this.rest();
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
    const forget = this.undrawn !== 0 ? this.sentAt + FORGET_DRAWING_AFTER_MS : 0;
    const wait = Math.max(forget, this.training ? Math.max(this.restUntil, this.sentAt + LIVE_INTERVAL_MS) : 0) - now;
    if (wait > 0) this.later(wait);
    else void this.makeOne();
  }

  /** Called when a picture has been drawn: the next live one waits in proportion to what this one cost. */
  private rest(): void {
    const now = Date.now();
    this.restUntil = now + REST * (now - this.begunAt);
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
    this.begunAt = Date.now();
    const sequence = ++this.sequence;
    try {
      const frame = await this.make({ stage: this.stage, sequence, quality: this.training ? "live" : "full" }, making.signal);
      if (!this.stopped && this.live) {
        this.sentAt = Date.now();
        this.undrawn = sequence;
        this.send(frame);
      }
    } catch (error) {
      if (!this.stopped && !(error instanceof ChannelError && SUPERSEDED.has(error.code))) this.onFailure(describe(error));
    } finally {
      this.making = null;
    }
    this.poke();
  }
}
