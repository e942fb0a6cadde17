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
  const { levels, total } = massLevels(logDensity);
  return { window, resolution, logDensity, massLevels: levels, mass: total * area };
}

/** Nats below the highest density beyond which a cell has no weight that could be seen, and the classes in between: 0.006 nats each. */
const DEPTH = 25;
const CLASSES = 4096;

/** Σ e^value over the cells, and for each share of it the value above which the cells that make up the share lie. */
function massLevels(logDensity: Float32Array): { readonly levels: number[]; readonly total: number } {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logDensity.length; i++) if ((logDensity[i] as number) > top) top = logDensity[i] as number;
  if (!Number.isFinite(top)) return { levels: MASS_SHARES.map(() => top), total: top > 0 ? top : 0 };
  const cells = new Float64Array(CLASSES);
  for (let i = 0; i < logDensity.length; i++) {
    const below = top - (logDensity[i] as number);
    if (!(below < DEPTH)) continue; // nor is NaN
    const at = (below * (CLASSES / DEPTH)) | 0;
    cells[at] = (cells[at] as number) + 1;
  }
  const masses = cells.map((count, at) => count * Math.exp((-(at + 0.5) * DEPTH) / CLASSES)); // right to 2e-6, as a class is narrow
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  const levels: number[] = [];
  let at = -1;
  let within = 0;
  for (const share of MASS_SHARES) {
    while (at + 1 < CLASSES && within < share * total) within += masses[++at] as number;
    const beyond = at < 0 ? 0 : (within - share * total) / (masses[at] as number); // the part of the last class that is too much
    levels.push(top - ((at + 1 - Math.min(1, Math.max(0, beyond))) * DEPTH) / CLASSES);
  }
  return { levels, total: total * Math.exp(top) };
}
