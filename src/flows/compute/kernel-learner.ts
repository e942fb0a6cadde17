import type { FlowKernels } from "../../kernels/flow-kernels";
import type { TrainingState } from "../training/state";
import { averageKeep, type Learner } from "./compute";

/** Trains by fused kernels: the state lives in their memory, and a step is one pass over it. `dispose` ends them. */
export function kernelLearner(kernels: FlowKernels, start: TrainingState): Learner {
  let { step, average } = start;
  let rateFactor = start.rateFactor;
  const load = (state: TrainingState) => {
    ({ step, average, rateFactor } = state);
    kernels.averages = average !== null;
    kernels.firstMoment.set(state.adam.m);
    kernels.secondMoment.set(state.adam.v);
    if (average) kernels.average.set(average);
    kernels.load(state.parameters);
  };
  load(start);
  return {
    get state() {
      return {
        step,
        rateFactor,
        parameters: kernels.parameters,
        adam: { m: kernels.firstMoment, v: kernels.secondMoment },
        average: average ? kernels.average : null,
      };
    },
    async step(batch, rule) {
      const { loss, gradientNorm } = kernels.likelihood(batch);
      if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) return { loss, gradientNorm };
      kernels.update({ ...rule, keep: averageKeep(rule.ema, rule.step) });
      step = rule.step;
      return { loss, gradientNorm };
    },
    async gradient(batch) {
      const { loss } = kernels.likelihood(batch);
      return { loss, gradient: kernels.gradient.slice() };
    },
    load,
    dispose: () => kernels.dispose(),
  };
}
