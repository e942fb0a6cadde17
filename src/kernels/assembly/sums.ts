/** Sums over the samples of a chunk, always in the same order. */
import { splat, sumOf } from "./vector";

/** The sum of a row's first samples, four bytes each. */
export function rowSum(row: usize, bytes: usize): f32 {
  let sum = splat(0);
  let s: usize = 0;
  do {
    sum = f32x4.add(sum, v128.load(row + s));
    s += 16;
  } while (s < bytes);
  return sumOf(sum);
}

// @ts-expect-error: decorator
@inline
export function addTo(place: usize, amount: f32): void {
  store<f32>(place, load<f32>(place) + amount);
}
