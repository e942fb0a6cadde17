/** Everything a reader can do on the page, for buttons, keys and commands alike. */
import { ChannelError } from "../protocol/channel";
import { COLORMAPS } from "./colormaps";
import type { Host } from "./host";
import type { Pins } from "./pins";
import type { Player } from "./player";
import { clampedTime, layerCount, type StageMarks, type Store } from "./store";
import type { Tracer } from "./tracer";
import { firstMode } from "./views/stage-text";

export const SPEEDS: readonly number[] = [0.25, 0.5, 1, 2, 4];
const NOTHING_TO_TRAIN = "There is nothing to train now";

export class Actions {
  constructor(
    private readonly store: Store,
    private readonly host: Host,
    private readonly player: Player,
    private readonly tracer: Tracer,
    private readonly pins: Pins,
    private readonly say: (text: string) => void,
    readonly exportPicture: () => void,
  ) {}

  /** Sends a request whose answer is not needed; a refusal is shown. */
  readonly ask = (request: Promise<unknown>): void => {
    request.catch((error: unknown) => {
      if (!(error instanceof ChannelError)) throw error;
      if (error.code !== "cancelled") this.say(error.message);
    });
  };

  get mayTrain(): boolean {
    const state = this.store.value.state;
    const kind = state?.situation.kind;
    return state?.mayTrain === true && state.summary?.target != null && (kind === "ready" || kind === "faulty");
  }

  toggleTraining(): void {
    if (!this.mayTrain) {
      this.say(this.store.value.state?.whyNot ?? NOTHING_TO_TRAIN);
      return;
    }
    const training = this.store.value.state?.run?.status.kind === "training";
    this.ask(training ? this.host.request("run/pause", {}) : this.host.request("run/train", {}));
  }

  trainSteps(steps: number): void {
    if (this.mayTrain) this.ask(this.host.request("run/step", { steps }));
  }

  /** One pass over the training rows; a hundred steps where points are drawn without end. */
  trainEpoch(): void {
    const summary = this.store.value.state?.summary;
    const rows = summary?.target?.rows?.train;
    this.trainSteps(summary && rows ? Math.max(1, Math.ceil(rows / summary.batch)) : 100);
  }

  /** Null: the run can be thrown away. */
  get whyNoReset(): string | null {
    const state = this.store.value.state;
    if (!this.mayTrain) return state?.whyNot ?? NOTHING_TO_TRAIN;
    if (state?.situation.kind === "faulty") return "Mend the text first"; // there is no definition to begin anew with
    return state?.run && state.run.status.kind !== "untrained" ? null : "Not trained yet";
  }

  /** The host asks before it throws steps away. */
  reset(): void {
    const { whyNoReset } = this;
    if (whyNoReset === null) this.ask(this.host.request("run/reset", {}));
    else this.say(whyNoReset);
  }

  resumeGently(): void {
    this.ask(this.host.request("run/resumeGently", {}));
  }

  togglePlay(): void {
    this.player.toggle();
  }

  goTo(stage: number): void {
    this.player.travel(stage);
  }

  /** To the stage before or after, also from between two stages. */
  goBy(direction: 1 | -1): void {
    const time = this.player.heading; // pressed twice in a hurry, a key goes two stages
    this.player.travel(direction > 0 ? Math.floor(time + 1e-6) + 1 : Math.ceil(time - 1e-6) - 1);
  }

  scrubBy(share: number): void {
    const model = this.store.value;
    this.player.scrub(clampedTime(model) + share * layerCount(model));
  }

  toggleMark(mark: keyof StageMarks): void {
    const { marks } = this.store.value;
    this.store.update({ marks: { ...marks, [mark]: !marks[mark] } });
  }

  cycleColormap(by: 1 | -1): void {
    const at = COLORMAPS.indexOf(this.store.value.colormap);
    const colormap = COLORMAPS[(at + by + COLORMAPS.length) % COLORMAPS.length];
    if (!colormap) return;
    this.store.update({ colormap });
    this.say(`Colour map: ${colormap}`);
  }

  setDirection(direction: "generate" | "normalize"): void {
    const { playing } = this.store.value;
    this.player.pause();
    this.store.update({ direction });
    if (playing) this.player.play();
  }

  turnDirection(): void {
    this.setDirection(this.store.value.direction === "generate" ? "normalize" : "generate");
  }

  /** Pins the point under the cross-hair, or without one the point of highest density; at a pin, removes it. */
  pin(): void {
    const { hover, frame, pins } = this.store.value;
    const last = frame?.stages[frame.stages.length - 1];
    const x = hover?.x ?? (last ? firstMode(last) : null);
    if (!x) return;
    const same = pins.find(({ pin }) => pin.x.every((value, i) => Math.abs(value - (x[i] ?? Number.NaN)) < 1e-6));
    if (same) void this.pins.remove(same.pin.name);
    else void this.pins.add(x);
  }

  removePin(): void {
    const { selectedPin } = this.store.value;
    if (selectedPin !== null) void this.pins.remove(selectedPin);
  }

  /** Esc: one thing less. False: there was nothing left. */
  clear(): boolean {
    const { hover, selectedPin } = this.store.value;
    if (hover) {
      this.tracer.clear();
      return true;
    }
    if (selectedPin === null) return false;
    this.store.update({ selectedPin: null });
    this.ask(this.host.request("select", { pin: null }));
    return true;
  }
}
