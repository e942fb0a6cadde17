import type { z } from "zod";
import type { LayerOperation } from "../kernels/program";
import type { Entry, Objection } from "./entry";
import type { Mapped, ParameterSpecs, ParameterValues, Points } from "./shapes";

/** What a layer is told besides its settings. */
export interface LayerContext {
  /** Dimension of the space. */
  readonly d: number;
  /** Seed of the layer's own draws (a shuffled order, for instance); derived from the flow's seed and the layer's id. */
  readonly seed: number;
}

/** Where a layer's parameters lie: floats from the start of all parameters, by the parameter's name. */
export type Places = (name: string) => number;

/**
 * An invertible map of R^d. `forward` is the stored direction, base → data unless the definition says `"invert": true`.
 * Both directions return log|det| of *their own* Jacobian, so the two cancel.
 */
export interface LayerDefinition<Type extends string = string, Config extends z.ZodObject = z.ZodObject> extends Entry<Type, Config> {
  /** log|det ∂y/∂z| as a formula. */
  readonly logDet: string;
  /** How the direction that is not stored is computed. */
  readonly inverseBy: { readonly kind: "closed" | "root-find"; readonly how: string };
  /** Settings that the laws and the documentation use, each with the dimensions where it makes sense. */
  readonly examples: readonly { readonly config: z.input<Config>; readonly dims: readonly number[] }[];
  objections?(config: z.output<Config>, d: number): readonly Objection[];
  parameters(config: z.output<Config>, context: LayerContext): ParameterSpecs;
  forward(z: Points, values: ParameterValues, config: z.output<Config>, context: LayerContext): Mapped;
  inverse(y: Points, values: ParameterValues, config: z.output<Config>, context: LayerContext): Mapped;
  /** Parameters from the first batch on the layer's output side (data-dependent initialisation), or nothing to do. */
  initialize?(y: Float32Array, config: z.output<Config>, context: LayerContext): Readonly<Record<string, Float32Array>> | null;
  /** Share of the points [n · d], 0 … 1, that lie where the layer is the identity by construction (outside a spline's box). */
  outside?(z: Float32Array, config: z.output<Config>, context: LayerContext): number | null;
  /** What the fused kernels do for this layer; left out where they cannot do it. */
  lower?(config: z.output<Config>, context: LayerContext, place: Places): LayerOperation | null;
  /** What the label under a thumbnail adds, e.g. "x₂ | x₁". */
  shortLabel?(config: z.output<Config>, d: number): string;
}

/** The identity at run time; infers the types of a layer from its own settings. */
export function defineLayer<Type extends string, Config extends z.ZodObject>(
  definition: LayerDefinition<Type, Config>,
): LayerDefinition<Type, Config> {
  return definition;
}
