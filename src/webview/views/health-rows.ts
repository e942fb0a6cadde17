/** Which checks the health table shows, what they mean in plain words, and which values are in order. */
import type { Health } from "../../protocol/model";
import { integer, level, power, powerOfTen } from "../format";
import type { ViewModel } from "../store";

export interface HealthRow {
  readonly name: string;
  /** What the number means and what to think of it. */
  readonly title: string;
  readonly value: string;
  readonly notFinite: boolean;
  /** Bound or unit. */
  readonly bound: string;
  /** Empty where no bound exists, or nothing was measured. */
  readonly verdict: "passed" | "doubtful" | "";
}

const MASS_BOUND = 0.01; // the midpoint rule and a window at the 99.9 % quantile leave a few thousandths
const ROUND_TRIP_BOUND = 1e-4; // float32 keeps 7 digits; a healthy chain of couplings loses two or three of them
const SPLINE_ROUND_TRIP_BOUND = 1e-3; // the inverse of a spline takes the root of a difference, which costs one digit more
const CONDITION_BOUND = 1_000; // beyond it float32 leaves fewer than four digits to the point that is mapped back
const OUTSIDE_BOUND = 0.001; // outside its box a spline is the identity and learns nothing about those points

const UNKNOWN = "–";

export function healthRows(model: ViewModel): readonly HealthRow[] {
  const summary = model.state?.summary;
  if (!summary) return [];
  const health = model.frame?.health ?? null;
  const hasTarget = summary.target !== null;
  return [
    ...(hasTarget ? [klRow(health, summary.target?.floor ?? null), nllRow(health)] : []),
    massRow(health, summary.dim),
    roundTripRow(health),
    conditionRow(health),
    ...(health && health.outsideBox !== null ? [outsideRow(health.outsideBox)] : []),
    plain("Parameters", "Trainable numbers of all layers together.", integer(summary.parameters), "float32"),
  ];
}

function klRow(health: Health | null, floor: number | null): HealthRow {
  const unknown = floor === null ? " The lowest possible value is not known for this target." : "";
  const title = `How far the flow is from the target: NLL minus the entropy of the target, the Kullback–Leibler divergence. 0 is perfect; slightly below 0 is the noise of a finite sample.${unknown}`;
  return { ...plain("KL to floor", title, print(health?.klToFloor, four), "nats"), notFinite: isBroken(health?.klToFloor) };
}

function nllRow(health: Health | null): HealthRow {
  const error = health?.nllError;
  const title = "Mean negative log-likelihood of the held-out points, with its standard error. Lower is better.";
  const bound = error === null || error === undefined ? "nats" : `± ${four(error)}`;
  return { ...plain("NLL, held-out", title, print(health?.nll, four), bound), notFinite: isBroken(health?.nll) };
}

function massRow(health: Health | null, dim: number): HealthRow {
  const title =
    dim === 2
      ? "Probability inside the window of the picture, summed over its cells. It should be 1: less means that the window cuts mass off; more, or much less, that the grid misses thin filaments or the density is wrong."
      : "Probability inside the window; measured for two dimensions only.";
  return bounded("∫ p dx in view", title, health?.mass, four, "± 0.01", (mass) => Math.abs(mass - 1) <= MASS_BOUND);
}

function roundTripRow(health: Health | null): HealthRow {
  const hasSplines = health !== null && health.outsideBox !== null;
  const limit = hasSplines ? SPLINE_ROUND_TRIP_BOUND : ROUND_TRIP_BOUND;
  const title =
    "Largest distance between a point and itself after data → base → data, over the held-out points. It shows whether the flow is invertible in practice and not only on paper.";
  const bound = `≤ ${powerOfTen(Math.round(Math.log10(limit)))}`;
  return bounded("Round trip, largest error", title, health?.roundTrip, power, bound, (error) => error <= limit);
}

function conditionRow(health: Health | null): HealthRow {
  const title =
    "Largest ratio of the longest to the shortest axis into which a small circle is mapped. A large one means thin filaments, where rounding errors grow by this factor.";
  const print = (x: number) => (x < 1e6 ? integer(x) : power(x));
  const bound = `≤ ${integer(CONDITION_BOUND)}`;
  return bounded("Condition of J, largest", title, health?.condition, print, bound, (condition) => condition <= CONDITION_BOUND);
}

function outsideRow(share: number): HealthRow {
  const title =
    "Share of the held-out points that reach a spline outside its box, where it does nothing. If it is large, raise “bound” or standardize the data.";
  return bounded(
    "Outside the spline box",
    title,
    share,
    (x) => `${level(100 * x, 2)} %`,
    `≤ ${100 * OUTSIDE_BOUND} %`,
    (x) => x <= OUTSIDE_BOUND,
  );
}

function bounded(
  name: string,
  title: string,
  value: number | null | undefined,
  format: (x: number) => string,
  bound: string,
  passes: (x: number) => boolean,
): HealthRow {
  const verdict = value === null || value === undefined ? "" : passes(value) ? "passed" : "doubtful";
  return { name, title, value: print(value, format), notFinite: isBroken(value), bound, verdict };
}

function plain(name: string, title: string, value: string, bound: string): HealthRow {
  return { name, title, value, notFinite: false, bound, verdict: "" };
}

function four(x: number): string {
  return level(x, 4);
}

function print(value: number | null | undefined, format: (x: number) => string): string {
  return value === null || value === undefined ? UNKNOWN : format(value);
}

function isBroken(value: number | null | undefined): boolean {
  return value !== null && value !== undefined && !Number.isFinite(value);
}
