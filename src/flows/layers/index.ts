import type { LayerDefinition } from "../layer";
import { actnorm } from "./actnorm";
import { affine } from "./affine";
import { coupling } from "./coupling";
import { permute } from "./permute";
import { planar } from "./planar";
import { rotation } from "./rotation";

/** Every layer; what is in this list exists. */
export const layers = [affine, actnorm, permute, rotation, coupling, planar] as const;

export function layerByType(type: string): LayerDefinition {
  const found = layers.find((entry) => entry.type === type);
  if (!found) throw new Error(`no layer "${type}"`);
  return found as unknown as LayerDefinition; // the one place where the settings' type is erased; they were parsed by the entry's own schema
}
