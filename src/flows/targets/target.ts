import type { z } from "zod";
import type { Entry } from "../entry";
import type { Random } from "../random";

/** A named distribution in the plane that can be drawn from without end, with its exact entropy. */
export interface TargetDefinition<Type extends string = string, Config extends z.ZodObject = z.ZodObject> extends Entry<Type, Config> {
  /** Entropy in nats, the lowest NLL that any model can reach; null where the settings make it unknown. */
  entropy(config: z.output<Config>): number | null;
  /** Writes one point. */
  draw(random: Random, config: z.output<Config>): readonly [number, number];
}

export function defineTarget<Type extends string, Config extends z.ZodObject>(
  definition: TargetDefinition<Type, Config>,
): TargetDefinition<Type, Config> {
  return definition;
}

/** n points, row-major [n · 2]. */
export function drawMany(target: TargetDefinition, config: never, n: number, random: Random): Float32Array {
  const points = new Float32Array(n * 2);
  for (let i = 0; i < n; i++) {
    const [x, y] = target.draw(random, config);
    points[2 * i] = x;
    points[2 * i + 1] = y;
  }
  return points;
}

/** Where the toy distributions got their names and shapes. */
export const TOY_REFERENCE = {
  cite: "Grathwohl, Chen, Bettencourt, Sutskever and Duvenaud 2019, FFJORD, §4.1",
  url: "https://arxiv.org/abs/1810.01367",
} as const;
