import { additive } from "./additive";
import { affineTransform } from "./affine";
import { rqs } from "./rqs";
import type { TransformDefinition } from "./transform";

/** Every one-dimensional transform; what is in this list exists. */
export const transforms = [additive, affineTransform, rqs] as const;

export function transformByType(type: string): TransformDefinition {
  const found = transforms.find((entry) => entry.type === type);
  if (!found) throw new Error(`no transform "${type}"`);
  return found as unknown as TransformDefinition; // the one place where the settings' type is erased; they were parsed by the entry's own schema
}
