/** The page of results, as Markdown. */
import type { JobResult } from "./job-lines";
import { JOB_NAMES } from "./jobs";
import { KERNELS_OFF, type Line, verdictOf } from "./line";
import { barRows, computingRows, editorRows, libraryRows, lineRows, notYetRows, sanityRows, scalingRows, timeRows } from "./report-tables";
import type { Results } from "./results";
import type { Scaling } from "./scaling";

export function markdown(results: Results, warnings: readonly string[] = []): string {
  const { environment, jobs, lines, scaling, editor } = results;
  const done = JOB_NAMES.flatMap((name) => jobs[name] ?? []);
  const jobLines = done.flatMap((job) => job.lines);
  const named = Object.values(lines);
  return [
    "<!-- Written by npm run bench. -->",
    "",
    "# Performance",
    "",
    `${environment.machine}. ${environment.node}. ${environment.torch}. ${environment.effort}.`,
    ...warnings.map((warning) => `\n**Note:** ${warning}.`),
    "",
    ...summary([...jobLines, ...named]),
    "",
    "Times are of this machine at that moment: only ratios carry over. Each line was measured in one run in which all sides take turns, with all CPUs free to each; numbers are medians with (least–most) of the rounds, and ratios are taken round by round, so that what disturbs the machine disturbs both.",
    ...section("The jobs", timeRows(jobLines), JOBS),
    ...notYetRows(done),
    ...disturbance(done, scaling),
    ...section("Ratios and bars", barRows(jobLines), BARS),
    ...section("Libraries", libraryRows(jobLines), LIBRARIES),
    ...section("How the engine computes them", computingRows(done)),
    ...section("Do both sides learn alike?", sanityRows(done.flatMap(({ sanity }) => sanity)), ALIKE),
    ...section("Starting, pictures, the process border", lineRows(named)),
    ...(scaling ? section("Scaling", scalingRows(scaling), scalingText(results)) : []),
    ...(editor ? section("In the editor", editorRows(editor.figures), editor.surroundings) : []),
    ...section("What is in a step", STEP),
    ...section("Commands", COMMANDS),
  ].join("\n");
}

const JOBS = "A line is a job and what was measured of it; the grids of J8 are the lines of J1 and J2.";
const BARS = `A ratio is our time over the other's, of the best setting (number of threads) of each. A bar was set before, for the best PyTorch library; a plain PyTorch program does less than a library, so against it the bar is 1.3 times as high, and it counts where no library was measured. "${KERNELS_OFF}" is the same engine on plain TensorFlow.js operations.`;
const LIBRARIES =
  "The same models written with the libraries, one thread each, their best setting. They differ in details such as scale maps.";
const STEP = [
  "On both sides: drawing a batch of fresh points (J9: the next rows of a table of 20,000, shuffled anew in every epoch), the loss, its gradient, clipping to length 5, Adam at a rate of 1e-3, and reading the loss. Ours is asked from another process and answers over its channel; a segment of steps ends with a validation on 2,000 points and a checkpoint, which are in the time.",
  "",
  "The PyTorch programs (bench/twin/) are written for speed: parameters, gradients and moments are views of one array each, points are columns, what all layers share is computed at once, traces of continuous flows are explicit tangents. OpenBLAS and OpenMP are limited before torch loads, and the allocator keeps freed memory, without which torch loses up to a third of its speed here.",
];
const COMMANDS = [
  "```",
  "npm ci && npm run build",
  "npm run bench -- --json docs/performance.json              # all but the libraries; some minutes",
  "npm run bench -- --only J1,J2,J9 --libraries DIR --json …  # DIR holds checkouts of nflows, zuko and normflows",
  "npm run bench -- --only scaling --json …",
  "node scripts/editor-times.mjs                              # in a real VS Code with a headless browser",
  "```",
];
const ALIKE =
  "NLL in nats after the same number of steps, over points that were held out. Weights and batches are drawn from other numbers on each side.";

const QUIET = 0.1; // of the CPUs: less disturbs no ratio

/** Which parts were measured while others worked. */
function disturbance(done: readonly JobResult[], scaling: Scaling | null): string[] {
  const parts = [...done, ...(scaling ? [{ title: "scaling", disturbed: scaling.disturbed }] : [])];
  const shares = parts.flatMap(({ title, disturbed }) => (disturbed > QUIET ? [`${title} ${(100 * disturbed).toFixed(0)} %`] : []));
  if (shares.length === 0) return [];
  return ["", `**The machine was not quiet.** Share of its CPUs that other programs took before or after: ${shares.join(", ")}.`];
}

function summary(lines: readonly Line[]): string[] {
  const verdicts = lines.flatMap((line) => verdictOf(line) ?? []);
  const reached = verdicts.filter((verdict) => verdict.reached).length;
  const missing = lines.filter(({ missing }) => missing !== null);
  return [
    verdicts.length > 0 ? `**${reached} of ${verdicts.length} bars are reached.**` : "No bar could be looked at.",
    ...(missing.length > 0
      ? [`\n${missing.length} lines are MISSING their other side and count as not measured: ${missing[0]?.missing}.`]
      : []),
  ];
}

function section(title: string, rows: readonly string[], text = ""): string[] {
  if (rows.length === 0) return [];
  return ["", `## ${title}`, "", ...(text === "" ? [] : [text, ""]), ...rows];
}

function scalingText({ scaling }: Results): string {
  const peaks = Object.entries(scaling?.peak.gflops ?? {}).map(
    ([threads, gflops]) => `${gflops.toFixed(0)} GFLOP/s with ${threads} thread${threads === "1" ? "" : "s"}`,
  );
  return `The peak is a WebAssembly loop of ${scaling?.peak.instruction} on registers, measured in the same run: ${peaks.join(", ")}. Operations are those of the nets if each product is computed in full (forward once, backward twice); an algorithm that does less shows more of them per second than the peak. The exponent is the slope of log time over log size: 1 is proportional, below 1 what is paid once per step still counts. Words before sizes say how the engine computes from there on.`;
}
