/** A run's whole state as one .safetensors image: parameters under their own keys, then what the optimizer needs to go on bit for bit. */
import type { Flow } from "../flows/flow";
import { initialState, type TrainingState } from "../flows/training/state";
import { readSafetensors, SafetensorsError, type Tensors, writeSafetensors } from "./safetensors";

const FORMAT = "pushforward";
const VERSION = "1";
const OPTIMIZER = { m: "optimizer.m", v: "optimizer.v", average: "average" } as const;
/** Before the names of the definition's fields in the metadata. */
const FIELD = "definition.";

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
  const fields = Object.entries(definitionFields(flow)).map(([name, text]) => [FIELD + name, text]);
  return { format: FORMAT, version: VERSION, step: String(step), ...Object.fromEntries(fields) };
}

function named(flow: Flow, parameters: Float32Array): Map<string, { shape: readonly number[]; values: Float32Array }> {
  return new Map(
    flow.layout.slots.map((slot) => [slot.key, { shape: slot.spec.shape, values: parameters.slice(slot.offset, slot.offset + slot.size) }]),
  );
}

/** The state of a former run of the same definition; a file of weights alone gives one with fresh moments. */
export function readCheckpoint(flow: Flow, bytes: Uint8Array): TrainingState {
  const file = readSafetensors(bytes);
  checkFormat(file);
  const fields = Object.entries(definitionFields(flow));
  const different = fields.filter(([name, text]) => file.metadata[FIELD + name] !== text).map(([name]) => name);
  if (different.length > 0) throw new SafetensorsError(`it belongs to another definition: ${different.join(", ")} differ`);
  const parameters = readParameters(flow, file);
  const step = numberIn(file, "step", (value) => Number.isInteger(value) && value >= 0);
  const optimizer: readonly string[] = Object.values(OPTIMIZER);
  if (!optimizer.some((key) => file.tensors.has(key))) return { ...initialState(flow, flow.spec.train, parameters), step };
  const shape = [flow.layout.size];
  return {
    step,
    rateFactor: numberIn(file, "rateFactor", (value) => value > 0 && value <= 1),
    parameters,
    adam: {
      m: finite(file, OPTIMIZER.m, shape),
      v: finite(file, OPTIMIZER.v, shape, 0), // its root is taken
    },
    average: flow.spec.train.ema > 0 ? finite(file, OPTIMIZER.average, shape) : null,
  };
}

/** Parameters by name from a weights file or a checkpoint; exactly the tensors of the definition must be there, with their shapes. */
export function readParameters(flow: Flow, file: Tensors): Float32Array {
  const known = new Set<string>([...flow.layout.slots.map((slot) => slot.key), ...Object.values(OPTIMIZER)]);
  const extra = [...file.tensors.keys()].find((name) => !known.has(name));
  const parameters = new Float32Array(flow.layout.size);
  for (const slot of flow.layout.slots) parameters.set(finite(file, slot.key, slot.spec.shape), slot.offset);
  if (extra !== undefined) throw new SafetensorsError(`${JSON.stringify(extra.slice(0, 64))} belongs to no layer of the definition`);
  return parameters;
}

function finite(file: Tensors, key: string, shape: readonly number[], atLeast = Number.NEGATIVE_INFINITY): Float32Array {
  const tensor = file.tensors.get(key);
  if (!tensor) throw new SafetensorsError(`"${key}" is missing`);
  if (tensor.shape.join() !== shape.join()) {
    const is = tensor.shape.slice(0, 8).join(", ");
    throw new SafetensorsError(`"${key}" has shape [${is}], the definition needs [${shape.join(", ")}]`);
  }
  if (!tensor.values.every((value) => Number.isFinite(value) && value >= atLeast)) {
    throw new SafetensorsError(`"${key}" holds numbers that are ${atLeast === 0 ? "negative or " : ""}not finite`);
  }
  return tensor.values;
}

function checkFormat({ metadata: { format, version } }: Tensors): void {
  if (format !== FORMAT) throw new SafetensorsError("it was not written by Pushforward, so nothing says which definition it belongs to");
  if (version !== VERSION) throw new SafetensorsError(`it has version ${String(version).slice(0, 16)}; this Pushforward reads ${VERSION}`);
}

function numberIn({ metadata }: Tensors, key: string, fits: (value: number) => boolean): number {
  const value = Number(metadata[key] || Number.NaN);
  if (!fits(value)) throw new SafetensorsError(`its "${key}" is damaged`);
  return value;
}

/** What must agree for a run to go on, each as text: everything but how it is looked at and how long it lasts. The held-out share decides which rows are trained on. */
function definitionFields(flow: Flow): Record<string, string> {
  const { name: _name, train, ...rest } = flow.spec;
  const { steps: _steps, timeLimitSeconds: _time, checkpointEvery: _every, validation, ...training } = train;
  const fields = { ...rest, train: { ...training, heldOut: validation.fraction } };
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, JSON.stringify(value)]));
}
