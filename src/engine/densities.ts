/** Densities on grids: of the model and of the distribution after every layer. */
import type { Evaluator } from "../flows/compute/compute";
import type { StagePicture, Window } from "../protocol/model";
import { gridPoints } from "./windows";

/** Shares of the mass whose boundaries are drawn as iso-lines. */
const MASS_SHARES = [0.25, 0.5, 0.75, 0.95, 0.99];
/** Points in one pass; larger grids go in pieces, so that cancelling and other questions get their turn. */
const PIECE = 16_384;

/** log p_k on a grid in the space after layer k, for every k = 0 … K. */
export async function allStages(
  evaluator: Evaluator,
  parameters: Float32Array,
  windows: readonly Window[],
  resolution: number,
): Promise<StagePicture[]> {
  const questions = windows.map((window, stage) => ({ stage, points: gridPoints(window, resolution) }));
  const answers = await evaluator.logDensities(parameters, questions);
  return windows.map((window, k) => picture(window, resolution, answers[k] as Float32Array));
}

/** log p_k on one grid, in pieces. */
export async function oneStage(
  evaluator: Evaluator,
  parameters: Float32Array,
  stage: number,
  window: Window,
  resolution: number,
  signal: { readonly aborted: boolean },
): Promise<StagePicture> {
  const points = gridPoints(window, resolution);
  const logDensity = new Float32Array(resolution * resolution);
  for (let start = 0; start < logDensity.length && !signal.aborted; start += PIECE) {
    const piece = points.subarray(2 * start, 2 * (start + PIECE));
    const [answer] = await evaluator.logDensities(parameters, [{ stage, points: piece }]);
    logDensity.set(answer as Float32Array, start);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return picture(window, resolution, logDensity);
}

function picture(window: Window, resolution: number, logDensity: Float32Array): StagePicture {
  const [[x0, x1], [y0, y1]] = window;
  const area = ((x1 - x0) * (y1 - y0)) / (resolution * resolution);
  const rising = logDensity.filter((value) => value > -80).sort(); // e⁻⁸⁰ is nothing beside any mass
  let total = 0;
  for (let i = 0; i < rising.length; i++) total += Math.exp(rising[i] as number);
  const massLevels: number[] = [];
  let within = 0;
  let at = rising.length;
  for (const share of MASS_SHARES) {
    while (at > 0 && within < share * total) within += Math.exp(rising[--at] as number);
    massLevels.push(rising[Math.min(at, rising.length - 1)] ?? Number.NEGATIVE_INFINITY);
  }
  return { window, resolution, logDensity, massLevels, mass: total * area };
}
