import type { TargetDefinition } from "./target";
import { checkerboard, circles, eightGaussians, moons, pinwheel, rings, spirals, swissroll } from "./toys";

/** Every target that is drawn by a formula; what is in this list exists. */
export const toys = [moons, eightGaussians, checkerboard, rings, circles, swissroll, spirals, pinwheel] as const;

/** The toy of a type, or null for targets that read files. */
export function toyByType(type: string): TargetDefinition | null {
  const found = toys.find((entry) => entry.type === type);
  return (found ?? null) as unknown as TargetDefinition | null; // the settings were parsed by the entry's own schema
}
