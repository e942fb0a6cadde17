/** A run's state in a file: the same bits come back, and a state that is not this definition's is refused by name. */
import assert from "node:assert/strict";
import type { Flow } from "../../src/flows/flow";
import type { TrainSpec } from "../../src/flows/flow-spec";
import { Random } from "../../src/flows/random";
import type { TrainingState } from "../../src/flows/training/state";
import { readCheckpoint, readParameters, writeCheckpoint, writeWeights } from "../../src/interop/checkpoint";
import { readSafetensors, SafetensorsError, writeSafetensors } from "../../src/interop/safetensors";
import { flowOf, TRAIN } from "../support/flows";

const PARTS = [
  { type: "coupling", mask: [1, 0], transform: { type: "affine" }, net: { type: "mlp", hidden: [3] } },
  { type: "planar" },
  { type: "actnorm" },
];

const tiny = (train: Partial<TrainSpec> = {}, seed = 5) => flowOf(2, PARTS, { type: "diagNormal" }, train, seed);

function stateOf(flow: Flow): TrainingState {
  const random = new Random("state");
  const drawn = (least = -1) => Float32Array.from({ length: flow.layout.size }, () => Math.max(least, random.normal()));
  return {
    step: 1234,
    rateFactor: 0.25,
    parameters: drawn(-10),
    adam: { m: drawn(-10), v: drawn(0) },
    average: flow.spec.train.ema > 0 ? drawn(-10) : null,
  };
}

type TensorMap = Map<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;

/** A checkpoint of the tiny flow with other metadata or other tensors. */
function changed(more: Record<string, string>, change: (tensors: TensorMap) => unknown = () => {}): Uint8Array {
  const flow = tiny();
  const { metadata, tensors } = readSafetensors(writeCheckpoint(flow, stateOf(flow)));
  const own = new Map(tensors);
  change(own);
  return writeSafetensors({ metadata: { ...metadata, ...more }, tensors: own });
}

const refused = (bytes: Uint8Array, message: string | RegExp, flow = tiny()) =>
  assert.throws(
    () => readCheckpoint(flow, bytes),
    (error) => {
      assert.ok(error instanceof SafetensorsError, String(error));
      if (typeof message === "string") assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    },
  );

describe("a checkpoint", () => {
  for (const ema of [0, 0.99]) {
    it(`gives back every bit of the state, ${ema > 0 ? "averaged parameters included" : "without averaging"}`, () => {
      const flow = tiny({ ema });
      const state = stateOf(flow);
      const bytes = writeCheckpoint(flow, state);
      assert.deepEqual(readCheckpoint(flow, bytes), state);
      assert.deepEqual(writeCheckpoint(flow, readCheckpoint(flow, bytes)), bytes);
    });
  }

  it("does not hold on to the arrays that it was made of or read from", () => {
    const flow = tiny();
    const state = stateOf(flow);
    const bytes = writeCheckpoint(flow, state);
    const first = state.parameters[0];
    state.parameters.fill(0);
    const read = readCheckpoint(flow, bytes);
    bytes.fill(0);
    assert.equal(read.parameters[0], first);
  });

  it("of a longer budget, another name or another end is still of this definition", () => {
    const flow = tiny();
    const bytes = writeCheckpoint(flow, stateOf(flow));
    const longer = tiny({ steps: 9999, timeLimitSeconds: 5, checkpointEvery: 7, validation: { ...TRAIN.validation, patience: 3 } });
    assert.equal(readCheckpoint(longer, bytes).step, 1234);
  });

  it("of another definition is refused with the fields that differ", () => {
    const flow = tiny();
    const bytes = writeCheckpoint(flow, stateOf(flow));
    const other = "it belongs to another definition: ";
    refused(bytes, `${other}seed differ`, tiny({}, 6));
    refused(bytes, `${other}train differ`, tiny({ batch: 17 }));
    refused(bytes, `${other}train differ`, tiny({ validation: { fraction: 0.5, patience: 0 } }));
    refused(bytes, `${other}base, layers differ`, flowOf(2, PARTS.slice(1)));
    refused(bytes, `${other}dim, layers differ`, flowOf(3, [{ type: "planar" }], { type: "diagNormal" }));
  });

  it("of another program or version is refused as such", () => {
    refused(changed({ version: "2" }), "it has version 2; this Pushforward reads 1");
    refused(changed({ format: "pt" }), /^it was not written by Pushforward/);
  });

  it("with a damaged step or rate is refused", () => {
    for (const step of ["", "-1", "1.5", "NaN", "Infinity", "x"]) refused(changed({ step }), 'its "step" is damaged');
    for (const rateFactor of ["", "0", "-1", "2", "NaN"]) refused(changed({ rateFactor }), 'its "rateFactor" is damaged');
  });

  for (const name of ["planar1.w", "base.loc", "optimizer.m", "optimizer.v"]) {
    it(`without "${name}" is refused by that name`, () => {
      refused(
        changed({}, (tensors) => tensors.delete(name)),
        `"${name}" is missing`,
      );
    });

    it(`with a number in "${name}" that is not finite is refused by that name`, () => {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
        refused(
          changed({}, (tensors) => tensors.get(name)?.values.fill(bad, 1, 2)),
          new RegExp(`^"${name}" holds numbers that are .*not finite$`),
        );
    });

    it(`with another shape of "${name}" is refused by that name and both shapes`, () => {
      const values = new Float32Array(6);
      refused(
        changed({}, (tensors) => tensors.set(name, { shape: [2, 3], values })),
        new RegExp(`^"${name}" has shape \\[2, 3\\], the definition needs \\[\\d+\\]$`),
      );
    });
  }

  it("with a negative second moment is refused, since its root is taken", () => {
    refused(
      changed({}, (tensors) => tensors.get("optimizer.v")?.values.fill(-1, 0, 1)),
      '"optimizer.v" holds numbers that are negative or not finite',
    );
  });

  it("with a tensor too many is refused by its name", () => {
    refused(
      changed({}, (tensors) => tensors.set("planar9.w", { shape: [1], values: new Float32Array(1) })),
      '"planar9.w" belongs to no layer of the definition',
    );
  });
});

describe("a file of weights alone", () => {
  it("starts with these weights at their step, with fresh moments and the whole rate", () => {
    for (const ema of [0, 0.99]) {
      const flow = tiny({ ema });
      const { parameters } = stateOf(flow);
      const read = readCheckpoint(flow, writeWeights(flow, parameters, 77));
      const fresh = new Float32Array(flow.layout.size);
      assert.deepEqual(read, { step: 77, rateFactor: 1, parameters, adam: { m: fresh, v: fresh }, average: ema > 0 ? parameters : null });
    }
  });

  it("holds each parameter under the name of its layer", () => {
    const flow = tiny();
    const { tensors } = readSafetensors(writeWeights(flow, stateOf(flow).parameters, 0));
    assert.deepEqual(
      [...tensors].map(([name, { shape }]) => `${name} [${shape.join(", ")}]`),
      flow.layout.slots.map(({ key, spec }) => `${key} [${spec.shape.join(", ")}]`),
    );
  });

  it("by another program, without metadata, can start a definition; a checkpoint can too", () => {
    const flow = tiny();
    const state = stateOf(flow);
    const { tensors } = readSafetensors(writeWeights(flow, state.parameters, 0));
    assert.deepEqual(readParameters(flow, { metadata: {}, tensors }), state.parameters);
    assert.deepEqual(readParameters(flow, readSafetensors(writeCheckpoint(flow, state))), state.parameters);
  });
});
