/** A run's whole state as one .safetensors image: parameters under their own keys, then what the optimizer needs to go on bit for bit. */
import type { Flow } from "../flows/flow";
import { initialState, type TrainingState } from "../flows/training/trainer";
import { readSafetensors, SafetensorsError, type Tensors, writeSafetensors } from "./safetensors";

const FORMAT = "pushforward";
const VERSION = "1";
const OPTIMIZER = { m: "optimizer.m", v: "optimizer.v", average: "average" } as const;

export function writeCheckpoint(flow: Flow, state: TrainingState): Uint8Array {
  const tensors = named(flow, state.parameters);
  tensors.set(OPTIMIZER.m, { shape: [flow.layout.size], values: state.adam.m });
  tensors.set(OPTIMIZER.v, { shape: [flow.layout.size], values: state.adam.v });
  if (state.average) tensors.set(OPTIMIZER.average, { shape: [flow.layout.size], values: state.average });
  return writeSafetensors({ metadata: { ...metadataOf(flow, state.step), rateFactor: String(state.rateFactor) }, tensors });
}

/** Parameters alone, under their own keys: what `weights` in a definition reads. */
export function writeWeights(flow: Flow, parameters: Float32Array, step: number): Uint8Array {
  return writeSafetensors({ metadata: metadataOf(flow, step), tensors: named(flow, parameters) });
}

function metadataOf(flow: Flow, step: number): Record<string, string> {
  return { format: FORMAT, version: VERSION, definition: definitionKey(flow), step: String(step) };
}

function named(flow: Flow, parameters: Float32Array): Map<string, { shape: readonly number[]; values: Float32Array }> {
  return new Map(
    flow.layout.slots.map((slot) => [slot.key, { shape: slot.spec.shape, values: parameters.slice(slot.offset, slot.offset + slot.size) }]),
  );
}

/** The state of a former run of the same definition; a file of weights alone gives one with fresh moments. */
export function readCheckpoint(flow: Flow, bytes: Uint8Array): TrainingState {
  const file = readSafetensors(bytes);
  if (file.metadata.definition !== definitionKey(flow)) throw new SafetensorsError("it belongs to another definition");
  const step = Number(file.metadata.step);
  if (!file.tensors.has(OPTIMIZER.m)) return { ...initialState(flow, flow.spec.train, readParameters(flow, file)), step };
  const whole = (key: string) => {
    const tensor = file.tensors.get(key);
    if (tensor?.values.length !== flow.layout.size) throw new SafetensorsError(`"${key}" is missing or has another size`);
    return tensor.values;
  };
  return {
    step,
    rateFactor: Number(file.metadata.rateFactor ?? 1),
    parameters: readParameters(flow, file),
    adam: { m: whole(OPTIMIZER.m), v: whole(OPTIMIZER.v) },
    average: flow.spec.train.ema > 0 ? whole(OPTIMIZER.average) : null,
  };
}

/** Parameters by name from a weights file; every tensor must be there, with the shape that the definition gives it. */
export function readParameters(flow: Flow, file: Tensors): Float32Array {
  const parameters = new Float32Array(flow.layout.size);
  for (const slot of flow.layout.slots) {
    const tensor = file.tensors.get(slot.key);
    if (!tensor) throw new SafetensorsError(`"${slot.key}" is missing`);
    if (tensor.shape.join() !== slot.spec.shape.join()) {
      throw new SafetensorsError(
        `"${slot.key}" has shape [${tensor.shape.join(", ")}], the definition needs [${slot.spec.shape.join(", ")}]`,
      );
    }
    if (!tensor.values.every(Number.isFinite)) throw new SafetensorsError(`"${slot.key}" holds numbers that are not finite`);
    parameters.set(tensor.values, slot.offset);
  }
  return parameters;
}

/** What must agree for a run to go on: everything but how it is looked at and how long it lasts. */
function definitionKey(flow: Flow): string {
  const { name: _name, train, ...rest } = flow.spec;
  const { steps: _steps, timeLimitSeconds: _time, checkpointEvery: _every, validation: _validation, ...training } = train;
  return JSON.stringify({ ...rest, training });
}
