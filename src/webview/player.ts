/** Moves the flow time: plays through the layers with a rest at each, or travels to a stage that was asked for. */
import { clampedTime, layerCount, type Store } from "./store";

const LAYER_MS = 700; // at 1×
const DWELL_MS = 200;
const JUMP_MS = 240;

/** One way between two flow times. */
interface Leg {
  readonly from: number;
  readonly to: number;
  readonly ms: number;
  readonly startedAt: number;
}

export class Player {
  private leg: Leg | null = null;
  private request = 0;
  private written = Number.NaN; // flow time as this player wrote it last

  constructor(private readonly store: Store) {}

  /** True while time moves by itself, in play or on the way to a stage. */
  get moving(): boolean {
    return this.leg !== null;
  }

  /** Where time stands, or is on its way to on request: what "the next stage" is next to. */
  get heading(): number {
    const model = this.store.value;
    return this.leg && !model.playing ? this.leg.to : clampedTime(model);
  }

  toggle(): void {
    if (this.store.value.playing) this.pause();
    else this.play();
  }

  play(): void {
    const model = this.store.value;
    if (layerCount(model) === 0) return;
    this.store.update({ playing: true });
    const [first, last] = this.ends();
    const now = clampedTime(model);
    this.begin(now === last ? first : now);
  }

  pause(): void {
    this.stop();
    this.store.update({ playing: false });
  }

  /** Immediately, as a scrubber does. */
  scrub(time: number): void {
    this.pause();
    this.store.update({ flowTime: this.kept(time) });
  }

  /** With a short travel, so that points can be followed. */
  travel(time: number): void {
    this.pause();
    const model = this.store.value;
    const target = Math.min(Math.max(time, 0), layerCount(model));
    const from = clampedTime(model);
    if (model.reduceMotion || from === target) {
      this.store.update({ flowTime: this.kept(target) });
      return;
    }
    this.leg = { from, to: target, ms: JUMP_MS, startedAt: performance.now() };
    this.write(from);
    this.schedule();
  }

  private begin(from: number): void {
    const step = this.store.value.direction === "generate" ? 1 : -1;
    const to = step > 0 ? Math.floor(from + 1e-9) + 1 : Math.ceil(from - 1e-9) - 1;
    this.leg = { from, to, ms: (LAYER_MS * Math.abs(to - from)) / this.store.value.speed, startedAt: performance.now() };
    this.write(from);
    this.schedule();
  }

  private write(time: number): void {
    this.written = this.kept(time);
    this.store.update({ flowTime: this.written });
  }

  private schedule(): void {
    cancelAnimationFrame(this.request);
    this.request = requestAnimationFrame((now) => this.advance(now));
  }

  private advance(now: number): void {
    const leg = this.leg;
    if (!leg) return;
    const model = this.store.value;
    if (!Object.is(model.flowTime, this.written)) {
      this.stop(); // another view went elsewhere
      return;
    }
    const elapsed = Math.max(0, now - leg.startedAt);
    const part = Math.min(1, elapsed / Math.max(leg.ms, 1));
    this.write(model.reduceMotion && part < 1 ? leg.from : leg.from + (leg.to - leg.from) * eased(part));
    const resting = model.playing ? DWELL_MS / model.speed : 0;
    if (elapsed < leg.ms + resting) this.schedule();
    else if (model.playing) this.goOn(leg.to);
    else this.leg = null;
  }

  /** From a stop in play to the next one, back to the start, or to the end of playing. */
  private goOn(from: number): void {
    const { direction, loop } = this.store.value;
    const [first, last] = this.ends();
    if (direction === "generate" ? from < last : from > last) this.begin(from);
    else if (!loop) this.pause();
    else {
      this.write(first);
      // The start is a stop like any other: a leg that goes nowhere, then the dwell.
      this.leg = { from: first, to: first, ms: 0, startedAt: performance.now() };
      this.schedule();
    }
  }

  private stop(): void {
    cancelAnimationFrame(this.request);
    this.leg = null;
  }

  /** First and last flow time in the present direction. */
  private ends(): readonly [number, number] {
    const k = layerCount(this.store.value);
    return this.store.value.direction === "generate" ? [0, k] : [k, 0];
  }

  /** The data end is kept as infinity, so that it stays the data end when layers are added. */
  private kept(time: number): number {
    return time >= layerCount(this.store.value) ? Number.POSITIVE_INFINITY : Math.max(0, time);
  }
}

function eased(part: number): number {
  return part < 0.5 ? 2 * part * part : 1 - 2 * (1 - part) * (1 - part);
}
