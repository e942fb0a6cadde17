import { z } from "zod";
import { join, take } from "../columns";
import { defineLayer } from "../layer";
import { mlpApply, mlpLower, mlpParameters, mlpSchema } from "../nets/mlp";
import type { Mapped, ParameterValues, Points } from "../shapes";
import { transformByType, transforms } from "../transforms";

/** A transform's settings; their type is that of the entry named by `type`. */
type TransformSpec = { readonly type: string } & Record<string, unknown>;

const transformSchema = z
  .discriminatedUnion(
    "type",
    transforms.map((entry) =>
      z.strictObject({ type: z.literal(entry.type), ...entry.config.shape }).describe(`${entry.title}: ${entry.formula}`),
    ) as never,
  )
  .describe("The map of each transformed coordinate; a network of the kept ones supplies its numbers.") as unknown as z.ZodType<
  TransformSpec,
  TransformSpec
>;

const config = z.object({
  mask: z
    .array(z.union([z.literal(0), z.literal(1)]))
    .min(1)
    .describe("One entry for each coordinate: 1 = kept and fed to the network, 0 = transformed."),
  transform: transformSchema,
  net: mlpSchema.default({ type: "mlp", hidden: [64, 64], activation: "relu" }),
});
type Config = z.output<typeof config>;

/** Coordinates that the mask keeps, and those that it transforms. */
function sides(mask: readonly number[]): { kept: number[]; changed: number[] } {
  const indices = mask.map((_, i) => i);
  return { kept: indices.filter((i) => mask[i] === 1), changed: indices.filter((i) => mask[i] === 0) };
}

function apply(
  direction: "forward" | "inverse",
  points: Points,
  values: ParameterValues,
  { mask, transform, net }: Config,
  d: number,
): Mapped {
  const { kept, changed } = sides(mask);
  const definition = transformByType(transform.type);
  const conditioning = take(points, kept, d);
  const raw = mlpApply(net, conditioning, values);
  const hidden = net.hidden[net.hidden.length - 1] ?? 1;
  const mapped = definition[direction](take(points, changed, d), raw, transform as never, values, hidden);
  return { points: join([conditioning, kept], [mapped.points, changed], d), logDet: mapped.logDet };
}

function example(mask: (0 | 1)[], transform: TransformSpec, activation: "relu" | "tanh" | "silu") {
  return { config: { mask, transform, net: { type: "mlp" as const, hidden: [8, 8], activation } }, dims: [mask.length] };
}

const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
function named(list: readonly number[]): string {
  const subscript = (i: number) => [...String(i + 1)].map((digit) => SUBSCRIPTS[Number(digit)]).join("");
  return list.length > 3 ? `${list.length} coordinates` : list.map((i) => `x${subscript(i)}`).join(" ");
}

export const coupling = defineLayer({
  type: "coupling",
  title: "Coupling",
  summary: "Keeps some coordinates and transforms the others by amounts that a network computes from the kept ones.",
  formula: "y_a = z_a;  y_b = τ(z_b; θ(z_a))",
  logDet: "Σ_b log τ′(z_b; θ(z_a))",
  inverseBy: { kind: "closed", how: "the kept coordinates give the same θ again, and τ has a closed inverse" },
  reference: {
    cite: "Dinh, Sohl-Dickstein and Bengio 2017, Density estimation using Real NVP, §3.2",
    url: "https://arxiv.org/abs/1605.08803",
  },
  config,
  examples: [
    ...transforms.flatMap((entry) =>
      (entry.examples as readonly object[]).map((settings, i) =>
        example(i % 2 === 0 ? [1, 0] : [0, 1], { type: entry.type, ...settings }, i % 2 === 0 ? "relu" : "tanh"),
      ),
    ),
    example([1, 0, 0], { type: "rqs", bound: 3 }, "tanh"),
    example([0, 1, 1, 0, 1, 0, 0, 1], { type: "affine" }, "relu"),
    example([1, 0, 1, 0, 1, 0, 1, 0], { type: "rqs", bins: 5, bound: 3 }, "silu"),
  ],
  objections({ mask, transform }, d) {
    const at = ["mask"];
    const alternating = Array.from({ length: d }, (_, i) => (i % 2 === 0 ? 1 : 0));
    if (d < 2)
      return [
        {
          at: [],
          code: "dimension",
          message:
            "a coupling needs at least two coordinates: one to keep and one to transform. Use affine or planar layers in dimension 1.",
        },
      ];
    if (mask.length !== d)
      return [
        {
          at,
          code: "length",
          message: `has ${mask.length} entries, but the flow has dimension ${d}. Give ${d} of them.`,
          instead: alternating,
        },
      ];
    if (mask.every((bit) => bit === 1))
      return [
        {
          at,
          code: "mask",
          message: `keeps all ${d} coordinates, so nothing is transformed. Set at least one entry to 0.`,
          instead: alternating,
        },
      ];
    if (mask.every((bit) => bit === 0))
      return [
        {
          at,
          code: "mask",
          message: `transforms all ${d} coordinates, so nothing is left to condition on. Set at least one entry to 1.`,
          instead: alternating,
        },
      ];
    return (transformByType(transform.type).objections?.(transform) ?? []).map((objection) => ({
      ...objection,
      at: ["transform", ...objection.at],
    }));
  },
  parameters({ mask, transform, net }) {
    const { kept, changed } = sides(mask);
    const definition = transformByType(transform.type);
    return {
      ...mlpParameters(net, kept.length, changed.length * definition.rawSize(transform), definition.identity(transform)),
      ...definition.parameters?.(transform),
    };
  },
  forward: (points, values, settings, { d }) => apply("forward", points, values, settings, d),
  inverse: (points, values, settings, { d }) => apply("inverse", points, values, settings, d),
  lower({ mask, transform, net }, _context, place) {
    const { kept, changed } = sides(mask);
    const definition = transformByType(transform.type);
    const lowered = definition.lower?.(transform, net.hidden[net.hidden.length - 1] ?? 1);
    return lowered
      ? {
          kind: "coupling",
          kept,
          changed,
          transform: lowered,
          net: mlpLower(net, kept.length, changed.length * definition.rawSize(transform), place),
        }
      : null;
  },
  outside(points, { mask, transform }, { d }) {
    const bound = transformByType(transform.type).box?.(transform);
    if (bound === undefined) return null;
    const { changed } = sides(mask);
    let count = 0;
    for (let at = 0; at < points.length; at += d) if (changed.some((i) => Math.abs(points[at + i] as number) > bound)) count++;
    return count / (points.length / d);
  },
  shortLabel({ mask }) {
    const { kept, changed } = sides(mask);
    return `${named(changed)} | ${named(kept)}`;
  },
});
