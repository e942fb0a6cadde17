/** Complete definitions to start from. Each is valid as it stands and says in comments what to try next. */

export interface Template {
  /** Stable name, which pages ask for; also the file name that is proposed. */
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly text: string;
}

/** Couplings with alternating masks, in lines that fit beside a view. */
const couplings = (count: number, rest: string) =>
  Array.from({ length: count }, (_, i) => `    { "type": "coupling", "mask": ${i % 2 === 0 ? "[1, 0]" : "[0, 1]"}, ${rest} }`).join(",\n");

const twoMoons: Template = {
  name: "moons",
  title: "Two moons, spline couplings",
  summary: "Six coupling layers with rational-quadratic splines: fits within some hundred steps",
  text: `{
  // p(x): a standard normal, pushed through the layers from first to last.
  "version": 1,
  "name": "two moons",
  "dim": 2,
  "seed": 7, // initial parameters, batches and samples all follow from this
  "base": { "type": "normal" },
  "layers": [
    // mask: 1 = kept and fed to the network, 0 = transformed. Alternate, or one coordinate never changes.
${couplings(6, `"transform": { "type": "rqs", "bins": 8 },\n      "net": { "type": "mlp", "hidden": [32, 32] }`)}
  ],
  "target": { "type": "moons", "noise": 0.1 }, // its entropy, 2.3939 nats, is the lowest possible NLL
  "train": {
    "objective": { "type": "max-likelihood" },
    "optimizer": { "type": "adam", "lr": 2e-3 },
    "schedule": { "type": "cosine" },
    "steps": 1500,
    "batch": 256
  },
  "view": { "grid": 128, "samples": 1000, "quantity": "density", "colormap": "viridis" }
}
`,
};

const eightGaussians: Template = {
  name: "gaussians",
  title: "Eight Gaussians, RealNVP",
  summary: "Eight affine couplings: watch the thin bridges that an invertible map cannot avoid",
  text: `{
  "version": 1,
  "name": "eight gaussians",
  "dim": 2,
  "seed": 11,
  "base": { "type": "normal" },
  "layers": [
    // The last layer of each network starts at zero, so the untrained flow is the identity.
${couplings(8, `"transform": { "type": "affine" }`)}
  ],
  "target": { "type": "8gaussians" },
  "train": {
    "objective": { "type": "max-likelihood" },
    "optimizer": { "type": "adam", "lr": 1e-3 },
    "steps": 3000,
    "batch": 256
  }
}
`,
};

const planar: Template = {
  name: "planar",
  title: "Planar flow",
  summary: "Eight planar layers, each pushing along one direction: small enough to follow by eye",
  text: `{
  // y = z + û tanh(wᵀz + b): every layer pushes points along one direction, more or less on two sides of a line.
  "version": 1,
  "name": "planar",
  "dim": 2,
  "seed": 3,
  "base": { "type": "normal" },
  "layers": [
    { "type": "planar" },
    { "type": "planar" },
    { "type": "planar" },
    { "type": "planar" },
    { "type": "planar" },
    { "type": "planar" },
    { "type": "planar" },
    { "type": "planar" }
  ],
  "target": { "type": "moons" },
  "train": {
    "objective": { "type": "max-likelihood" },
    "optimizer": { "type": "adam", "lr": 5e-3 },
    "steps": 2000,
    "batch": 256
  }
}
`,
};

export const templates = [twoMoons, eightGaussians, planar] as const;

export function templateByName(name: string): Template | null {
  return templates.find((template) => template.name === name) ?? null;
}

/** A flow over columns of a table. `file` is relative to the definition, with forward slashes. */
export function csvTemplate(file: string, columns: readonly string[]): Template {
  const d = columns.length;
  const mask = (flipped: boolean) => `[${columns.map((_, i) => ((i % 2 === 0) !== flipped ? 1 : 0)).join(", ")}]`;
  const rest = `"transform": { "type": "rqs", "bins": 8 },\n      "net": { "type": "mlp", "hidden": [32, 32] }`;
  const layers = Array.from(
    { length: 6 },
    (_, i) => (d > 1 ? `    { "type": "coupling", "mask": ${mask(i % 2 === 1)}, ${rest} }` : `    { "type": "planar" }`), // one coordinate leaves nothing to condition on
  ).join(",\n");
  return {
    name: "csv",
    title: "Columns of a table",
    summary: "A spline flow over columns of a CSV or TSV file",
    text: `{
  "version": 1,
  "name": ${JSON.stringify(nameOf(file))},
  "dim": ${d},
  "seed": 1,
  "base": { "type": "normal" },
  "layers": [
${layers}
  ],
  "target": {
    "type": "csv",
    "file": ${JSON.stringify(file)},
    "columns": [${columns.map((name) => JSON.stringify(name)).join(", ")}],
    "standardize": true // a fixed affine layer at the end; NLL stays in the file's units
  },
  "train": {
    "objective": { "type": "max-likelihood" },
    "optimizer": { "type": "adam", "lr": 1e-3 },
    "steps": 2000,
    "batch": 128,
    "validation": { "fraction": 0.1 }
  }
}
`,
  };
}

function nameOf(file: string): string {
  return (file.split("/").at(-1) ?? file).replace(/\.[^.]+$/, "");
}
