/** Small definitions, written as text so that places in them are known. */

/** Trains for as long as anyone looks, thousands of steps a second. Line 5 has the first layer, line 9 the seed. */
export const SMALL = `{
  "version": 1,
  "name": "small",
  "layers": [
    { "type": "coupling", "mask": [1, 0], "transform": { "type": "affine" }, "net": { "type": "mlp", "hidden": [16], "activation": "tanh" } },
    { "type": "coupling", "mask": [0, 1], "transform": { "type": "affine" }, "net": { "type": "mlp", "hidden": [16], "activation": "tanh" } },
    { "type": "actnorm" }
  ],
  "seed": 1,
  "target": { "type": "moons" },
  "train": { "steps": 1000000, "batch": 512, "checkpointEvery": 10, "optimizer": { "type": "adam", "lr": 1e-2 } },
  "view": { "grid": 48, "samples": 100 }
}
`;

/** A standard normal that is only turned: its density is known in closed form. */
export const NORMAL = `{
  "version": 1,
  "layers": [{ "type": "rotation" }]
}
`;

/** Scales that grow without bound, at an absurd rate: the first step leaves the numbers of a computer. */
export const DIVERGING = `{
  "version": 1,
  "layers": [
${["[1, 0]", "[0, 1]", "[1, 0]", "[0, 1]"]
  .map(
    (mask) =>
      `    { "type": "coupling", "mask": ${mask}, "transform": { "type": "affine", "scaleMap": { "type": "exp" } }, "net": { "type": "mlp", "hidden": [16, 16], "activation": "relu" } }`,
  )
  .join(",\n")}
  ],
  "seed": 1,
  "target": { "type": "moons" },
  "train": { "steps": 500, "batch": 32, "clipNorm": 0, "optimizer": { "type": "adam", "lr": 10 } },
  "view": { "grid": 32, "samples": 50 }
}
`;
