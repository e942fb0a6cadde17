import type { z } from "zod";
import type { BaseProgram } from "../../kernels/program";
import type { Entry, Objection } from "../entry";
import type { Random } from "../random";
import type { ParameterSpecs, ParameterValues, PerSample, Points } from "../shapes";

/** A base distribution: something that can be scored and sampled. */
export interface DistributionDefinition<Type extends string = string, Config extends z.ZodObject = z.ZodObject>
  extends Entry<Type, Config> {
  readonly examples: readonly z.input<Config>[];
  objections?(config: z.output<Config>, d: number): readonly Objection[];
  parameters(config: z.output<Config>, d: number): ParameterSpecs;
  /** log p(z), nats, shape [n]. */
  logProb(z: Points, values: ParameterValues, config: z.output<Config>): PerSample;
  /** What the fused kernels need to know of this distribution besides its parameters; left out where they do not know it. */
  lower?(config: z.output<Config>, d: number): Pick<BaseProgram, "kind"> & Partial<BaseProgram>;
  /** n points, row-major [n · d], given the present values of the parameters. */
  sample(n: number, d: number, values: Readonly<Record<string, Float32Array>>, config: z.output<Config>, random: Random): Float32Array;
}

export function defineDistribution<Type extends string, Config extends z.ZodObject>(
  definition: DistributionDefinition<Type, Config>,
): DistributionDefinition<Type, Config> {
  return definition;
}

export const LOG_2PI = Math.log(2 * Math.PI);

/** A list must have one number for each coordinate. */
export function lengthObjection(key: string, value: number | readonly number[], d: number): Objection[] {
  if (typeof value === "number" || value.length === d) return [];
  return [
    {
      at: [key],
      code: "length",
      message: `has ${value.length} numbers, but the flow has dimension ${d}. Give one number, or ${d} of them.`,
    },
  ];
}
