import { Random } from "./random";
import { type Init, type ParameterSpec, type ParameterSpecs, type ParameterValues, sizeOf } from "./shapes";
import { tf } from "./tf";

/** One parameter's place in the flat array that holds them all. */
export interface Slot {
  /** `<owner>.<name>`, e.g. "c0.net.0.weight" or "base.loc": the key in a weights file. */
  readonly key: string;
  readonly owner: string;
  readonly name: string;
  readonly spec: ParameterSpec;
  readonly offset: number;
  readonly size: number;
  readonly trainable: boolean;
}

/** All parameters of a flow as one Float32Array: snapshots, undo, transfer between threads and files are copies of one array. */
export class ParameterLayout {
  readonly slots: readonly Slot[];
  readonly size: number;
  readonly trainable: readonly Slot[];

  constructor(owners: readonly { readonly id: string; readonly specs: ParameterSpecs; readonly trainable: boolean }[]) {
    const slots: Slot[] = [];
    let offset = 0;
    for (const { id, specs, trainable } of owners) {
      for (const [name, spec] of Object.entries(specs)) {
        const size = sizeOf(spec.shape);
        slots.push({ key: `${id}.${name}`, owner: id, name, spec, offset, size, trainable });
        offset += size;
      }
    }
    this.slots = slots;
    this.size = offset;
    this.trainable = slots.filter((slot) => slot.trainable);
  }

  /** Fresh parameters; each draws from its own stream, so adding a layer does not change the others. */
  initial(seed: number): Float32Array {
    const values = new Float32Array(this.size);
    for (const slot of this.slots)
      fill(values.subarray(slot.offset, slot.offset + slot.size), slot.spec.init, new Random(seed, "init", slot.key));
    return values;
  }

  /** Tensors of all slots, in order. The caller disposes of them. */
  tensors(values: Float32Array): tf.Tensor[] {
    return this.slots.map((slot) => tf.tensor(values.slice(slot.offset, slot.offset + slot.size), [...slot.spec.shape]));
  }

  /** Tensors grouped by owner, as the layers take them. */
  group(tensors: readonly tf.Tensor[]): ReadonlyMap<string, ParameterValues> {
    const groups = new Map<string, Record<string, tf.Tensor>>();
    this.slots.forEach((slot, i) => {
      const group = groups.get(slot.owner) ?? {};
      group[slot.name] = tensors[i] as tf.Tensor;
      groups.set(slot.owner, group);
    });
    return groups;
  }
}

function fill(values: Float32Array, init: Init, random: Random): void {
  for (let i = 0; i < values.length; i++) {
    if (init.kind === "constant") values[i] = typeof init.value === "number" ? init.value : (init.value[i] ?? 0);
    else if (init.kind === "normal") values[i] = init.sd * random.normal();
    else values[i] = init.bound * (2 * random.uniform() - 1);
  }
}
