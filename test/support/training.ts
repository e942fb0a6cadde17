/** Small training runs for the laws. */

import type { Compute } from "../../src/flows/compute/compute";
import { tensorCompute } from "../../src/flows/compute/tensor-compute";
import type { Flow } from "../../src/flows/flow";
import { Random } from "../../src/flows/random";
import { toyByType } from "../../src/flows/targets";
import { drawMany, type TargetDefinition } from "../../src/flows/targets/target";
import { tf } from "../../src/flows/tf";
import { initializeFromData } from "../../src/flows/training/initialize";
import { initialState, type TrainingState } from "../../src/flows/training/state";
import { type BatchSource, type StepOutcome, Trainer } from "../../src/flows/training/trainer";

const moons = toyByType("moons") as TargetDefinition;

export function moonPoints(n: number, ...key: readonly (string | number)[]): Float32Array {
  return drawMany(moons, moons.config.parse({}) as never, n, new Random("training", ...key));
}

/** Batches of moons as a pure function of the step, as the engine's own sources are. */
export function moonSource(batch: number): BatchSource {
  return { batch: (step) => moonPoints(batch, "batch", step), heldOut: new Float32Array(0) };
}

/** A trainer at step 0, its data-dependent layers set from the first batch. */
export async function startTrainer(flow: Flow, source: BatchSource, compute: Compute = tensorCompute(flow)): Promise<Trainer> {
  const parameters = flow.layout.initial(flow.spec.seed);
  await initializeFromData(flow, compute.evaluator, parameters, source.batch(1));
  return new Trainer(flow, compute, flow.spec.train, source, initialState(flow, flow.spec.train, parameters));
}

export function resumeTrainer(flow: Flow, source: BatchSource, state: TrainingState, compute: Compute = tensorCompute(flow)): Trainer {
  return new Trainer(flow, compute, flow.spec.train, source, state);
}

export async function steps(trainer: Trainer, n: number): Promise<StepOutcome[]> {
  const outcomes: StepOutcome[] = [];
  for (let i = 0; i < n; i++) outcomes.push(await trainer.step());
  return outcomes;
}

/** Mean −log p of points, nats. */
export function nll(flow: Flow, parameters: Float32Array, points: Float32Array): number {
  return tf.tidy(
    () =>
      flow
        .with(parameters, (bound) =>
          bound
            .logProb(tf.tensor2d(points, [points.length / flow.d, flow.d]))
            .mean()
            .neg(),
        )
        .dataSync()[0] as number,
  );
}
