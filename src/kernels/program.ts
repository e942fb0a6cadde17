/** A flow as the kernels take it: what each layer computes, and where its parameters lie in the flat array. Data only. */

export const ACTIVATIONS = ["relu", "leaky-relu", "tanh", "elu", "silu", "softplus"] as const;

/** A fully connected network; offsets count floats from the start of all parameters. */
export interface NetProgram {
  readonly inputs: number;
  readonly hidden: readonly number[];
  readonly outputs: number;
  readonly activation: (typeof ACTIVATIONS)[number];
  /** One for each of the hidden.length + 1 linear layers. */
  readonly linear: readonly { readonly weight: number; readonly bias: number }[];
}

export const SCALE_MAPS = ["softclip", "exp", "sigmoid2", "softplus", "softplus-clamped", "glow", "glow-inverse", "tanh", "atan"] as const;

export type TransformProgram =
  | { readonly kind: "additive" }
  /** `number`: −log slope of softclip, clamp of atan. */
  | { readonly kind: "affine"; readonly map: (typeof SCALE_MAPS)[number]; readonly number: number }
  | {
      readonly kind: "rqs";
      readonly bins: number;
      readonly bound: number;
      readonly minBin: number;
      readonly minSlope: number;
      readonly param: "nsf" | "zuko";
      /** Factor on the logits of widths and heights. */
      readonly logitScale: number;
    };

/** What a layer computes, without its place in the flow. */
export type LayerOperation =
  | {
      readonly kind: "coupling";
      readonly kept: readonly number[];
      readonly changed: readonly number[];
      readonly transform: TransformProgram;
      readonly net: NetProgram;
    }
  | { readonly kind: "elementwise" }
  | { readonly kind: "rotation" }
  /** y[i] = z[order[i]]. */
  | { readonly kind: "permute"; readonly order: readonly number[] }
  | { readonly kind: "planar" };

export interface LayerProgram {
  readonly operation: LayerOperation;
  /** Whether the step towards the base is the layer's own inverse map. */
  readonly inverseToBase: boolean;
  readonly trainable: boolean;
  /** The layer's parameters: floats from the start of all, and their number. */
  readonly offset: number;
  readonly count: number;
}

export const BASES = ["normal", "diagNormal", "uniform", "mixture"] as const;

export interface BaseProgram {
  readonly kind: (typeof BASES)[number];
  /** Components of a mixture. */
  readonly components: number;
  /** Edges of a uniform box, [d] each. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly trainable: boolean;
  readonly offset: number;
  readonly count: number;
}

/** Layers 1 … K in the order base → data. */
export interface FlowProgram {
  readonly d: number;
  readonly parameters: number;
  readonly layers: readonly LayerProgram[];
  readonly base: BaseProgram;
}

/** Numbers that a network supplies for each coordinate that it transforms. */
export function rawSize(transform: TransformProgram): number {
  if (transform.kind === "additive") return 1;
  return transform.kind === "affine" ? 2 : 3 * transform.bins - 1;
}

/** Whether a network is a table of straight pieces: one input, (leaky) ReLU, at most two hidden layers. See assembly/tables.ts. */
export function isTable({ inputs, hidden, activation }: NetProgram): boolean {
  return inputs === 1 && hidden.length <= 2 && (activation === "relu" || activation === "leaky-relu");
}
