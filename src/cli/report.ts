/** Words and files that the command line leaves behind. */
import type { Fault, FlowSummary, Frame, PointTrace, Progress, RunState } from "../protocol/model";

export interface Result {
  readonly file: string;
  readonly steps: number;
  readonly status: RunState["status"];
  readonly seconds: number | null;
  readonly parameters: number;
  /** Mean over the held-out points, nats. */
  readonly nll: number | null;
  readonly nllStandardError: number | null;
  readonly floor: number | null;
  readonly klToFloor: number | null;
  readonly massInView: number | null;
  readonly largestRoundTripError: number | null;
  readonly largestCondition: number | null;
  readonly layers: readonly { readonly id: string; readonly type: string; readonly meanLogDet: number; readonly sdLogDet: number }[];
}

export function resultOf(file: string, summary: FlowSummary, frame: Frame, run: RunState, seconds: number | null): Result {
  const { health } = frame;
  return {
    file,
    steps: frame.step,
    status: run.status,
    seconds,
    parameters: summary.parameters,
    nll: health?.nll ?? null,
    nllStandardError: health?.nllError ?? null,
    floor: summary.target?.floor ?? null,
    klToFloor: health?.klToFloor ?? null,
    massInView: health?.mass ?? null,
    largestRoundTripError: health?.roundTrip ?? null,
    largestCondition: health?.condition ?? null,
    layers: summary.layers.map(({ id, type }, k) => {
      const statistics = frame.layers[k]?.overData ?? frame.layers[k]?.overSamples;
      return { id, type, meanLogDet: statistics?.mean ?? Number.NaN, sdLogDet: statistics?.sd ?? Number.NaN };
    }),
  };
}

export function resultText(result: Result): string {
  const number = (value: number | null, digits: number) => (value === null ? "not known" : value.toFixed(digits));
  const lines = [
    `steps            ${result.steps.toLocaleString("en")}${result.seconds === null ? "" : ` in ${result.seconds.toFixed(1)} s`} (${statusText(result.status)})`,
    `NLL, held out    ${number(result.nll, 4)} ± ${number(result.nllStandardError, 4)} nats`,
    `exact floor      ${number(result.floor, 4)} nats`,
    `KL to the floor  ${number(result.klToFloor, 4)} nats`,
    `∫p in view       ${number(result.massInView, 4)}`,
    `round trip       ${result.largestRoundTripError === null ? "not known" : result.largestRoundTripError.toExponential(1)} at the most`,
    `condition of J   ${number(result.largestCondition, 0)} at the most`,
    `parameters       ${result.parameters.toLocaleString("en")}`,
    "log|det J| over held-out points, mean ± sd in nats:",
    ...result.layers.map(
      ({ id, type, meanLogDet, sdLogDet }, k) =>
        `  f${k + 1} ${plain(`${type} ${id}`).padEnd(28)} ${signed(meanLogDet)} ± ${sdLogDet.toFixed(3)}`,
    ),
  ];
  return lines.join("\n");
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
}

function statusText(status: RunState["status"]): string {
  if (status.kind === "finished")
    return { steps: "all steps done", "time-limit": "time limit reached", patience: "no better validation for a while" }[status.because];
  return status.kind === "diverged" ? `diverged: ${plain(status.message)}` : status.kind;
}

/** What a definition describes, and what it takes to compute it. */
export function summaryText(file: string, { layers, parameters, dim, target, computing, memoryBytes }: FlowSummary): string {
  const count = (n: number, noun: string) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
  const time = computing.millisecondsPerStep.toLocaleString("en", { maximumSignificantDigits: 2 });
  const memory = `${Math.ceil(memoryBytes / 1e6).toLocaleString("en")} MB`;
  const need = target ? `about ${time} ms a step, ${memory}` : `about ${memory}`; // without a target nothing is trained
  return [
    `${file}: ${count(layers.length, "layer")}, ${count(parameters, "parameter")}, dimension ${dim}`,
    `computed by ${computing.text}: ${need}`,
  ].join("\n");
}

/** Faults as compilers print them: file:line:column: message. */
export function faultText(file: string, text: string, fault: Fault): string {
  const before = text.slice(0, fault.offset).split(/\r\n|\r|\n/);
  return `${file}:${before.length}:${(before[before.length - 1]?.length ?? 0) + 1}: ${fault.severity}: ${plain(fault.message)}`;
}

/** A text from a file without the characters that command a terminal or turn the reading direction. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}

export function lossCsv(history: readonly Progress[]): string {
  const header = "step,nll,nll_low,nll_high,validation_nll,gradient_norm,learning_rate";
  const rows = history.map((r) => [r.step, r.loss, r.lossLow, r.lossHigh, r.validation ?? "", r.gradientNorm, r.learningRate].join(","));
  return `${[header, ...rows].join("\n")}\n`;
}

/** The formula with its numbers, for one point. */
export function formulaText(x: readonly number[], { logBase, logDets, logDensities }: PointTrace): string {
  const terms = [...logDets].map((value) => `(${signed(value)})`).join(" − ");
  return `log p(${x.join(", ")}) = ${logDensities[logDensities.length - 1]?.toFixed(4)} = ${signed(logBase)}${terms === "" ? "" : ` − ${terms}`}`;
}
