/**
 * The performance suite: ratios to hand-written PyTorch programs in one run, on this machine.
 *
 *   npm run bench -- [--only WORD[,WORD…]] [--json FILE] [--quick] [--dist FOLDER] [--libraries FOLDER]
 *   npm run bench -- --report --json FILE
 *
 * --only         of: J1 … J9, first-step, first, frames, border, scaling; all but scaling if not given
 * --json FILE    puts every number into FILE, beside what is there already, and writes the page FILE with .md anew
 * --quick        short segments: shows that everything runs, not for publishing
 * --dist FOLDER  measures other bundles than dist/, built for instance by
 *                npx webpack --mode production --config-name engine --config-name compute --output-path FOLDER
 * --libraries FOLDER  measures nflows, zuko and normflows too, whose checkouts it holds, in J1 … J5 and J9
 * --report       measures nothing, writes the page of FILE
 *
 * Needs built bundles (npm run build), and on Debian python3-torch with libopenblas0-pthread: with the reference BLAS torch is about
 * five times slower, which would be no fair comparison. Without a fair torch its lines are shown as missing, never as passed.
 * Exit codes: 0 everything was measured, 1 a failure or sides that disagree, 3 lines are missing.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { borderLine } from "./border";
import { firstStepLine } from "./first-step";
import { type JobResult, measureJob } from "./job-lines";
import { JOB_NAMES, JOBS, type JobName } from "./jobs";
import type { Line } from "./line";
import { type Effort, FULL, QUICK } from "./measure";
import { firstPictureLine, framesLine } from "./pictures";
import type { Plan } from "./plan";
import { markdown } from "./report";
import { type Environment, keptFor, type LineName, nothing, type Results, readResults, writeResults } from "./results";
import { measureScaling } from "./scaling";
import { Engine } from "./sides";
import { inspectTorch, type TorchState } from "./torch-twin";

const ROOT = path.join(__dirname, "..");
const EXIT = { measured: 0, failed: 1, missing: 3 } as const;
const LINES: Readonly<Record<LineName, (plan: Plan) => Promise<Line>>> = {
  "first-step": firstStepLine,
  first: firstPictureLine,
  frames: framesLine,
  border: borderLine,
};
const LINE_NAMES = Object.keys(LINES) as LineName[];
const PARTS: readonly string[] = [...JOB_NAMES, ...LINE_NAMES, "scaling"];
const TEXT = { type: "string" } as const;
const FLAG = { type: "boolean", default: false } as const;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: TEXT, json: TEXT, dist: TEXT, libraries: TEXT, quick: FLAG, report: FLAG } });
  if (values.report) return reportOnly(values.json);
  const dist = path.resolve(values.dist ?? path.join(ROOT, "dist"));
  const parts = partsOf(values.only);
  for (const file of ["engine.js", "compute.js"])
    if (!existsSync(path.join(dist, file))) throw new Error(`${path.join(dist, file)} is missing; run npm run build first`);

  const torch = await inspectTorch();
  const effort = values.quick ? QUICK : FULL;
  const folder = mkdtempSync(path.join(tmpdir(), "pushforward-bench-"));
  const plan: Plan = {
    dist,
    folder,
    effort,
    threads: availableParallelism() > 1 ? [1, 2] : [1],
    torchMissing: torch.ok ? null : torch.because,
    libraries: values.libraries === undefined ? null : path.resolve(values.libraries),
    say: (text) => process.stderr.write(`${text} …\n`),
  };
  try {
    const environment = await environmentOf(dist, torch, effort);
    const measured = await measure(parts, plan, environment, values.quick);
    const all = values.json === undefined ? measured : merged(keptFor(environment, readResults(values.json)), measured);
    const warnings = isStale(dist) ? [`the bundles in ${path.basename(dist)} are older than src/`] : [];
    if (values.json !== undefined) writeBoth(values.json, all, warnings);
    process.stdout.write(`${markdown(measured, warnings)}\n`);
    return exitCodeOf(measured);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(parts: ReadonlySet<string>, plan: Plan, environment: Environment, quick: boolean): Promise<Results> {
  const jobs: Partial<Record<JobName, JobResult[]>> = {};
  for (const job of JOBS) if (parts.has(job.name)) jobs[job.name] = [...(jobs[job.name] ?? []), await measureJob(job, plan)];
  const lines: Partial<Record<LineName, Line>> = {};
  for (const name of LINE_NAMES) if (parts.has(name)) lines[name] = await LINES[name](plan);
  const scaling = parts.has("scaling") ? await measureScaling(plan, quick) : null;
  return { ...nothing(environment), jobs, lines, scaling };
}

function merged(kept: Results, fresh: Results): Results {
  return {
    environment: fresh.environment,
    jobs: { ...kept.jobs, ...fresh.jobs },
    lines: { ...kept.lines, ...fresh.lines },
    scaling: fresh.scaling ?? kept.scaling,
    editor: kept.editor,
  };
}

function reportOnly(file: string | undefined): number {
  const results = file === undefined ? null : readResults(file);
  if (file === undefined || !results) throw new Error("--report needs --json and a file of results");
  writeBoth(file, results, []);
  return EXIT.measured;
}

function writeBoth(file: string, results: Results, warnings: readonly string[]): void {
  writeResults(file, results);
  writeFileSync(file.replace(/(\.json)?$/, ".md"), `${markdown(results, warnings)}\n`);
}

function exitCodeOf({ jobs, lines }: Results): number {
  const results = Object.values(jobs).flat();
  if (results.some(({ sanity }) => sanity.some(({ agree }) => !agree))) return EXIT.failed;
  const all = [...results.flatMap((result) => result.lines), ...Object.values(lines)];
  return all.some(({ missing }) => missing !== null) ? EXIT.missing : EXIT.measured;
}

function partsOf(only: string | undefined): ReadonlySet<string> {
  if (only === undefined) return new Set(PARTS.filter((part) => part !== "scaling"));
  const wanted = only.split(",");
  const unknown = wanted.find((word) => !PARTS.includes(word));
  if (unknown !== undefined) throw new Error(`--only: "${unknown}" is not one of ${PARTS.join(", ")}`);
  return new Set(wanted);
}

async function environmentOf(dist: string, torch: TorchState, { rounds, segmentMs }: Effort): Promise<Environment> {
  const engine = new Engine(dist);
  try {
    const backend = await engine.backend;
    return {
      machine: `${availableParallelism()} CPUs (${cpus()[0]?.model.trim() ?? "unknown"}), ${process.platform} ${process.arch}`,
      node: `Node ${process.versions.node}, engine: ${backend}`,
      torch: torch.ok ? torch.versions : "No PyTorch",
      effort: `${rounds} rounds of ${segmentMs / 1000} s${rounds < FULL.rounds ? ": a quick run, not for publishing" : ""}`,
    };
  } finally {
    await engine.end();
  }
}

/** Whether a source of the compute thread is newer than its bundle. */
function isStale(dist: string): boolean {
  const built = statSync(path.join(dist, "compute.js")).mtimeMs;
  return ["flows", "engine", "kernels", "spec"].some((room) => {
    const folder = path.join(ROOT, "src", room);
    if (!existsSync(folder)) return false;
    return readdirSync(folder, { recursive: true }).some((file) => statSync(path.join(folder, String(file))).mtimeMs > built);
  });
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT.failed;
  },
);
