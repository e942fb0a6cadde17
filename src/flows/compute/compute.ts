/** Two ways of computing a flow on plain arrays: tensor operations, and fused kernels. The engine knows only these interfaces. */
import type { TrainingState } from "../training/state";

/** A batch followed from one stage to another; stage 0 is the base, K the data. */
export interface Walk {
  readonly n: number;
  /** z_low … z_high, each [n · d], in the order of the stages whichever way they were walked. */
  readonly stages: Float32Array;
  /** log|det ∂f_k/∂z_{k−1}| of the maps base → data, k = low + 1 … high, each [n], nats. */
  readonly logDets: Float32Array;
}

/** Points in the space after layer `stage`, whose density is asked for. */
export interface DensityQuestion {
  readonly stage: number;
  readonly points: Float32Array;
}

/** Evaluates a flow at parameters that come with every question. */
export interface Evaluator {
  /** Follows points [n · d] from one stage to another, in either direction. */
  walk(parameters: Float32Array, points: Float32Array, from: number, to: number): Promise<Walk>;
  /** log p₀, nats, [n]. */
  logBase(parameters: Float32Array, z: Float32Array): Promise<Float32Array>;
  /** log p_k at the points of each question, nats. Who asks for many points asks piece by piece, so that other work gets its turn. */
  logDensities(parameters: Float32Array, questions: readonly DensityQuestion[]): Promise<Float32Array[]>;
  /** ∂f_k/∂z_{k−1} at points of stage k − 1, [n · d · d], row by row. */
  jacobians(parameters: Float32Array, k: number, points: Float32Array): Promise<Float32Array>;
  dispose(): void;
}

/** How one step changes the parameters. */
export interface StepRule {
  /** Counted from 1. */
  readonly step: number;
  readonly rate: number;
  readonly weightDecay: number;
  /** 0: none. */
  readonly clipNorm: number;
  /** Decay of the averaged parameters; 0: no average. */
  readonly ema: number;
}

/** Holds the numbers of a training run and advances them by maximum likelihood. */
export interface Learner {
  /** Copies of nothing: these arrays change with every step. */
  readonly state: TrainingState;
  /**
   * Mean NLL of a batch [n · d] and the length of its gradient, nats, and one step of Adam along it. Where either is not finite nothing
   * is changed.
   */
  step(batch: Float32Array, rule: StepRule): Promise<{ readonly loss: number; readonly gradientNorm: number }>;
  /** Mean NLL of a batch and its gradient [parameters], zero for frozen ones; changes nothing. */
  gradient(batch: Float32Array): Promise<{ readonly loss: number; readonly gradient: Float32Array }>;
  /** Takes over another state of the same flow. */
  load(state: TrainingState): void;
  dispose(): void;
}

/** Which way a flow, or one of its layers, is computed. `segment`: a table of exact straight pieces; `dense`: kernels sample by sample. */
export type Path = "segment" | "dense" | "mixed" | "tfjs";

export interface Compute {
  readonly path: Path;
  /** The way of each layer 1 … K. */
  readonly layers: readonly Path[];
  readonly threads: number;
  /** About, with the batch of the definition. */
  readonly secondsPerStep: number;
  /** Memory that evaluating and training take beside the parameters, about; nothing of it is taken before it is needed. */
  readonly bytes: number;
  readonly evaluator: Evaluator;
  learner(state: TrainingState): Learner;
  dispose(): void;
}

/** Share of the average that stays, with a start-up correction by a growing decay, so that the first steps do not linger. */
export function averageKeep(ema: number, step: number): number {
  return Math.min(ema, step / (step + 10));
}
