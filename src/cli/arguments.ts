import { parseArgs } from "node:util";
import type { Limits } from "../protocol/engine";

/** What the command line asks for. */
export type Wish =
  | (Common & { readonly command: "train"; readonly out: string; readonly steps: number | null })
  | (Common & { readonly command: "check" })
  | (Common & { readonly command: "evaluate"; readonly weights: string | null; readonly points: readonly string[] })
  | { readonly command: "help" };

interface Common extends Pick<Limits, "kernels" | "threads"> {
  readonly file: string;
  readonly json: boolean;
}

/** Words that cannot be understood; the message says which. */
export class UsageError extends Error {}

export const USAGE = `pushforward: train and evaluate normalizing flows described by .flow.json files

  pushforward train FILE --out DIR [--steps N] [options]
      trains to the end and writes weights, checkpoint, loss curve and numbers into DIR
  pushforward check FILE [options]
      says whether FILE describes a flow and what it takes to compute it, and if not, where and why
  pushforward evaluate FILE [--weights W.safetensors] [--point X,Y …] [options]
      scores held-out points, and shows every term of log p(x) for each --point

Options:
  --json              one JSON object on standard output
  --kernels auto|off  auto: fused WebAssembly kernels compute whatever they can; off: everything goes through
                      TensorFlow.js, slower, with the same results up to rounding
  --threads N         compute threads of a training run, at most 16; 0: chosen from the processors and the size of the flow

Results go to standard output, progress to standard error.
Exit codes: 0 done, 1 the definition has faults or training diverged, 2 unusable arguments, 3 the engine failed, 130 interrupted.
Ctrl+C ends a training after the present step and writes its results; a second one ends at once.`;

/** Options of each command, and of all. */
const OPTIONS = { train: ["out", "steps"], check: [], evaluate: ["weights", "point"] } as const;
const COMMON = ["json", "kernels", "threads"];
/** As in the editor's settings. */
const MOST_THREADS = 16;

export function readArguments(argv: readonly string[]): Wish {
  const { values, positionals } = parsed(argv);
  const [command, file, ...rest] = positionals;
  if (values.help || command === undefined || command === "help") return { command: "help" };
  if (command !== "train" && command !== "check" && command !== "evaluate")
    throw new UsageError(`"${command}" is not a command; use train, check or evaluate`);
  if (file === undefined) throw new UsageError(`${command} needs the path of a .flow.json file`);
  if (rest.length > 0) throw new UsageError(`"${rest[0]}" is one argument too many`);
  const stray = Object.keys(values).find((name) => ![...COMMON, ...OPTIONS[command]].includes(name));
  if (stray !== undefined) throw new UsageError(`${command} has no option --${stray}`);
  const common = { file, json: values.json ?? false, kernels: kernelsOf(values.kernels), threads: threadsOf(values.threads) };
  if (command === "check") return { command, ...common };
  if (command === "evaluate") return { command, ...common, weights: values.weights ?? null, points: values.point ?? [] };
  if (values.out === undefined) throw new UsageError("train needs --out DIR, the folder for its results");
  return { command, ...common, out: values.out, steps: stepsOf(values.steps) };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: withNegativePoints(argv),
      allowPositionals: true,
      options: {
        out: { type: "string" },
        steps: { type: "string" },
        weights: { type: "string" },
        point: { type: "string", multiple: true },
        kernels: { type: "string" },
        threads: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** `--point -1,2` as `--point=-1,2`: parseArgs would take the value for an option. */
function withNegativePoints(argv: readonly string[]): string[] {
  const args: string[] = [];
  for (const word of argv) {
    if (args.at(-1) === "--point" && /^-[\d.]/.test(word)) args[args.length - 1] = `--point=${word}`;
    else args.push(word);
  }
  return args;
}

function stepsOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const steps = Number(text);
  if (Number.isInteger(steps) && steps >= 1) return steps;
  throw new UsageError(`--steps must be a whole number from 1, is "${text}"`);
}

function kernelsOf(text = "auto"): Limits["kernels"] {
  if (text === "auto" || text === "off") return text;
  throw new UsageError(`--kernels must be auto or off, is "${text}"`);
}

function threadsOf(text = "0"): number {
  const threads = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (threads <= MOST_THREADS) return threads;
  throw new UsageError(`--threads must be a whole number from 0 to ${MOST_THREADS}, is "${text}"`);
}

/** "1.5,-2" → [1.5, −2]. */
export function pointOf(text: string, dim: number): number[] {
  const point = text.split(",").map((part) => Number(part.trim() === "" ? Number.NaN : part));
  if (point.length === dim && point.every(Number.isFinite)) return point;
  throw new UsageError(`--point "${text}" must be ${dim} numbers with commas between them`);
}
