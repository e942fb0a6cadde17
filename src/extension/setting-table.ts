/** The settings as VS Code is told them, and their types here. No run-time import of `vscode`: a Node test reads this file. */
import type { Limits } from "../protocol/engine";

export interface Settings {
  readonly openView: "beside" | "replace" | "manual";
  /** MiB. */
  readonly memoryLimit: number;
  readonly kernels: Limits["kernels"];
  /** 0: automatic. */
  readonly threads: number;
}

/** A slip of the hand must not start a thousand. */
export const MOST_THREADS = 16;

type SettingEntry<Value> = { readonly default: Value } & Readonly<Record<string, unknown>>;

export const settingTable: { readonly [Key in keyof Settings]: SettingEntry<Settings[Key]> } = {
  openView: {
    type: "string",
    enum: ["beside", "replace", "manual"],
    enumItemLabels: ["Beside the text", "In place of the text", "Only on request"],
    enumDescriptions: [
      "Opening a definition shows the Flow view beside it. The focus stays in the text.",
      "Opening a definition shows the Flow view in its place. The text stays one button away.",
      "The Flow view opens by its button or command only.",
    ],
    default: "beside",
    scope: "resource",
    order: 1,
    markdownDescription:
      "How the Flow view of a `*.flow.json` definition opens. It never opens for differences or older versions in source control.",
  },
  memoryLimit: {
    type: "number",
    minimum: 64,
    maximum: 65536,
    default: 1024,
    scope: "machine-overridable",
    order: 2,
    markdownDescription:
      "Largest memory, in MiB, that one flow may need. A definition whose estimate is above it is refused before anything is allocated.",
  },
  kernels: {
    type: "string",
    enum: ["auto", "off"],
    enumDescriptions: [
      "Fused WebAssembly kernels compute whatever they can.",
      "Everything goes through TensorFlow.js: slower, with the same results up to rounding.",
    ],
    default: "auto",
    scope: "machine-overridable",
    order: 3,
    markdownDescription: "How flows are computed. A training under way goes on from its step.",
  },
  threads: {
    type: "integer",
    minimum: 0,
    maximum: MOST_THREADS,
    default: 0,
    scope: "machine-overridable",
    order: 4,
    markdownDescription:
      "Compute threads of a training run. 0: chosen from the processors and the size of the flow. The same seed gives the same run for the same number of threads; different numbers differ by rounding.",
  },
};
