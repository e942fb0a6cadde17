/** Densities on grids: of the model and of the distribution after every layer. */
import type { BoundFlow, Flow } from "../flows/flow";
import type { Points } from "../flows/shapes";
import { tf } from "../flows/tf";
import type { StagePicture, Window } from "../protocol/model";
import { gridPoints } from "./windows";

/** Shares of the mass whose boundaries are drawn as iso-lines. */
const MASS_SHARES = [0.25, 0.5, 0.75, 0.95, 0.99];
/** Points in one pass; larger grids go in pieces, so that cancelling and other questions get their turn. */
const PIECE = 16_384;

/**
 * log p_k on a grid in the space after layer k, for every k = 0 … K, in one pass over the layers: walking from the data to the base,
 * the grid of each stage joins the batch where its layer begins, so each layer runs once, on all grids above it.
 */
export async function allStages(
  flow: Flow,
  parameters: Float32Array,
  windows: readonly Window[],
  resolution: number,
): Promise<StagePicture[]> {
  const K = flow.layers.length;
  const cells = resolution * resolution;
  const all = flow.with(parameters, (bound) => {
    let points: tf.Tensor2D | null = null;
    let logDensity: tf.Tensor1D | null = null; // of what was carried so far: minus the log-dets
    for (let k = K; k >= 0; k--) {
      const grid = tf.tensor2d(gridPoints(windows[k] as Window, resolution), [cells, 2]);
      points = points ? tf.concat([points, grid], 0) : grid;
      const zeros = tf.zeros([cells]) as tf.Tensor1D;
      logDensity = logDensity ? tf.concat([logDensity, zeros]) : zeros;
      if (k === 0) break;
      const back = bound.toBase(k, points);
      points = back.points;
      logDensity = logDensity.add(back.logDet);
    }
    return bound.logBase(points as Points).add(logDensity as tf.Tensor1D);
  });
  const values = (await all.data()) as Float32Array;
  all.dispose();
  // joined in the order K, K − 1, …, 0
  return windows.map((window, k) => picture(window, resolution, values.slice((K - k) * cells, (K - k + 1) * cells)));
}

/** log p_k on one grid, in pieces. */
export async function oneStage(
  flow: Flow,
  parameters: Float32Array,
  stage: number,
  window: Window,
  resolution: number,
  signal: { readonly aborted: boolean },
): Promise<StagePicture> {
  const points = gridPoints(window, resolution);
  const logDensity = new Float32Array(resolution * resolution);
  const tensors = flow.layout.tensors(parameters);
  try {
    const bound = flow.bind(tensors);
    for (let start = 0; start < logDensity.length && !signal.aborted; start += PIECE) {
      const count = Math.min(PIECE, logDensity.length - start);
      const piece = tf.tidy(() => stageLogProb(bound, stage, tf.tensor2d(points.subarray(2 * start, 2 * (start + count)), [count, 2])));
      logDensity.set((await piece.data()) as Float32Array, start);
      piece.dispose();
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    tf.dispose(tensors);
  }
  return picture(window, resolution, logDensity);
}

/** log p_k of points in the space after layer k. */
function stageLogProb(bound: BoundFlow, stage: number, points: Points): tf.Tensor1D {
  let z = points;
  let sum: tf.Tensor1D | null = null;
  for (let k = stage; k >= 1; k--) {
    const back = bound.toBase(k, z);
    z = back.points;
    sum = sum ? sum.add(back.logDet) : back.logDet;
  }
  const base = bound.logBase(z);
  return sum ? base.add(sum) : base;
}

function picture(window: Window, resolution: number, logDensity: Float32Array): StagePicture {
  const [[x0, x1], [y0, y1]] = window;
  const area = ((x1 - x0) * (y1 - y0)) / (resolution * resolution);
  const sorted = Float64Array.from(logDensity.filter((value) => value > -80))
    .sort()
    .reverse(); // e⁻⁸⁰ is nothing beside any mass
  const total = sorted.reduce((sum, value) => sum + Math.exp(value), 0);
  const massLevels: number[] = [];
  let within = 0;
  let at = 0;
  for (const share of MASS_SHARES) {
    while (at < sorted.length && within < share * total) within += Math.exp(sorted[at++] as number);
    massLevels.push(sorted[Math.max(0, at - 1)] ?? Number.NEGATIVE_INFINITY);
  }
  return { window, resolution, logDensity, massLevels, mass: total * area };
}
