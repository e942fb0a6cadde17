/** What the pictures of one moment are made of: which stage, which grid, on which scale, in which colours. */
import type { Frame, StagePicture, Window } from "../protocol/model";
import { type ColorTable, colorTable } from "./colormaps";
import { type ColorScale, scaleOf } from "./renderer/scale";
import { Pictures } from "./stage-view";
import { clampedTime, shownStage, type ViewModel } from "./store";
import type { Theme } from "./theme";

export interface Scene {
  readonly stage: number;
  readonly time: number;
  readonly picture: StagePicture | null;
  /** What the stage shows; between two stages not the window of the picture. */
  readonly window: Window | null;
  readonly scale: ColorScale | null;
  readonly table: ColorTable;
  readonly theme: Theme;
}

export class Scenes {
  private readonly pictures = new Pictures();
  private heldFor = "";
  private held: ColorScale | null = null;
  private last: { readonly model: ViewModel; readonly theme: Theme; readonly scene: Scene } | null = null;

  of(model: ViewModel, theme: Theme): Scene {
    if (this.last?.model === model && this.last.theme === theme) return this.last.scene;
    const stage = shownStage(model);
    if (model.frame) this.pictures.take(model.frame);
    const picture = model.frame ? this.pictures.of(model.frame, stage) : null;
    const scene: Scene = {
      stage,
      time: clampedTime(model),
      picture,
      window: model.frame && picture ? this.windowAt(model.frame, clampedTime(model), picture.window) : null,
      scale: picture ? this.scaleFor(model, stage, picture) : null,
      table: colorTable(model.colormap, theme.isDark),
      theme,
    };
    this.last = { model, theme, scene };
    return scene;
  }

  /** Between two stages the window is between theirs, so that points travel without a jump. */
  private windowAt(frame: Frame, time: number, shown: Window): Window {
    const k = Math.floor(time);
    const part = time - k;
    const [from, to] = [this.pictures.of(frame, k)?.window ?? shown, this.pictures.of(frame, k + 1)?.window ?? shown];
    if (part === 0) return from;
    const between = (axis: 0 | 1, end: 0 | 1) => from[axis][end] + part * (to[axis][end] - from[axis][end]);
    return [
      [between(0, 0), between(0, 1)],
      [between(1, 0), between(1, 1)],
    ];
  }

  /** While playing, the scale of a stage stays as it was when the stage was reached. */
  private scaleFor(model: ViewModel, stage: number, picture: StagePicture): ColorScale {
    const key = `${model.frame?.revision} ${stage} ${model.quantity}`;
    if (!model.playing || key !== this.heldFor || !this.held) this.held = scaleOf(picture, model.quantity);
    this.heldFor = key;
    return this.held;
  }
}
