import type { Flow } from "../flow";
import type { TrainSpec } from "../flow-spec";
import { type AdamState, adamInitial } from "./adam";

/** All that a run needs to go on bit for bit; each array is as long as the parameters. */
export interface TrainingState {
  readonly step: number;
  readonly parameters: Float32Array;
  readonly adam: AdamState;
  /** Averaged parameters; null when averaging is off. */
  readonly average: Float32Array | null;
  /** Factor on the learning rate; halved after a divergence. */
  readonly rateFactor: number;
}

export function initialState(flow: Flow, train: TrainSpec, parameters: Float32Array): TrainingState {
  return {
    step: 0,
    parameters,
    adam: adamInitial(flow.layout.size),
    average: train.ema > 0 ? parameters.slice() : null,
    rateFactor: 1,
  };
}

export function copyState(state: TrainingState): TrainingState {
  return {
    ...state,
    parameters: state.parameters.slice(),
    adam: { m: state.adam.m.slice(), v: state.adam.v.slice() },
    average: state.average?.slice() ?? null,
  };
}
