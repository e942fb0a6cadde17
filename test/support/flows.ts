/** Whole flows for the laws: definitions as after parsing, and parameters far from the identity. */
import { baseByType } from "../../src/flows/distributions";
import { BASE, Flow } from "../../src/flows/flow";
import type { FlowSpec, LayerInstance, TrainSpec } from "../../src/flows/flow-spec";
import { layerByType } from "../../src/flows/layers";
import { Random } from "../../src/flows/random";
import { referenceLayer, referenceLogDet } from "./reference";
import { referenceLogProb } from "./reference-bases";
import type { Values } from "./reference-transforms";

export interface Part {
  readonly type: string;
  readonly invert?: boolean;
  readonly trainable?: boolean;
  readonly [key: string]: unknown;
}

export const TRAIN: TrainSpec = {
  objective: { type: "max-likelihood" },
  optimizer: { type: "adam", lr: 1e-3, weightDecay: 0 },
  schedule: { type: "cosine" },
  steps: 2000,
  batch: 256,
  clipNorm: 5,
  ema: 0,
  validation: { fraction: 0.1, patience: 0 },
  timeLimitSeconds: 0,
  checkpointEvery: 500,
};

export function flowOf(
  dim: number,
  parts: readonly Part[],
  base: Part = { type: "normal" },
  train: Partial<TrainSpec> = {},
  seed = 5,
): Flow {
  const layers = parts.map(({ type, invert = false, trainable = true, ...config }, i): LayerInstance => {
    return { id: `${type}${i}`, type, invert, trainable, label: null, config: layerByType(type).config.parse(config) };
  });
  const { type, ...config } = base;
  const spec: FlowSpec = {
    version: 1,
    name: null,
    dim,
    seed,
    base: { type, config: baseByType(type).config.parse(config) },
    layers,
    target: null,
    train: { ...TRAIN, ...train },
    weights: null,
  };
  return new Flow(spec);
}

/** Start values plus seeded noise on every number. */
export function perturbed(flow: Flow, spread: number, seed = 1): Float32Array {
  const random = new Random("perturbed", seed);
  return flow.layout.initial(seed).map((value) => value + spread * random.normal());
}

function valuesOf(flow: Flow, owner: string, flat: ArrayLike<number>): Values {
  const own = flow.layout.slots.filter((slot) => slot.owner === owner);
  return Object.fromEntries(
    own.map(({ name, offset, size }) => [name, Array.from({ length: size }, (_, i) => flat[offset + i] as number)]),
  );
}

/** log p(x) in double precision, by the formula of flows.md 1 with Jacobians of the maps base → data. */
export function oracleLogProb(flow: Flow, flat: ArrayLike<number>, x: readonly number[]): number {
  let point = [...x];
  let sum = 0;
  for (const { instance, context } of [...flow.layers].reverse()) {
    const map = referenceLayer(instance.type, instance.config, valuesOf(flow, instance.id, flat), context);
    if (instance.invert) {
      const before = map.forward(point);
      sum -= -referenceLogDet(map, point);
      point = before;
    } else {
      point = map.inverse(point);
      sum -= referenceLogDet(map, point);
    }
  }
  return referenceLogProb(flow.spec.base.type, flow.spec.base.config, valuesOf(flow, BASE, flat), point) + sum;
}
