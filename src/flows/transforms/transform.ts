import type { z } from "zod";
import type { TransformProgram } from "../../kernels/program";
import type { Entry, Objection } from "../entry";
import type { Mapped, ParameterSpecs, ParameterValues, Points } from "../shapes";
import type { tf } from "../tf";

/**
 * A monotone map of the line whose parameters a network supplies, one set for each of the m transformed coordinates.
 * `raw` has shape [n, m · rawSize]: all numbers of the first coordinate, then those of the second.
 */
export interface TransformDefinition<Type extends string = string, Config extends z.ZodObject = z.ZodObject> extends Entry<Type, Config> {
  readonly logDet: string;
  readonly inverseBy: { readonly kind: "closed" | "root-find"; readonly how: string };
  readonly examples: readonly z.input<Config>[];
  objections?(config: z.output<Config>): readonly Objection[];
  /** Numbers that the network supplies for each coordinate. */
  rawSize(config: z.output<Config>): number;
  /** The raw numbers at which the map is the identity (or as near as the parametrisation allows), length rawSize. */
  identity(config: z.output<Config>): readonly number[];
  /** Learned numbers that do not come from the network. */
  parameters?(config: z.output<Config>): ParameterSpecs;
  forward(z: Points, raw: tf.Tensor2D, config: z.output<Config>, values: ParameterValues, hidden: number): Mapped;
  inverse(y: Points, raw: tf.Tensor2D, config: z.output<Config>, values: ParameterValues, hidden: number): Mapped;
  /** Bound of the coordinates beyond which the map is the identity by construction. */
  box?(config: z.output<Config>): number;
  /** What the fused kernels do for this transform; `hidden` is the width of the network's last hidden layer. */
  lower?(config: z.output<Config>, hidden: number): TransformProgram;
}

export function defineTransform<Type extends string, Config extends z.ZodObject>(
  definition: TransformDefinition<Type, Config>,
): TransformDefinition<Type, Config> {
  return definition;
}
