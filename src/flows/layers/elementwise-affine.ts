/** The arithmetic that `affine` and `actnorm` share: y = z ⊙ e^s + t, one s and t per coordinate. */
import { z } from "zod";
import type { Objection } from "../entry";
import { type Mapped, type ParameterSpecs, type ParameterValues, type PerSample, type Points, parameter } from "../shapes";
import { tf } from "../tf";

const perCoordinate = z.union([z.number(), z.array(z.number()).min(1)]);

export const elementwiseConfig = {
  logScale: perCoordinate.default(0).describe("Start of s, one number or one for each coordinate; |det J| = e^(Σ s)."),
  shift: perCoordinate.default(0).describe("Start of t, one number or one for each coordinate, in data units."),
};

interface Config {
  readonly logScale: number | number[];
  readonly shift: number | number[];
}

export function elementwiseObjections(config: Config, d: number): Objection[] {
  return (["logScale", "shift"] as const).flatMap((key) => {
    const value = config[key];
    if (typeof value === "number" || value.length === d) return [];
    return [
      {
        at: [key],
        code: "length",
        message: `has ${value.length} numbers, but the flow has dimension ${d}. Give one number, or ${d} of them.`,
      },
    ];
  });
}

export function elementwiseParameters({ logScale, shift }: Config, d: number): ParameterSpecs {
  return {
    logScale: { shape: [d], init: { kind: "constant", value: logScale }, doc: "s, natural logarithm of the scale" },
    shift: { shape: [d], init: { kind: "constant", value: shift }, doc: "t, in data units" },
  };
}

export function elementwiseForward(points: Points, values: ParameterValues): Mapped {
  const s = parameter(values, "logScale");
  return { points: points.mul(s.exp()).add(parameter(values, "shift")) as Points, logDet: sameForAll(s.sum(), points) };
}

export function elementwiseInverse(points: Points, values: ParameterValues): Mapped {
  const s = parameter(values, "logScale");
  return { points: points.sub(parameter(values, "shift")).mul(s.neg().exp()) as Points, logDet: sameForAll(s.sum().neg(), points) };
}

/** One number repeated for each of the n points, so that it takes part in the gradient. */
function sameForAll(value: tf.Tensor, points: Points): PerSample {
  return tf.zeros([points.shape[0]]).add(value) as PerSample;
}
