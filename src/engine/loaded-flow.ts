/** A definition made into something that can be trained and evaluated. */
import { closeSync, readFileSync } from "node:fs";
import { openInside } from "../data/plain-file";
import { targets, toys } from "../flows/catalogue";
import type { Compute } from "../flows/compute/compute";
import { baseByType } from "../flows/distributions";
import { Flow } from "../flows/flow";
import type { FlowSpec, LayerInstance } from "../flows/flow-spec";
import { initializeFromData } from "../flows/training/initialize";
import { initialState, type TrainingState } from "../flows/training/state";
import { readCheckpoint, readParameters } from "../interop/checkpoint";
import { readSafetensors, SafetensorsError } from "../interop/safetensors";
import type { OpenAnswer } from "../protocol/engine";
import type { Fault, FlowSummary, RunStatus, ViewSettings } from "../protocol/model";
import { bytesText, estimateMemory } from "../spec/estimate";
import { type ParsedDefinition, parseDefinition } from "../spec/parse";
import type { Definition } from "./compute-contract";
import type { Computing } from "./computing";
import { openSource, type Source, SourceError } from "./source";

export interface LoadedFlow {
  readonly flow: Flow;
  readonly compute: Compute;
  readonly source: Source | null;
  readonly view: ViewSettings;
  readonly summary: FlowSummary;
  /** Step 0, or the checkpoint's. */
  readonly state: TrainingState;
  readonly status: RunStatus;
}

export type Loading =
  | { readonly ok: true; readonly loaded: LoadedFlow; readonly answer: OpenAnswer }
  | { readonly ok: false; readonly answer: OpenAnswer };

/** Weights of more than this are not for a flow that people look at. */
const LARGEST_WEIGHTS_BYTES = 1e9;
/** Id of the layer that standardisation adds at the data end. */
const STANDARDIZE = "standardize";

export async function loadFlow({ text, folder, limits, checkpoint }: Definition, computing: Computing): Promise<Loading> {
  const parsed = parseDefinition(text);
  if (!parsed.ok) return refuse(parsed.faults);
  const { definition } = parsed;
  try {
    const source = await openSource(definition.spec, folder);
    const spec = withStandardization(definition.spec, source);
    const flow = new Flow(spec);
    const compute = await computing.forFlow(flow, limits);
    const memory = estimateMemory(flow, compute);
    if (memory > limits.memoryBytes) {
      const message = `This flow needs about ${bytesText(memory)} to train; the limit is ${bytesText(limits.memoryBytes)} (setting "pushforward.memoryLimit"). Use narrower networks, fewer layers or a smaller batch.`;
      compute.dispose();
      return refuse([whole(text, "too-large", message, ["layers"])]);
    }
    const state = await startingState(flow, compute, source, folder, checkpoint).catch((error: unknown) => {
      compute.dispose();
      throw error;
    });
    const summary = summarize(definition, flow, source, { compute, memoryBytes: memory, name: computing.nameOf(compute) });
    const status = statusAt(state.step, spec.train.steps);
    return {
      ok: true,
      loaded: { flow, compute, source, view: summary.view, summary, state, status },
      answer: {
        ok: true,
        summary,
        warnings: parsed.warnings,
        run: {
          status,
          step: state.step,
          steps: spec.train.steps,
          stepsPerSecond: null,
          nll: null,
          validation: null,
        },
      },
    };
  } catch (error) {
    if (error instanceof SourceError) return refuse([whole(text, "data", `target.${error.key}: ${error.message}`, ["target", error.key])]);
    if (error instanceof SafetensorsError)
      return refuse([whole(text, "weights", `weights: ${error.message.replace(/\.?$/, ".")}`, ["weights"])]);
    throw error;
  }
}

function statusAt(step: number, steps: number): RunStatus {
  if (step === 0) return { kind: "untrained" };
  return step >= steps ? { kind: "finished", because: "steps" } : { kind: "paused" };
}

function refuse(faults: readonly Fault[]): Loading {
  return { ok: false, answer: { ok: false, faults } };
}

