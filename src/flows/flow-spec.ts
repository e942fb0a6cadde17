/** A definition after parsing: defaults filled in, repeats unrolled. Keys as in the .flow.json reference. */

export interface LayerInstance {
  readonly id: string;
  readonly type: string;
  /** The stored map runs data → base. */
  readonly invert: boolean;
  readonly trainable: boolean;
  readonly label: string | null;
  /** Settings of the entry, parsed by its own schema. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface Typed {
  readonly type: string;
  readonly config: Readonly<Record<string, unknown>>;
}

export interface TrainSpec {
  readonly objective: { readonly type: "max-likelihood" };
  readonly optimizer: { readonly type: "adam"; readonly lr: number; readonly weightDecay: number };
  readonly schedule: { readonly type: "constant" | "cosine" };
  readonly steps: number;
  readonly batch: number;
  /** 0: no clipping. */
  readonly clipNorm: number;
  /** 0: off, else the decay of the averaged parameters that are shown and saved. */
  readonly ema: number;
  readonly validation: { readonly fraction: number; readonly patience: number };
  /** 0: none. */
  readonly timeLimitSeconds: number;
  readonly checkpointEvery: number;
}

export interface FlowSpec {
  readonly version: 1;
  readonly name: string | null;
  readonly dim: number;
  readonly seed: number;
  readonly base: Typed;
  readonly layers: readonly LayerInstance[];
  readonly target: Typed | null;
  readonly train: TrainSpec;
  readonly weights: { readonly file: string; readonly format: "pushforward" } | null;
}
