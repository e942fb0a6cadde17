/** The points that a user holds on to, and where the present parameters take them. */
import type { Pin, PointTrace } from "../protocol/model";
import type { PinnedTrace } from "../protocol/view";

const NAMES = ["A", "B", "C", "D", "E", "F", "G", "H"] as const;

type Tracing = { readonly step: number; readonly traces: readonly PointTrace[] };

interface Surroundings {
  /** Kept pins of the document, and where to keep them. */
  readonly load: () => readonly Pin[];
  readonly save: (pins: readonly Pin[]) => void;
  /** Dimension of the flow; null while there is none. */
  readonly dim: () => number | null;
  readonly trace: (points: Float32Array) => Promise<Tracing | null>;
  readonly changed: () => void;
  readonly failed: (error: unknown) => void;
}

export class PinBoard {
  private pins: readonly Pin[];
  private traced: readonly PinnedTrace[] = [];
  private tracing = false;
  private again = false;

  constructor(private readonly around: Surroundings) {
    this.pins = around.load();
  }

  /** Pins with their traces; pins of another dimension wait until the flow has theirs again. */
  get traces(): readonly PinnedTrace[] {
    return this.traced;
  }

  get names(): readonly string[] {
    return this.fitting.map((pin) => pin.name);
  }

  private get fitting(): readonly Pin[] {
    const dim = this.around.dim();
    return this.pins.filter((pin) => pin.x.length === dim);
  }

  /** The new pin's name, or null when all eight are taken or the point is none of the flow's space. */
  add(x: readonly number[]): string | null {
    const name = NAMES.find((candidate) => !this.pins.some((pin) => pin.name === candidate));
    if (!name || !this.isPoint(x)) return null;
    this.change([...this.pins, { name, x: [...x] }].sort((a, b) => (a.name < b.name ? -1 : 1)));
    return name;
  }

  move(name: string, x: readonly number[]): void {
    if (!this.isPoint(x)) return;
    this.change(this.pins.map((pin) => (pin.name === name ? { name, x: [...x] } : pin)));
  }

  remove(name: string): void {
    this.change(this.pins.filter((pin) => pin.name !== name));
  }

  /** Traces the pins with the present parameters. One question is in flight; of those that wait the latest counts. */
  async retrace(): Promise<void> {
    this.again = true;
    if (this.tracing) return;
    this.tracing = true;
    try {
      while (this.again) {
        this.again = false;
        await this.traceOnce();
      }
    } catch (error) {
      this.around.failed(error);
    } finally {
      this.tracing = false;
    }
  }

  private async traceOnce(): Promise<void> {
    const pins = this.fitting;
    const answer = pins.length > 0 ? await this.around.trace(Float32Array.from(pins.flatMap((pin) => pin.x))) : { step: 0, traces: [] };
    if (!answer) return; // the engine is not there; the old traces stay
    this.traced = pins.flatMap((pin, i) => {
      const trace = answer.traces[i];
      return trace ? [{ pin, trace, step: answer.step }] : [];
    });
    this.around.changed();
  }

  private isPoint(x: readonly number[]): boolean {
    return x.length === this.around.dim() && x.every((value) => Number.isFinite(Math.fround(value)));
  }

  private change(pins: readonly Pin[]): void {
    this.pins = pins;
    this.around.save(pins);
    void this.retrace();
  }
}
