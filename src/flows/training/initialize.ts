import type { Evaluator } from "../compute/compute";
import type { Flow, PlacedLayer } from "../flow";

/**
 * Data-dependent initialisation: walks a first batch from the data to the base and lets each layer that asks for it set its parameters
 * from what arrives on its output side. Writes into `parameters`.
 */
export async function initializeFromData(flow: Flow, evaluator: Evaluator, parameters: Float32Array, batch: Float32Array): Promise<void> {
  const lowest = 1 + flow.layers.findIndex(({ definition }) => definition.initialize);
  if (lowest === 0) return;
  let points = batch;
  for (let k = flow.layers.length; k >= lowest; k--) {
    const { instance, definition, context } = flow.layers[k - 1] as PlacedLayer;
    const started = instance.invert ? null : definition.initialize?.(points, instance.config as never, context);
    for (const [name, values] of Object.entries(started ?? {})) {
      const slot = flow.layout.slots.find((candidate) => candidate.owner === instance.id && candidate.name === name);
      if (!slot) throw new Error(`layer "${instance.id}" initialises "${name}", which it does not have`);
      parameters.set(values, slot.offset);
    }
    if (k > lowest) points = (await evaluator.walk(parameters, points, k, k - 1)).stages.slice(0, batch.length);
  }
}
