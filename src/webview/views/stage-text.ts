/** The stage as a sentence made of numbers, for those who do not see the picture. */
import type { StagePicture } from "../../protocol/model";
import { coordinate, level, power, signed } from "../format";
import { stageLabel } from "../names";
import { rangeOf } from "../renderer/scale";
import type { Scene } from "../scene";
import { layerCount, type ViewModel } from "../store";

export function describeStage(model: ViewModel, scene: Scene): string {
  const summary = model.state?.summary;
  if (!summary) return "No flow yet";
  const parts = [`Stage ${scene.stage} of ${layerCount(model)}, ${stageLabel(summary, scene.stage)}`];
  if (!scene.picture) return `${parts[0]}, no picture yet`;
  const modes = modesOf(scene.picture);
  const places = modes.map(([x, y]) => `(${coordinate(x, 1)}, ${coordinate(y, 1)})`).join(" and ");
  if (modes.length > 0) parts.push(`${modes.length === 1 ? "highest density" : "two modes"} near ${places}`);
  const layer = model.frame?.layers[scene.stage - 1];
  const mean = layer?.overData?.mean ?? layer?.overSamples.mean;
  if (mean !== undefined) parts.push(`mean log-det ${signed(mean, 3)}`);
  const health = model.frame?.health;
  if (health) parts.push(`round-trip error ${power(health.roundTrip)}`);
  const { missing } = rangeOf(scene.picture);
  if (missing > 0) parts.push(`${missing} cells without a value`);
  if (model.frame) parts.push(`step ${level(model.frame.step, 0)}`);
  return parts.join(", ");
}

const APART = 0.15; // of the window: nearer maxima belong to one mode
const SECOND = Math.log(0.5); // a second mode has at least half the density of the first

const known = new WeakMap<StagePicture, readonly (readonly [number, number])[]>();

/** The highest point, and a second one that is far from it and almost as high. */
function modesOf(picture: StagePicture): readonly (readonly [number, number])[] {
  const kept = known.get(picture);
  if (kept) return kept;
  const { max } = rangeOf(picture);
  const n = picture.resolution;
  const first = highest(picture, (value) => value === max);
  const modes: (readonly [number, number])[] = [];
  if (first >= 0) {
    modes.push(center(picture, first));
    const second = highest(picture, (value, at) => {
      const [dx, dy] = [(at % n) - (first % n), Math.floor(at / n) - Math.floor(first / n)];
      return value > max + SECOND && Math.hypot(dx, dy) > APART * n && isLocalMaximum(picture, at);
    });
    if (second >= 0) modes.push(center(picture, second));
  }
  known.set(picture, modes);
  return modes;
}

function highest({ logDensity }: StagePicture, accept: (value: number, at: number) => boolean): number {
  let best = -1;
  for (let at = 0; at < logDensity.length; at++) {
    const value = logDensity[at] ?? Number.NaN;
    if ((best < 0 || value > (logDensity[best] ?? 0)) && accept(value, at)) best = at;
  }
  return best;
}

function isLocalMaximum({ logDensity, resolution: n }: StagePicture, at: number): boolean {
  const value = logDensity[at] ?? Number.NaN;
  return [at - 1, at + 1, at - n, at + n].every((other) => !((logDensity[other] ?? Number.NEGATIVE_INFINITY) > value));
}

function center({ window, resolution: n }: StagePicture, at: number): readonly [number, number] {
  const [[left, right], [bottom, top]] = window;
  return [left + ((right - left) * ((at % n) + 0.5)) / n, bottom + ((top - bottom) * (Math.floor(at / n) + 0.5)) / n];
}

/** The point of highest density, where a first pin says most. */
export function firstMode(picture: StagePicture): readonly [number, number] | null {
  return modesOf(picture)[0] ?? null;
}
