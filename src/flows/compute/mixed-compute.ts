import { FlowKernels, type KernelSource } from "../../kernels/flow-kernels";
import type { LayerProgram } from "../../kernels/program";
import type { BoundFlow, Flow } from "../flow";
import type { PerSample, Points } from "../shapes";
import { tf } from "../tf";
import type { Compute } from "./compute";
import { secondsPerStep } from "./estimate";
import { type Lowering, pathOf } from "./lowering";
import { tensorBytes } from "./tensor-compute";
import { tensorEvaluator } from "./tensor-evaluator";
import { tensorLearner } from "./tensor-learner";

/** Neighbouring layers that the kernels compute in one operation: numbers low < k ≤ high. */
interface Stretch {
  readonly low: number;
  readonly high: number;
  readonly kernels: FlowKernels;
  /** The parameters that these layers have, as a range of all. */
  readonly offset: number;
  readonly count: number;
}

/**
 * A chain in which some layers have no kernel: each stretch of neighbours that have is one tensor operation with its own gradient, the
 * other layers are tensor operations as ever. Evaluation layer by layer goes through tensors.
 */
export function mixedCompute(flow: Flow, lowering: Lowering, source: KernelSource): Compute {
  const stretches = stretchesOf(flow, lowering, source);
  return {
    path: "mixed",
    layers: lowering.layers.map(pathOf),
    threads: 1,
    secondsPerStep: secondsPerStep(flow, lowering, 1),
    bytes: tensorBytes(flow) + stretches.reduce((sum, { kernels }) => sum + kernels.bytes, 0),
    evaluator: tensorEvaluator(flow),
    learner: (state) => tensorLearner(flow, state, (bound, x, tensors) => logProb(flow, stretches, bound, x, tensors)),
    dispose() {
      for (const { kernels } of stretches) kernels.dispose();
    },
  };
}

function stretchesOf(flow: Flow, { layers }: Lowering, source: KernelSource): Stretch[] {
  const stretches: Stretch[] = [];
  let low = 0;
  for (let k = 1; k <= layers.length + 1; k++) {
    if (layers[k - 1]) continue;
    const run = layers.slice(low, k - 1) as LayerProgram[];
    if (run.length > 0) stretches.push(stretch(flow, run, low, source));
    low = k;
  }
  return stretches;
}

function stretch(flow: Flow, layers: readonly LayerProgram[], low: number, source: KernelSource): Stretch {
  const withParameters = layers.filter(({ count }) => count > 0);
  const offset = withParameters[0]?.offset ?? 0;
  const last = withParameters[withParameters.length - 1];
  const count = last ? last.offset + last.count - offset : 0;
  const noBase = { kind: "normal", components: 0, low: [], high: [], trainable: false, offset: 0, count: 0 } as const;
  const program = { d: flow.d, parameters: flow.layout.size, layers, base: noBase };
  const kernels = new FlowKernels(program, source, 1, flow.spec.train.batch);
  return { low, high: low + layers.length, kernels, offset, count };
}

/** log p(x) as {@link BoundFlow.logProb} says it, the stretches in one operation each. */
function logProb(flow: Flow, stretches: readonly Stretch[], bound: BoundFlow, x: Points, tensors: readonly tf.Tensor[]): PerSample {
  let points = x;
  let sum = tf.zeros([x.shape[0]]) as PerSample;
  let k = flow.layers.length;
  while (k >= 1) {
    const found = stretches.find(({ high }) => high === k);
    const back = found ? throughKernels(flow, found, points, tensors) : bound.toBase(k, points);
    points = back.points;
    sum = sum.add(back.logDet);
    k = found ? found.low : k - 1;
  }
  return bound.logBase(points).add(sum) as PerSample;
}

/**
 * A stretch as one operation of its points and all of its parameters. Values are read where they lie (on cpu and wasm that is this
 * thread's own memory), since an operation cannot wait.
 */
function throughKernels(flow: Flow, { low, high, kernels, offset, count }: Stretch, points: Points, tensors: readonly tf.Tensor[]) {
  const { d, layout } = flow;
  const [n] = points.shape;
  const steps = high - low;
  const slots = layout.slots
    .map((slot, i) => ({ slot, tensor: tensors[i] as tf.Tensor }))
    .filter(({ slot }) => isWithin(slot, offset, count));
  const operation = tf.customGrad((...given) => {
    const [start, ...parameters] = given.slice(0, 1 + slots.length) as tf.Tensor[];
    const flat = new Float32Array(layout.size);
    slots.forEach(({ slot }, i) => {
      flat.set((parameters[i] as tf.Tensor).dataSync<"float32">(), slot.offset);
    });
    const from = (start as tf.Tensor).dataSync<"float32">().slice();
    kernels.load(flat);
    const { stages, total } = kernels.walk(from, steps, 0, { stages: true, base: false });
    const packed = new Float32Array(n * d + n);
    packed.set(stages.subarray(steps * n * d));
    packed.set(total, n * d);
    const gradFunc = (byPacked: tf.Tensor) => {
      const by = byPacked.dataSync<"float32">();
      kernels.load(flat); // the same kernels may have served other parameters meanwhile
      const cotangents = { last: by.slice(0, n * d), total: by.slice(n * d), base: false };
      const { byPoints, byParameters } = kernels.pullback(from, steps, 0, cotangents, true);
      const ofSlot = ({ slot }: (typeof slots)[number]) =>
        tf.tensor((byParameters as Float32Array).slice(slot.offset, slot.offset + slot.size), [...slot.spec.shape]);
      return [tf.tensor2d(byPoints, [n, d]), ...slots.map(ofSlot)];
    };
    return { value: tf.tensor1d(packed), gradFunc };
  });
  const [image, logDet] = tf.split(operation(points, ...slots.map(({ tensor }) => tensor)), [n * d, n]) as [tf.Tensor, PerSample];
  return { points: image.reshape([n, d]) as Points, logDet };
}

function isWithin(slot: { readonly offset: number }, offset: number, count: number): boolean {
  return slot.offset >= offset && slot.offset < offset + count;
}
