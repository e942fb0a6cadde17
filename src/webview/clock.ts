/** The clock bar: one flow time for all views, with stops exactly below the thumbnails. */
import { type Actions, SPEEDS } from "./actions";
import { button, icon, make, setClass, setText } from "./dom";
import { integer } from "./format";
import { Menu } from "./menu";
import { stageName } from "./names";
import type { Player } from "./player";
import { clampedTime, layerCount, type Store, shownStage, type ViewModel } from "./store";
import { centerOf, type StripLayout } from "./strip-layout";

const LABEL_ROOM = 66; // CSS pixels that "flow time" needs before the first stop

export class Clock {
  readonly element = make("footer", "clock");
  private readonly row = make("div", "time-row");
  private readonly track = make("div", "track");
  private readonly stops = make("div", "stops");
  private readonly slider = make("input", "slider");
  private readonly value = make("output", "time-value");
  private readonly play: HTMLButtonElement;
  private readonly playIcon = icon("play");
  private readonly loop: HTMLButtonElement;
  private readonly speeds: readonly HTMLButtonElement[];
  private readonly speedMenu: Menu;
  private readonly generate: HTMLButtonElement;
  private readonly normalize: HTMLButtonElement;
  private readonly steps = make("span", "steps");
  private readonly done = make("span", "done");
  private readonly stepping: HTMLElement;
  private layout: StripLayout | null = null;

  constructor(
    private readonly store: Store,
    player: Player,
    actions: Actions,
  ) {
    this.slider.type = "range";
    this.slider.step = "any";
    this.slider.min = "0";
    this.slider.setAttribute("aria-label", "Flow time");
    this.slider.addEventListener("input", () => player.scrub(snapped(Number(this.slider.value))));
    this.track.append(this.stops, this.slider);
    this.row.append(make("span", "time-label", "flow time"), this.track, this.value);

    this.play = button("tool play", "Play (Space)", () => actions.togglePlay(), this.playIcon);
    this.loop = button("tool toggle", "Loop", () => store.update({ loop: !store.value.loop }), icon("refresh"));
    this.speeds = SPEEDS.map((speed) => button("chip", `Speed ${speed}×`, () => store.update({ speed }), `${speed}×`));
    this.speedMenu = new Menu("chip speed-menu", "Speed", () =>
      SPEEDS.map((speed) => ({ label: `${speed}×`, checked: store.value.speed === speed, run: () => store.update({ speed }) })),
    );
    const direction = (kind: "generate" | "normalize", formula: string, title: string) =>
      button("chip", title, () => actions.setDirection(kind), kind, make("span", "math", formula));
    this.generate = direction("generate", "z → x", "From the base to the data (D)");
    this.normalize = direction("normalize", "x → z", "From the data to the base (D)");
    this.stepping = make(
      "div",
      "group",
      button("tool", "Previous layer (←)", () => actions.goBy(-1), icon("debug-step-back")),
      this.play,
      button("tool", "Next layer (→)", () => actions.goBy(1), icon("debug-step-over")),
    );
    const progress = make("span", "bar", this.done);
    progress.setAttribute("role", "presentation");
    this.element.append(
      this.row,
      make(
        "div",
        "clock-controls",
        this.stepping,
        make("div", "group speeds", make("span", "group-label", "speed"), ...this.speeds),
        this.speedMenu.button,
        this.loop,
        make("div", "group direction", this.generate, this.normalize),
        make("div", "group training-steps", make("span", "group-label", "training step"), progress, this.steps),
      ),
    );
  }

  /** The strip has moved its columns. */
  follow(layout: StripLayout): void {
    this.layout = layout;
    this.place();
    this.draw(this.store.value);
  }

  /** Narrow pages show the strip in a tab, so the clock has its own scale there. */
  place(): void {
    const layout = this.layout;
    const aligned = layout !== null && !layout.scrolls && layout.columns > 1 && !this.element.classList.contains("alone");
    setClass(this.row, "aligned", aligned);
    const first = aligned ? centerOf(layout, 0) : 0;
    const crowded = aligned && first < LABEL_ROOM; // then the first stop is where the label would be, and the last where the number is
    setClass(this.row, "unlabelled", crowded);
    (crowded ? this.stepping : this.row).append(this.value);
    this.track.style.left = aligned ? `${first}px` : "";
    this.track.style.width = aligned ? `${(layout.columns - 1) * layout.pitch}px` : "";
  }

  draw(model: ViewModel): void {
    const layers = layerCount(model);
    const time = clampedTime(model);
    this.slider.max = String(Math.max(layers, 1));
    this.slider.disabled = layers === 0;
    if (Number(this.slider.value) !== time) this.slider.value = String(time);
    this.track.style.setProperty("--done", `${layers > 0 ? (100 * time) / layers : 0}%`);
    this.drawStops(layers);
    setText(this.value, time.toFixed(2));
    this.slider.setAttribute("aria-valuetext", `${time.toFixed(2)} of ${layers}, stage ${stageName(shownStage(model), layers)}`);
    const playIcon = `codicon codicon-${model.playing ? "debug-pause" : "play"}`;
    if (this.playIcon.className !== playIcon) this.playIcon.className = playIcon;
    this.play.title = model.playing ? "Pause (Space)" : "Play (Space)";
    this.play.setAttribute("aria-label", this.play.title);
    press(this.loop, model.loop);
    for (const [i, chip] of this.speeds.entries()) press(chip, SPEEDS[i] === model.speed);
    setText(this.speedMenu.button, `${model.speed}×`);
    press(this.generate, model.direction === "generate");
    press(this.normalize, model.direction === "normalize");
    const run = model.state?.run ?? null;
    const steps = integer(run?.steps ?? 0);
    setText(this.steps, run ? `${integer(run.step)} / ${steps}` : "");
    this.steps.style.minWidth = `${2 * steps.length + 1}ch`; // the bar beside it stays in its place
    this.done.style.width = run && run.steps > 0 ? `${(100 * Math.min(run.step, run.steps)) / run.steps}%` : "0";
  }

  private drawStops(layers: number): void {
    if (this.stops.childElementCount === layers + 1) return;
    const stops = Array.from({ length: layers + 1 }, (_, k) => {
      const stop = make("span", "stop");
      stop.style.left = `${layers > 0 ? (100 * k) / layers : 0}%`;
      return stop;
    });
    this.stops.replaceChildren(...stops);
  }
}

const SNAP = 0.04; // of a layer: a hand can hardly stop exactly on a stage

function snapped(time: number): number {
  return Math.abs(time - Math.round(time)) < SNAP ? Math.round(time) : time;
}

function press(element: HTMLElement, on: boolean): void {
  element.setAttribute("aria-pressed", String(on));
}
