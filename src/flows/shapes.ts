import type { tf } from "./tf";

/** A batch of points, shape [n, d]. */
export type Points = tf.Tensor2D;
/** One number per sample, shape [n]. */
export type PerSample = tf.Tensor1D;

/** The image of a batch and log|det J| of the map that made it, per sample, in nats. */
export interface Mapped {
  readonly points: Points;
  readonly logDet: PerSample;
}

/** Values of the parameters of one layer or distribution, by name. */
export type ParameterValues = Readonly<Record<string, tf.Tensor>>;

/** How a parameter starts. `normal`: N(0, sd²). `uniform`: U(−bound, bound). */
export type Init =
  | { readonly kind: "constant"; readonly value: number | readonly number[] }
  | { readonly kind: "normal"; readonly sd: number }
  | { readonly kind: "uniform"; readonly bound: number };

export interface ParameterSpec {
  readonly shape: readonly number[];
  readonly init: Init;
  readonly doc: string;
}

export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;

/** A parameter that the definition promised; its absence is a bug in the layer. */
export function parameter(values: ParameterValues, name: string): tf.Tensor {
  const value = values[name];
  if (!value) throw new Error(`parameter "${name}" is missing; present: ${Object.keys(values).join(", ")}`);
  return value;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
