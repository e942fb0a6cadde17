/** A real engine process for tests, from the built bundles. */
import path from "node:path";
import { EngineProcess } from "../../src/launch/engine-process";
import type { Limits, OpenAnswer } from "../../src/protocol/engine";
import type { FlowSummary, RunState } from "../../src/protocol/model";

export const DIST = path.join(__dirname, "../../dist");
export const LIMITS: Limits = { memoryBytes: 2e9, kernels: "auto", threads: 1 };

export async function withEngine<T>(use: (engine: EngineProcess) => Promise<T>, folder = DIST): Promise<T> {
  const engine = new EngineProcess(path.join(folder, "engine.js"));
  try {
    return await use(engine);
  } finally {
    await engine.stop();
  }
}

export interface Opening {
  readonly session?: string;
  readonly folder?: string | null;
  readonly checkpoint?: Uint8Array | null;
  readonly limits?: Limits;
}

export function open(
  engine: EngineProcess,
  definition: object | string,
  { session = "a", folder = null, checkpoint = null, limits = LIMITS }: Opening = {},
): Promise<OpenAnswer> {
  const text = typeof definition === "string" ? definition : JSON.stringify(definition);
  return engine.client.request("flow/open", { session, revision: 1, text, folder, limits, checkpoint });
}

/** Opens a definition that is expected to be right. */
export async function opened(engine: EngineProcess, definition: object, opening: Opening = {}): Promise<FlowSummary> {
  const answer = await open(engine, definition, opening);
  if (!answer.ok) throw new Error(answer.faults.map((fault) => fault.message).join("\n"));
  return answer.summary;
}

/** Resolves with the first run state that fits, from the progress events. */
export function until(engine: EngineProcess, fits: (run: RunState) => boolean): Promise<RunState> {
  return new Promise((resolve, reject) => {
    const stop = engine.client.on("run/progress", ({ run }) => {
      if (!fits(run)) return;
      stop();
      resolve(run);
    });
    engine.onEnded(({ reason }) => reject(new Error(reason)));
  });
}

/** A small flow that trains fast: two affine couplings and an actnorm on moons. */
export function smallFlow(train: object = {}, more: object = {}): object {
  const coupling = (mask: number[]) => ({ type: "coupling", mask, transform: { type: "affine" }, net: { type: "mlp", hidden: [8, 8] } });
  return {
    version: 1,
    seed: 3,
    layers: [coupling([1, 0]), coupling([0, 1]), { type: "actnorm" }],
    target: { type: "moons" },
    train: { steps: 60, batch: 64, ...train },
    view: { grid: 32, samples: 64 },
    ...more,
  };
}
