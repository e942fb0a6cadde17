import { parseArgs } from "node:util";

/** What the command line asks for. */
export type Wish =
  | { readonly command: "train"; readonly file: string; readonly out: string; readonly steps: number | null; readonly json: boolean }
  | { readonly command: "check"; readonly file: string; readonly json: boolean }
  | {
      readonly command: "evaluate";
      readonly file: string;
      readonly weights: string | null;
      readonly points: readonly string[];
      readonly json: boolean;
    }
  | { readonly command: "help" };

/** Words that cannot be understood; the message says which. */
export class UsageError extends Error {}

export const USAGE = `pushforward: train and evaluate normalizing flows described by .flow.json files

  pushforward train FILE --out DIR [--steps N] [--json]
      trains to the end and writes weights, checkpoint, loss curve and numbers into DIR
  pushforward check FILE [--json]
      says whether FILE describes a flow, and if not, where and why
  pushforward evaluate FILE [--weights W.safetensors] [--point X,Y …] [--json]
      scores held-out points, and shows every term of log p(x) for each --point

Results go to standard output (one JSON object with --json), progress to standard error.
Exit codes: 0 done, 1 the definition has faults or training diverged, 2 unusable arguments, 3 the engine failed, 130 interrupted.
Ctrl+C ends a training after the present step and writes its results; a second one ends at once.`;

/** Options of each command. */
const OPTIONS = {
  train: ["out", "steps", "json"],
  check: ["json"],
  evaluate: ["weights", "point", "json"],
} as const;

export function readArguments(argv: readonly string[]): Wish {
  let values: { out?: string; steps?: string; weights?: string; point?: string[]; json?: boolean; help?: boolean };
  let positionals: string[];
  try {
    ({ values, positionals } = parseArgs({
      args: withNegativePoints(argv),
      allowPositionals: true,
      options: {
        out: { type: "string" },
        steps: { type: "string" },
        weights: { type: "string" },
        point: { type: "string", multiple: true },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const [command, file, ...rest] = positionals;
  if (values.help || command === undefined || command === "help") return { command: "help" };
  if (command !== "train" && command !== "check" && command !== "evaluate")
    throw new UsageError(`"${command}" is not a command; use train, check or evaluate`);
  if (file === undefined) throw new UsageError(`${command} needs the path of a .flow.json file`);
  if (rest.length > 0) throw new UsageError(`"${rest[0]}" is one argument too many`);
  const stray = Object.keys(values).find((name) => !OPTIONS[command].some((option) => option === name));
  if (stray !== undefined) throw new UsageError(`${command} has no option --${stray}`);
  const json = values.json ?? false;
  if (command === "check") return { command, file, json };
  if (command === "evaluate") return { command, file, weights: values.weights ?? null, points: values.point ?? [], json };
  if (values.out === undefined) throw new UsageError("train needs --out DIR, the folder for its results");
  return { command, file, out: values.out, steps: stepsOf(values.steps), json };
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

/** "1.5,-2" → [1.5, −2]. */
export function pointOf(text: string, dim: number): number[] {
  const point = text.split(",").map((part) => Number(part.trim() === "" ? Number.NaN : part));
  if (point.length === dim && point.every(Number.isFinite)) return point;
  throw new UsageError(`--point "${text}" must be ${dim} numbers with commas between them`);
}
