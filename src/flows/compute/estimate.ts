/** How long a training step takes, about: operations counted, times what they took on one machine (2-core Zen 4, relaxed SIMD). */
import { isTable, type LayerProgram, type NetProgram, rawSize, type TransformProgram } from "../../kernels/program";
import type { Flow } from "../flow";
import type { Lowering } from "./lowering";

const NS = 1e-9;
/** For each breakpoint and unit of a table: building it and its gradient; and the part that grows with the outputs. */
const TABLE = { cell: 4.6 * NS, cellOutput: 0.5 * NS, sample: 9 * NS, sampleOutput: 0.9 * NS };
/** Three products of two operations each, at some 45 billion operations a second. */
const DENSE_WEIGHT = (3 * 2 * NS) / 45;
const DENSE_UNIT = { relu: 0.3 * NS, "leaky-relu": 0.4 * NS, tanh: 1.7 * NS, elu: 2.5 * NS, silu: 3 * NS, softplus: 6 * NS };
const COORDINATE = 10 * NS; // of simple layers, and of what surrounds a transform
const SPLINE = { coordinate: 25 * NS, bin: 8 * NS };
const PARAMETER = 1.8 * NS; // the optimizer's
/** Tensor operations take their time by number, hardly by size, until that is large. */
const TENSOR_LAYER = 1.3e-3;
const TENSOR_WEIGHT = (3 * 2 * NS) / 10;

/** Of a step with the batch of the definition, seconds. */
export function secondsPerStep(flow: Flow, { layers }: Lowering, threads: number): number {
  const { batch } = flow.spec.train;
  const sum = layers.reduce((total, layer, i) => total + (layer ? ofLayer(layer, flow.d, batch) : ofTensors(flow, i, batch)), 0);
  return sum / threads + flow.layout.size * (PARAMETER / threads);
}

/** All layers by tensor operations, seconds. */
export function secondsPerTensorStep(flow: Flow): number {
  return flow.layers.reduce((total, _, i) => total + ofTensors(flow, i, flow.spec.train.batch), 0);
}

function ofLayer({ operation }: LayerProgram, d: number, batch: number): number {
  if (operation.kind !== "coupling") return batch * d * COORDINATE * (operation.kind === "rotation" ? d / 2 : 1);
  const { net, transform, changed } = operation;
  return ofNet(net, batch) + batch * changed.length * ofTransform(transform);
}

function ofNet(net: NetProgram, batch: number): number {
  const widths = [net.inputs, ...net.hidden, net.outputs];
  if (isTable(net)) {
    const fed = net.hidden[1] ?? net.outputs;
    const cells = ((net.hidden[0] ?? 0) + 1) * fed;
    return cells * (TABLE.cell + TABLE.cellOutput * net.outputs) + batch * (TABLE.sample + TABLE.sampleOutput * net.outputs);
  }
  const weights = widths.slice(1).reduce((sum, width, i) => sum + width * (widths[i] as number), 0);
  const units = net.hidden.reduce((sum, width) => sum + width, 0);
  return batch * (weights * DENSE_WEIGHT + units * DENSE_UNIT[net.activation]);
}

function ofTransform(transform: TransformProgram): number {
  if (transform.kind !== "rqs") return COORDINATE * rawSize(transform);
  return COORDINATE + SPLINE.coordinate + SPLINE.bin * transform.bins;
}

function ofTensors(flow: Flow, index: number, batch: number): number {
  const owner = flow.layers[index]?.instance.id;
  const weights = flow.layout.slots.filter((slot) => slot.owner === owner).reduce((sum, { size }) => sum + size, 0);
  return TENSOR_LAYER + batch * weights * TENSOR_WEIGHT;
}