/** A fault about a key that was found only after parsing; placed at the key's name by search, else at the start. */
function whole(text: string, code: string, message: string, at: readonly string[]): Fault {
  const name = JSON.stringify(at[at.length - 1]);
  const offset = Math.max(0, text.indexOf(name));
  return { path: at, code, message, severity: "error", offset, length: name.length };
}

function withStandardization(spec: FlowSpec, source: Source | null): FlowSpec {
  if (!source?.standard || spec.target?.config.standardize === false) return spec;
  const { mean, deviation } = source.standard;
  const layer: LayerInstance = {
    id: STANDARDIZE,
    type: "affine",
    invert: false,
    trainable: false,
    label: null,
    config: { logScale: deviation.map(Math.log), shift: [...mean] },
  };
  return { ...spec, layers: [...spec.layers, layer] };
}

async function startingState(
  flow: Flow,
  compute: Compute,
  source: Source | null,
  folder: string | null,
  checkpoint: Uint8Array | null,
): Promise<TrainingState> {
  if (checkpoint) return readCheckpoint(flow, checkpoint);
  const { weights, seed, train } = flow.spec;
  if (weights) {
    if (folder === null)
      throw new SafetensorsError("the definition has no folder yet, so the file cannot be found. Save the definition beside it.");
    const opened = openInside(weights.file, folder, LARGEST_WEIGHTS_BYTES);
    if ("refused" in opened) throw new SafetensorsError(opened.refused);
    try {
      return initialState(flow, train, readParameters(flow, readSafetensors(readFileSync(opened.descriptor))));
    } finally {
      closeSync(opened.descriptor);
    }
  }
  const parameters = flow.layout.initial(seed);
  if (source) await initializeFromData(flow, compute.evaluator, parameters, source.batch(0)); // batch 0 is never trained on
  return initialState(flow, train, parameters);
}

interface Means {
  readonly compute: Compute;
  readonly name: string;
  readonly memoryBytes: number;
}

function summarize({ view, ranges }: ParsedDefinition, flow: Flow, source: Source | null, means: Means): FlowSummary {
  const { compute, memoryBytes } = means;
  const { spec } = flow;
  const parametersOf = (owner: string) =>
    flow.layout.slots.filter((slot) => slot.owner === owner).reduce((sum, slot) => sum + slot.size, 0);
  return {
    name: spec.name ?? "",
    dim: spec.dim,
    seed: spec.seed,
    base: { type: spec.base.type, title: baseByType(spec.base.type).title },
    layers: flow.layers.map(({ instance, definition }, i) => {
      const short = definition.shortLabel?.(instance.config as never, spec.dim);
      return {
        id: instance.id,
        type: instance.type,
        label: instance.label ?? (instance.id === STANDARDIZE ? "to file units" : short ? `${instance.type} ${short}` : instance.type),
        title: definition.title,
        invert: instance.invert,
        parameters: parametersOf(instance.id),
        path: compute.layers[i] ?? compute.path,
        inverse: definition.inverseBy.kind,
        range: ranges[i] ?? null,
      };
    }),
    parameters: flow.layout.size,
    target: spec.target ? summarizeTarget(spec, source) : null,
    steps: spec.train.steps,
    batch: spec.train.batch,
    memoryBytes,
    computing: {
      path: compute.path,
      threads: compute.threads,
      millisecondsPerStep: 1000 * compute.secondsPerStep,
      text: means.name,
    },
    view: { ...view, window: view.window ?? null },
  };
}

function summarizeTarget({ target, dim }: FlowSpec, source: Source | null): FlowSummary["target"] {
  const entry = targets.find((candidate) => candidate.type === target?.type);
  if (!target || !entry) return null;
  const toy = toys.find((candidate) => candidate.type === target.type);
  const { columns, units } = target.config as { columns?: readonly string[]; units?: readonly string[] };
  const axes =
    columns?.map((name, i) => (units?.[i] ? `${name} (${units[i]})` : name)) ??
    Array.from({ length: dim }, (_, i) => `x${"₁₂₃₄₅₆₇₈₉"[i] ?? i + 1}`);
  return {
    type: target.type,
    title: entry.title,
    floor: toy?.entropy(target.config as never) ?? null,
    axes,
    rows: source?.rows ?? null,
    notes: source?.notes ?? [],
  };
}
