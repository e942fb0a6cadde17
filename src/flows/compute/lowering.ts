/** What of a flow the fused kernels can compute, in their own words. */
import { type BaseProgram, type FlowProgram, isTable, type LayerOperation, type LayerProgram } from "../../kernels/program";
import { BASE, type Flow } from "../flow";
import type { Slot } from "../parameters";
import type { Path } from "./compute";

export interface Lowering {
  readonly base: BaseProgram | null;
  /** One for each layer 1 … K; null where only tensor operations can. */
  readonly layers: readonly (LayerProgram | null)[];
}

export function lower(flow: Flow): Lowering {
  return {
    base: lowerBase(flow),
    layers: flow.layers.map(({ instance, definition, context }) => {
      const slots = flow.layout.slots.filter(({ owner }) => owner === instance.id);
      const operation = definition.lower?.(instance.config as never, context, placeIn(slots)) ?? null;
      return operation && { operation, inverseToBase: !instance.invert, trainable: instance.trainable, ...spanOf(slots) };
    }),
  };
}

/** The whole flow, or null if some part of it needs tensor operations. */
export function wholeProgram(flow: Flow, { base, layers }: Lowering): FlowProgram | null {
  const lowered = layers.flatMap((layer) => (layer ? [layer] : []));
  if (!base || lowered.length < layers.length) return null;
  return { d: flow.d, parameters: flow.layout.size, layers: lowered, base };
}

/** How a layer is computed. */
export function pathOf(layer: LayerProgram | null): Path {
  if (!layer) return "tfjs";
  return needsSamples(layer.operation) ? "dense" : "segment";
}

/** Only networks cost much: a layer without one counts as the cheaper kind. */
function needsSamples(operation: LayerOperation): boolean {
  return operation.kind === "coupling" && !isTable(operation.net);
}

function placeIn(slots: readonly Slot[]) {
  return (name: string): number => {
    const slot = slots.find((candidate) => candidate.name === name);
    if (!slot) throw new Error(`a layer has no parameter "${name}"`);
    return slot.offset;
  };
}

function spanOf(slots: readonly Slot[]): { readonly offset: number; readonly count: number } {
  return { offset: slots[0]?.offset ?? 0, count: slots.reduce((sum, { size }) => sum + size, 0) };
}

function lowerBase(flow: Flow): BaseProgram | null {
  const { config } = flow.spec.base;
  const lowered = flow.base.lower?.(config as never, flow.d) ?? null;
  const slots = flow.layout.slots.filter(({ owner }) => owner === BASE);
  return lowered && { components: 0, low: [], high: [], ...lowered, trainable: config.trainable !== false, ...spanOf(slots) };
}
