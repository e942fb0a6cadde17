/** The lists of everything that a definition may name, and their schemas. The one place where entries become types of the file. */
import { z } from "zod";
import { bases } from "./distributions";
import type { Entry } from "./entry";
import { layers } from "./layers";
import { toys } from "./targets";
import { csv } from "./targets/csv";

export { transforms } from "./transforms";
export { bases, layers, toys };
/** Every target, those that read files among them. */
export const targets: readonly Entry[] = [...toys, csv];

/** Keys that every layer accepts beside its own. */
const layerKeys = {
  id: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe("Stable name for weights, view state and messages. Left out: the type and the position."),
  invert: z.boolean().default(false).describe("true: the stored map runs data → base, and its log-det changes sign."),
  trainable: z.boolean().default(true).describe("false: training leaves this layer as it is."),
  label: z.string().max(64).optional().describe("Text under the thumbnail."),
};

function typed(entry: Entry, more: z.ZodRawShape = {}) {
  return z
    .strictObject({ type: z.literal(entry.type).describe(`${entry.title}. ${entry.summary}`), ...more, ...entry.config.shape })
    .describe(`${entry.title}: ${entry.formula}`);
}

function union(entries: readonly z.ZodObject[], what: string): z.ZodType {
  return z.discriminatedUnion("type", entries as never).describe(what);
}

const repeat: z.ZodObject = z
  .strictObject({
    type: z.literal("repeat").describe("Repeat. Unrolls its layers `count` times; each copy has its own parameters."),
    id: layerKeys.id,
    count: z.int().min(1).max(256).describe("How many times."),
    get layers(): z.ZodType {
      return z.array(layerSchema).min(1);
    },
  })
  .describe("Repeat: the inner layers, `count` times over; ids become id.0.inner, id.1.inner, …");

const layerSchema: z.ZodType = union([...layers.map((entry) => typed(entry, layerKeys)), repeat], "One invertible layer.");

const range = z.tuple([z.number(), z.number()]);

/** The whole definition, before repeats are unrolled. Texts here are what a person reads in hovers and in the reference. */
export const flowSchema = z
  .strictObject({
    $schema: z.string().optional().describe("Address of the schema; editors use it, the engine does not."),
    version: z.literal(1).describe("Version of the format: 1."),
    name: z.string().max(1024).optional().describe("Shown in the view. Left out: the name of the file."),
    dim: z.int().min(1).max(64).default(2).describe("Dimension d of the space. Pictures need 2; numbers work for every d."),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .default(0)
      .describe("The only source of randomness: start values, batches and samples follow from it."),
    base: union(
      bases.map((entry) => typed(entry)),
      "Base distribution p₀ of z₀.",
    )
      .default({ type: "normal" })
      .describe("Base distribution p₀ of z₀."),
    context: z.null().optional().describe("null: the flow is unconditional (the only choice in this version)."),
    layers: z.array(layerSchema).describe("The chain, base → data: the first entry acts on z₀, the last one gives x. Empty: the identity."),
    target: union(
      targets.map((entry) => typed(entry)),
      "What to fit. Without a target the flow is only looked at.",
    ).optional(),
    train: z
      .strictObject({
        objective: z
          .strictObject({
            type: z.literal("max-likelihood").describe("Maximum likelihood. Minimises the mean of −log p(x) over the data."),
          })
          .default({ type: "max-likelihood" })
          .describe("What is minimised."),
        optimizer: z
          .strictObject({
            type: z.literal("adam").describe("Adam (Kingma and Ba 2015), with decoupled weight decay."),
            lr: z.number().positive().max(10).default(1e-3).describe("Learning rate at the start."),
            weightDecay: z.number().min(0).max(1).default(0).describe("Decoupled weight decay; 0 is none."),
          })
          .default({ type: "adam", lr: 1e-3, weightDecay: 0 })
          .describe("How parameters move."),
        schedule: z
          .strictObject({ type: z.enum(["constant", "cosine"]).describe("constant, or cosine: from lr to 0 over `steps`.") })
          .default({ type: "cosine" })
          .describe("How the learning rate changes."),
        steps: z.int().min(1).max(10_000_000).default(2000).describe("Number of training steps."),
        batch: z.int().min(1).max(65_536).default(256).describe("Points in each step."),
        clipNorm: z.number().min(0).default(5).describe("Gradients longer than this are shortened to it; 0 turns clipping off."),
        ema: z.number().min(0).max(0.99999).default(0).describe("Decay of averaged parameters, which are then shown and saved; 0 is off."),
        validation: z
          .strictObject({
            fraction: z
              .number()
              .min(0)
              .max(0.9)
              .default(0.1)
              .describe("Share of a file's rows that is held out. Toys draw fresh held-out points instead."),
            patience: z.int().min(0).default(0).describe("Stop after this many validations without a new best one; 0 is never."),
          })
          .default({ fraction: 0.1, patience: 0 })
          .describe("Points that training does not see."),
        timeLimitSeconds: z.number().min(0).default(0).describe("Stop after this time; 0 is no limit."),
        checkpointEvery: z
          .int()
          .min(1)
          .default(500)
          .describe("Steps between the states that a restarted engine can go on from; at most one a second is kept."),
      })
      .prefault({})
      .describe("How to train."),
    weights: z
      .strictObject({
        file: z.string().min(1).max(1024).describe("Path of a .safetensors file, relative to the definition's folder."),
        format: z.literal("pushforward").default("pushforward").describe("Naming of the tensors: <layer id>.<parameter>."),
      })
      .optional()
      .describe("Start from these parameters instead of fresh ones."),
    view: z
      .strictObject({
        window: z
          .tuple([range, range])
          .optional()
          .describe("[[x low, x high], [y low, y high]] of the data space. Left out: where the data lie."),
        grid: z.int().min(16).max(1024).default(128).describe("Cells along each side of the main picture."),
        samples: z.int().min(0).max(5000).default(512).describe("Model samples that are drawn and followed through the layers."),
        trajectories: z.int().min(0).max(2000).default(24).describe("How many of the samples leave a thin trail."),
        quantity: z.enum(["density", "logDensity"]).default("density").describe("What the colour means."),
        colormap: z.enum(["viridis", "cividis", "magma", "inferno", "greys"]).default("viridis").describe("Colours of densities."),
      })
      .prefault({})
      .describe("How to look at it; does not change any number."),
  })
  .describe("A normalizing flow: base distribution, layers, target and training.");

export type FlowFile = z.output<typeof flowSchema>;
