import type { TrainSpec } from "../flow-spec";

/** Learning rate for step s (counted from 1 to steps). Cosine: Loshchilov and Hutter 2017, eq. 5, without restarts. */
export function learningRate({ optimizer, schedule, steps }: TrainSpec, step: number): number {
  switch (schedule.type) {
    case "constant":
      return optimizer.lr;
    case "cosine":
      return (optimizer.lr / 2) * (1 + Math.cos((Math.PI * Math.min(step - 1, steps)) / steps));
  }
}
