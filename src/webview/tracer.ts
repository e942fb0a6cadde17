/** Asks for the numbers of the point under the pointer: one question at a time, at most ten per second, the newest wins. */
import { ChannelError } from "../protocol/channel";
import type { Host } from "./host";
import type { Store } from "./store";

const INTERVAL_MS = 100;

export class Tracer {
  private wanted: readonly number[] | null = null;
  private asking = false;
  private lastAsked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly store: Store,
    private readonly host: Host,
  ) {
    let drawn = store.value.frame;
    store.subscribe(["frame"], ({ frame, hover }) => {
      if (frame === drawn) return;
      drawn = frame;
      if (hover) this.point(hover.x); // the parameters have moved on
    });
  }

  /** The pointer is at x (data space). The former numbers stay until the new ones are there, so that nothing flickers. */
  point(x: readonly number[]): void {
    this.store.update({ hover: { x, trace: this.store.value.hover?.trace ?? null } });
    this.wanted = x;
    this.pump();
  }

  clear(): void {
    this.wanted = null;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.store.update({ hover: null });
  }

  private pump(): void {
    if (this.asking || this.timer !== undefined || !this.wanted) return;
    const wait = this.lastAsked + INTERVAL_MS - performance.now();
    if (wait <= 0) return void this.ask(this.wanted);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.pump();
    }, wait);
  }

  private async ask(x: readonly number[]): Promise<void> {
    this.wanted = null;
    this.asking = true;
    this.lastAsked = performance.now();
    try {
      const { trace } = await this.host.request("point/trace", { x });
      if (this.store.value.hover) this.store.update({ hover: { x, trace } });
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      // cancelled by a newer question, or no engine at the moment: the cross-hair stays, without numbers
    } finally {
      this.asking = false;
      this.pump();
    }
  }
}
