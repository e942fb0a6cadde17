/** A picture's log-densities as half floats for a texture: (value − maximum, 1 where there is a value), row-major from the lower left. */
import type { StagePicture } from "../../protocol/model";
import { rangeOf, scaleOf } from "./scale";

const BELOW_SCALE = 2; // nats below the end of the longest scale: nothing is visible there, and a cubic must not ring at a cliff

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);
const HALF_ONE = 0x3c00;

/** Values near the maximum, where a reader looks, are near 0, where a half float is finest. */
export function fieldOf(picture: StagePicture): Uint16Array {
  const { max } = rangeOf(picture);
  const deepest = scaleOf(picture, "logDensity").bottom - max - BELOW_SCALE;
  const field = new Uint16Array(2 * picture.logDensity.length);
  for (let i = 0; i < picture.logDensity.length; i++) {
    const value = picture.logDensity[i] ?? Number.NaN;
    if (Number.isNaN(value)) {
      field[2 * i] = half(deepest);
      continue;
    }
    field[2 * i] = half(Math.min(0, Math.max(deepest, value - max)));
    field[2 * i + 1] = HALF_ONE;
  }
  return field;
}

/** Nearest half float of a finite number below 65,504; what is smaller than the smallest normal half becomes 0. */
function half(value: number): number {
  float[0] = value;
  const word = bits[0] ?? 0;
  const sign = (word >>> 16) & 0x8000;
  const exponent = ((word >>> 23) & 0xff) - 112; // bias 127 → 15
  if (exponent <= 0) return sign;
  const rounded = ((exponent << 23) | (word & 0x7fffff)) + 0x1000; // half of the last place that is kept
  return sign | (rounded >>> 13);
}
