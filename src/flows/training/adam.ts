/** Adam (Kingma and Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov and Hutter 2019), on flat arrays. */

export interface AdamState {
  /** First and second moment of the gradient, as long as the parameters. */
  readonly m: Float32Array;
  readonly v: Float32Array;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

export function adamInitial(size: number): AdamState {
  return { m: new Float32Array(size), v: new Float32Array(size) };
}

/** One update in place. `step` counts from 1. `scale` multiplies the gradient (clipping). */
export function adamUpdate(
  parameters: Float32Array,
  gradient: Float32Array,
  { m, v }: AdamState,
  {
    step,
    rate,
    weightDecay,
    scale,
  }: { readonly step: number; readonly rate: number; readonly weightDecay: number; readonly scale: number },
): void {
  const correct1 = 1 - BETA1 ** step;
  const correct2 = 1 - BETA2 ** step;
  for (let i = 0; i < parameters.length; i++) {
    const g = (gradient[i] as number) * scale;
    const first = BETA1 * (m[i] as number) + (1 - BETA1) * g;
    const second = BETA2 * (v[i] as number) + (1 - BETA2) * g * g;
    m[i] = first;
    v[i] = second;
    const move = first / correct1 / (Math.sqrt(second / correct2) + EPSILON) + weightDecay * (parameters[i] as number);
    parameters[i] = (parameters[i] as number) - rate * move;
  }
}
