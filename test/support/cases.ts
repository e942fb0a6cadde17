/** Every layer × example × dimension of the catalogue, with parameters far from the identity, as closures over either engine or oracle. */
import type { LayerContext, LayerDefinition } from "../../src/flows/layer";
import { layerByType, layers } from "../../src/flows/layers";
import { ParameterLayout } from "../../src/flows/parameters";
import { Random } from "../../src/flows/random";
import type { Mapped, ParameterValues, Points } from "../../src/flows/shapes";
import { transformByType } from "../../src/flows/transforms";
import { type ReferenceMap, referenceLayer } from "./reference";
import type { Values } from "./reference-transforms";

export type Direction = "forward" | "inverse";
export const DIRECTIONS: readonly Direction[] = ["forward", "inverse"];

export interface LayerCase {
  readonly name: string;
  readonly type: string;
  readonly definition: LayerDefinition;
  readonly config: Readonly<Record<string, unknown>>;
  readonly context: LayerContext;
  /** The entry itself says that its log-det is 0. */
  readonly preservesVolume: boolean;
}

const OWNER = "layer";
const FLOW_SEED = 20260731;
/** Deviation of every parameter: enough that log-dets differ from 0 and from point to point, not so much that maps fold up. */
const SPREAD = 0.6;

export function layerCase(type: string, input: object, d: number): LayerCase {
  const definition = layerByType(type);
  const config = definition.config.parse(input) as Record<string, unknown>;
  const transform = config.transform as { type: string } | undefined;
  const logDet = transform ? transformByType(transform.type).logDet : definition.logDet;
  return {
    name: `${type} ${JSON.stringify(input)} in ${d}-D`,
    type,
    definition,
    config,
    context: { d, seed: new Random(FLOW_SEED, type, d).bits() },
    preservesVolume: logDet.startsWith("0"),
  };
}

export const layerCases: readonly LayerCase[] = layers.flatMap(({ type }) =>
  layerByType(type).examples.flatMap(({ config, dims }) => dims.map((d) => layerCase(type, config, d))),
);

/** Parameters of one draw: seeded noise instead of the entry's own start, which is the identity or near it. */
export class Parameters {
  readonly layout: ParameterLayout;
  readonly flat: Float32Array;

  constructor(
    readonly of: LayerCase,
    draw: number,
    spread = SPREAD,
  ) {
    this.layout = new ParameterLayout([{ id: OWNER, specs: of.definition.parameters(of.config as never, of.context), trainable: true }]);
    const random = new Random(FLOW_SEED, "noise", of.name, draw);
    this.flat = Float32Array.from({ length: this.layout.size }, () => spread * random.normal());
  }

  /** As tensors by name; the caller's tidy disposes of them. */
  tensors(): ParameterValues {
    return this.layout.group(this.layout.tensors(this.flat)).get(OWNER) ?? {};
  }

  /** As numbers by name, for the oracle. */
  numbers(flat: ArrayLike<number> = this.flat): Values {
    return Object.fromEntries(
      this.layout.slots.map(({ name, offset, size }) => [name, Array.from({ length: size }, (_, i) => flat[offset + i] as number)]),
    );
  }

  /** The engine's map. */
  map(direction: Direction, points: Points, values: ParameterValues = this.tensors()): Mapped {
    return this.of.definition[direction](points, values, this.of.config as never, this.of.context);
  }

  /** The oracle's map. */
  reference(flat: ArrayLike<number> = this.flat): ReferenceMap {
    return referenceLayer(this.of.type, this.of.config, this.numbers(flat), this.of.context);
  }
}

/** n seeded points, row-major; most within three deviations, every fourth far out, beyond the boxes of the splines. */
export function pointsOf(d: number, n: number, ...key: readonly (string | number)[]): Float32Array {
  const random = new Random(FLOW_SEED, "points", d, ...key);
  return Float32Array.from({ length: n * d }, (_, i) => (Math.floor(i / d) % 4 === 3 ? 4 : 1.2) * random.normal());
}

export function rowsOf(flat: ArrayLike<number>, d: number): number[][] {
  return Array.from({ length: flat.length / d }, (_, row) => Array.from({ length: d }, (_, i) => flat[row * d + i] as number));
}
