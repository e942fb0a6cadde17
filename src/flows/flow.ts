import { baseByType } from "./distributions";
import type { DistributionDefinition } from "./distributions/distribution";
import type { FlowSpec, LayerInstance } from "./flow-spec";
import type { LayerContext, LayerDefinition } from "./layer";
import { layerByType } from "./layers";
import { ParameterLayout } from "./parameters";
import { Random } from "./random";
import type { Mapped, ParameterValues, PerSample, Points } from "./shapes";
import { tf } from "./tf";

/** The owner of the base distribution's parameters. */
export const BASE = "base";

/** Where a batch is after each layer, and what each layer cost. */
export interface Trace {
  /** z_0 … z_K, base → data, whichever way they were computed. */
  readonly stages: readonly Points[];
  /** log|det ∂f_k/∂z_{k−1}| of the map base → data, k = 1 … K, nats. */
  readonly logDets: readonly PerSample[];
}

export interface PlacedLayer {
  readonly instance: LayerInstance;
  readonly definition: LayerDefinition;
  readonly context: LayerContext;
}

/** A chain of layers on a base distribution. Holds no numbers: parameters come in as one flat array, see {@link ParameterLayout}. */
export class Flow {
  readonly d: number;
  readonly layers: readonly PlacedLayer[];
  readonly layout: ParameterLayout;
  readonly base: DistributionDefinition;

  constructor(readonly spec: FlowSpec) {
    this.d = spec.dim;
    this.base = baseByType(spec.base.type);
    this.layers = spec.layers.map((instance) => ({
      instance,
      definition: layerByType(instance.type),
      context: { d: spec.dim, seed: new Random(spec.seed, "layer", instance.id).bits() },
    }));
    this.layout = new ParameterLayout([
      { id: BASE, specs: this.base.parameters(spec.base.config as never, this.d), trainable: spec.base.config.trainable !== false },
      ...this.layers.map(({ instance, definition, context }) => ({
        id: instance.id,
        specs: definition.parameters(instance.config as never, context),
        trainable: instance.trainable,
      })),
    ]);
  }

  /** The flow with numbers in it. Tensors are those of {@link ParameterLayout.tensors}; this neither keeps nor disposes of them. */
  bind(tensors: readonly tf.Tensor[]): BoundFlow {
    return new BoundFlow(this, this.base, this.layout.group(tensors));
  }

  /** Runs `use` with the parameters as tensors, and tidies up everything but its result. */
  with<T extends tf.TensorContainer>(parameters: Float32Array, use: (flow: BoundFlow) => T): T {
    return tf.tidy(() => use(this.bind(this.layout.tensors(parameters))));
  }

  /** n points of the base distribution, row-major [n · d]. */
  sampleBase(parameters: Float32Array, n: number, random: Random): Float32Array {
    const values = Object.fromEntries(
      this.layout.slots
        .filter((slot) => slot.owner === BASE)
        .map((slot) => [slot.name, parameters.subarray(slot.offset, slot.offset + slot.size)]),
    );
    return this.base.sample(n, this.d, values, this.spec.base.config as never, random);
  }
}

/** A flow with its parameters. Every method takes and returns tensors that it does not keep. */
export class BoundFlow {
  constructor(
    private readonly flow: Flow,
    private readonly base: DistributionDefinition,
    private readonly values: ReadonlyMap<string, ParameterValues>,
  ) {}

  /** log p(x) = log p₀(z₀) − Σ_k log|det ∂f_k/∂z_{k−1}|, nats. */
  logProb(x: Points): PerSample {
    let points = x;
    let sum: tf.Tensor | null = null;
    for (let k = this.flow.layers.length; k >= 1; k--) {
      const back = this.toBase(k, points);
      points = back.points;
      sum = sum ? sum.add(back.logDet) : back.logDet; // log-dets of the inverses are minus those of the maps
    }
    const start = this.logBase(points);
    return (sum ? start.add(sum) : start) as PerSample;
  }

  logBase(z: Points): PerSample {
    return this.base.logProb(z, this.values.get(BASE) ?? {}, this.flow.spec.base.config as never);
  }

  /** Layer k (1 … K) towards the data: f_k and its log|det|. */
  toData(k: number, z: Points): Mapped {
    return this.apply(k, z, "toData");
  }

  /** Layer k (1 … K) towards the base: the inverse of f_k, with log|det| of that inverse. */
  toBase(k: number, z: Points): Mapped {
    return this.apply(k, z, "toBase");
  }

  /** Data points back to the base, every stage kept. */
  normalize(x: Points): Trace {
    const stages: Points[] = [x];
    const logDets: PerSample[] = [];
    for (let k = this.flow.layers.length; k >= 1; k--) {
      const back = this.toBase(k, stages[0] as Points);
      stages.unshift(back.points);
      logDets.unshift(back.logDet.neg());
    }
    return { stages, logDets };
  }

  /** Base points on to the data, every stage kept. */
  generate(z: Points): Trace {
    const stages: Points[] = [z];
    const logDets: PerSample[] = [];
    for (let k = 1; k <= this.flow.layers.length; k++) {
      const on = this.toData(k, stages[k - 1] as Points);
      stages.push(on.points);
      logDets.push(on.logDet);
    }
    return { stages, logDets };
  }

  private apply(k: number, points: Points, way: "toData" | "toBase"): Mapped {
    const placed = this.flow.layers[k - 1];
    if (!placed) throw new Error(`there is no layer ${k}`);
    const { instance, definition, context } = placed;
    const direction = (way === "toData") !== instance.invert ? "forward" : "inverse";
    return definition[direction](points, this.values.get(instance.id) ?? {}, instance.config as never, context);
  }
}
