/** The engine from a terminal: the same process and the same bundle as in the editor. */
import { accessSync, constants, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { EngineProcess } from "../launch/engine-process";
import { ChannelError } from "../protocol/channel";
import type { FlowSummary, RunState } from "../protocol/model";
import { pointOf, readArguments, USAGE, UsageError, type Wish } from "./arguments";
import { ProgressBar } from "./progress-bar";
import { faultText, formulaText, lossCsv, plain, type Result, resultOf, resultText, summaryText } from "./report";
import { writeWhole } from "./write-whole";

const EXIT = { done: 0, faulty: 1, usage: 2, engine: 3, interrupted: 130 } as const;
const SESSION = "cli";
/** No limit but the machine's: whoever types the command watches it. */
const MEMORY_BYTES = Number.MAX_SAFE_INTEGER;

async function main(): Promise<number> {
  const wish = readArguments(process.argv.slice(2));
  if (wish.command === "help") {
    process.stdout.write(`${USAGE}\n`);
    return EXIT.done;
  }
  const text = readDefinition(wish.file);
  const engine = new EngineProcess(path.join(__dirname, "engine.js"));
  engine.onOutput((line) => process.stderr.write(line));
  engine.client.on("engine/log", ({ text: line }) => process.stderr.write(`${plain(line)}\n`));
  try {
    const opened = await open(engine, wish, text);
    if (!opened) return EXIT.faulty;
    if (wish.command === "train") return await train(engine, wish, opened);
    if (wish.command === "evaluate") return await evaluate(engine, wish, opened);
    return EXIT.done;
  } finally {
    await engine.stop();
  }
}

function readDefinition(file: string): string {
  const bytes = readBytes(file);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes); // takes off a byte-order mark
  } catch {
    throw new UsageError(`${file} is not UTF-8 text`); // the only way in which decoding fails
  }
}

function readBytes(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file)); // a copy: Node's own buffer may be a piece of a larger one
  } catch (error) {
    throw new UsageError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** The folder for results, before hours are spent on what could not be written. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new UsageError(`${folder} cannot be a folder for results (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Opens the definition; writes its faults, or for `check` what it describes. */
async function open(engine: EngineProcess, wish: Exclude<Wish, { command: "help" }>, text: string): Promise<FlowSummary | null> {
  const checkpoint = wish.command === "evaluate" && wish.weights !== null ? readBytes(wish.weights) : null;
  const folder = path.dirname(path.resolve(wish.file));
  const limits = { memoryBytes: MEMORY_BYTES, kernels: wish.kernels, threads: wish.threads };
  const answer = await engine.client.request("flow/open", { session: SESSION, revision: 1, text, folder, limits, checkpoint });
  const faults = answer.ok ? answer.warnings : answer.faults;
  if (wish.json && wish.command === "check")
    process.stdout.write(`${JSON.stringify({ file: wish.file, ok: answer.ok, faults, summary: answer.ok ? answer.summary : null })}\n`);
  else for (const fault of faults) process.stderr.write(`${faultText(wish.file, text, fault)}\n`);
  if (!answer.ok) return null;
  if (wish.command === "check" && !wish.json) process.stdout.write(`${summaryText(wish.file, answer.summary)}\n`);
  return answer.summary;
}

async function train(engine: EngineProcess, wish: Wish & { command: "train" }, summary: FlowSummary): Promise<number> {
  if (!summary.target) {
    process.stderr.write(`${wish.file}: the definition has no target, so there is nothing to train on. Add a target.\n`);
    return EXIT.faulty;
  }
  const bar = new ProgressBar(process.stderr);
  const steps = wish.steps ?? summary.steps;
  let interrupted = false;
  const pause = () => {
    engine.client.request("run/pause", { session: SESSION }).catch(() => {}); // that the engine is gone is told by the run itself
  };
  process.once("SIGINT", () => {
    interrupted = true;
    pause();
  });
  makeFolder(wish.out);
  const begun = Date.now();
  const run = await trained(engine, wish.steps, (state) => {
    bar.show({ ...state, steps });
    if (interrupted && state.status.kind === "training") pause(); // the first one came before there was anything to pause
  });
  bar.end();
  const seconds = (Date.now() - begun) / 1000;
  const result = await report(engine, wish.file, summary, run, seconds);
  const files: readonly (readonly [string, string | Uint8Array])[] = [
    ["weights.safetensors", await engine.client.request("evaluate/weights", { session: SESSION })],
    ["checkpoint.safetensors", await engine.client.request("run/checkpoint", { session: SESSION })],
    ["loss.csv", lossCsv(await engine.client.request("run/history", { session: SESSION }))],
    ["result.json", `${JSON.stringify(result, null, 2)}\n`],
  ];
  for (const [name, content] of files) writeWhole(path.join(wish.out, name), content);
  process.stdout.write(
    wish.json
      ? `${JSON.stringify(result)}\n`
      : `${resultText(result)}\nwritten to ${wish.out}: ${files.map(([name]) => name).join(", ")}\n`,
  );
  if (interrupted) return EXIT.interrupted;
  return run.status.kind === "diverged" ? EXIT.faulty : EXIT.done;
}

/** Resolves when the run has come to an end of any kind. */
function trained(engine: EngineProcess, steps: number | null, onState: (run: RunState) => void): Promise<RunState> {
  return new Promise((resolve, reject) => {
    engine.onEnded(({ reason }) => reject(new ChannelError("closed", reason)));
    if (steps !== null) {
      engine.client.on("run/progress", ({ run }) => onState(run));
      engine.client.request("run/step", { session: SESSION, steps }).then(resolve, reject);
      return;
    }
    engine.client.on("run/progress", ({ run }) => {
      onState(run);
      if (run.status.kind !== "training") resolve(run);
    });
    engine.client.request("run/train", { session: SESSION }).catch(reject);
  });
}

async function report(engine: EngineProcess, file: string, summary: FlowSummary, run: RunState, seconds: number | null): Promise<Result> {
  const frame = await engine.client.request("evaluate/frame", { session: SESSION, stage: summary.layers.length });
  return resultOf(file, summary, frame, run, seconds);
}

async function evaluate(engine: EngineProcess, wish: Wish & { command: "evaluate" }, summary: FlowSummary): Promise<number> {
  const points = wish.points.map((text) => pointOf(text, summary.dim));
  const run: RunState = { status: { kind: "paused" }, step: 0, steps: summary.steps, stepsPerSecond: null, nll: null, validation: null };
  const result = await report(engine, wish.file, summary, run, null);
  const { traces } =
    points.length > 0
      ? await engine.client.request("evaluate/points", { session: SESSION, points: Float32Array.from(points.flat()) })
      : { traces: [] };
  if (wish.json) {
    const terms = traces.map((trace, i) => ({
      x: points[i],
      logProb: trace.logDensities.at(-1),
      logBase: trace.logBase,
      logDets: [...trace.logDets],
      stages: [...trace.stages],
    }));
    process.stdout.write(`${JSON.stringify({ ...result, points: terms })}\n`);
  } else {
    process.stdout.write(`${resultText(result)}\n`);
    for (const [i, trace] of traces.entries()) process.stdout.write(`${formulaText(points[i] ?? [], trace)}\n`);
  }
  return EXIT.done;
}

void main()
  .catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`pushforward: ${plain(message)}\n${error instanceof UsageError ? "See pushforward --help.\n" : ""}`);
    return error instanceof UsageError ? EXIT.usage : EXIT.engine;
  })
  .then((code) => {
    process.exitCode = code;
  });
