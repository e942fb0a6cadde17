import { diagNormal } from "./diag-normal";
import type { DistributionDefinition } from "./distribution";
import { mixture } from "./mixture";
import { normal } from "./normal";
import { uniform } from "./uniform";

/** Every base distribution; what is in this list exists. */
export const bases = [normal, diagNormal, uniform, mixture] as const;

export function baseByType(type: string): DistributionDefinition {
  const found = bases.find((entry) => entry.type === type);
  if (!found) throw new Error(`no base distribution "${type}"`);
  return found as unknown as DistributionDefinition; // the settings were parsed by the entry's own schema
}
