/**
 * The performance suite: ratios to a hand-written PyTorch program in one run, on this machine.
 *
 *   npm run bench -- [--json FILE] [--dist FOLDER] [--only WORD[,WORD…]]
 *
 * --json FILE    writes every number as JSON as well
 * --dist FOLDER  measures other bundles than dist/, built for instance by
 *                npx webpack --mode production --config-name engine --config-name compute --output-path FOLDER
 * --only         of: J1, J2, border, first, frames
 *
 * Needs built bundles (npm run build), and on Debian python3-torch with libopenblas0-pthread: with the reference BLAS torch is about
 * five times slower, which would be no fair comparison. Without a fair torch its lines are shown as missing, never as passed.
 * Exit codes: 0 everything was measured, 1 a failure or sides that disagree, 3 lines are missing.
 */
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { borderLine, jobLines, type Sanity } from "./jobs";
import type { Line, Plan } from "./line";
import { firstPictureLine, framesLine } from "./pictures";
import { markdown, type Report } from "./report";
import { Engine } from "./sides";
import { inspectTorch } from "./torch-twin";

const ROOT = path.join(__dirname, "..");
const EXIT = { measured: 0, failed: 1, missing: 3 } as const;
const PARTS = ["J1", "J2", "border", "first", "frames"] as const;
type Part = (typeof PARTS)[number];

async function main(): Promise<number> {
  const begun = performance.now();
  const { values } = parseArgs({ options: { json: { type: "string" }, dist: { type: "string" }, only: { type: "string" } } });
  const dist = path.resolve(values.dist ?? path.join(ROOT, "dist"));
  const parts = partsOf(values.only);
  for (const file of ["engine.js", "compute.js"])
    if (!existsSync(path.join(dist, file))) throw new Error(`${path.join(dist, file)} is missing; run npm run build first`);

  const torch = await inspectTorch();
  const plan: Plan = {
    dist,
    torchMissing: torch.ok ? null : torch.because,
    say: (text) => process.stderr.write(`${text} …\n`),
  };
  const lines: Line[] = [];
  const sanity: Sanity[] = [];
  for (const job of ["J1", "J2"] as const) {
    if (!parts.has(job)) continue;
    const result = await jobLines(job, plan);
    lines.push(...result.lines);
    if (result.sanity) sanity.push(result.sanity);
  }
  if (parts.has("border")) lines.push(await borderLine(plan));
  if (parts.has("first")) lines.push(await firstPictureLine(plan));
  if (parts.has("frames")) lines.push(await framesLine(plan));

  const report: Report = {
    machine: `${availableParallelism()} CPUs (${cpus()[0]?.model.trim() ?? "unknown"}), ${process.platform} ${process.arch}`,
    versions: `Node ${process.versions.node}, backend ${await backendOf(dist)}; ${torch.ok ? torch.versions : "no PyTorch"}`,
    warnings: isStale(dist) ? [`the bundles in ${path.relative(ROOT, dist) || dist} are older than src/`] : [],
    lines,
    sanity,
    seconds: (performance.now() - begun) / 1000,
  };
  process.stdout.write(`${markdown(report)}\n`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  if (sanity.some(({ agree }) => !agree)) return EXIT.failed;
  return lines.some(({ missing }) => missing !== null) ? EXIT.missing : EXIT.measured;
}

function partsOf(only: string | undefined): ReadonlySet<Part> {
  if (only === undefined) return new Set(PARTS);
  const wanted = only.split(",");
  const unknown = wanted.find((word) => !PARTS.some((part) => part === word));
  if (unknown !== undefined) throw new Error(`--only: "${unknown}" is not one of ${PARTS.join(", ")}`);
  return new Set(PARTS.filter((part) => wanted.includes(part)));
}

async function backendOf(dist: string): Promise<string> {
  const engine = new Engine(dist);
  try {
    return await engine.backend;
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
