/** A flow's numbers in shared memory and what the kernels do with them, on one or several threads. */
import { Plan, Question, Update } from "./assembly/layout";
import { Crew } from "./crew";
import type { SharedMemory } from "./memory";
import type { KernelModule } from "./module";
import { LANES, makePlan, type Placed, planBytes } from "./plan";
import type { FlowProgram } from "./program";
import { roomsNeeded } from "./rooms-needed";

/** Where the kernels come from: the compiled module, and the script of a helping thread. */
export interface KernelSource extends KernelModule {
  readonly threadFile: string;
}

export interface StepUpdate {
  /** Counted from 1. */
  readonly step: number;
  readonly rate: number;
  readonly weightDecay: number;
  /** 0: none. */
  readonly clipNorm: number;
  /** Share that the average keeps of itself. */
  readonly keep: number;
}

/** Adam's decay rates of the two moments; the kernels have them as constants. */
const BETA1 = 0.9;
const BETA2 = 0.999;
/** Bytes of answers in one piece of a long question. */
const ANSWER_BYTES = 8e6;
const MOST_POINTS = 16_384;
/** Pieces of a table that there is room for at first, for each unit of its network; trained networks have about one. */
const PIECES_PER_UNIT = 4;

/** Bytes of memory that {@link FlowKernels} with the same arguments takes. */
export function bytesOf(program: FlowProgram, source: KernelSource, threads: number, batch: number): number {
  const rooms = roomsNeeded(source.module);
  return planBytes(program, { rooms, threads, points: mostPoints(program, batch), piecesPerUnit: PIECES_PER_UNIT });
}

/** A whole batch, and else so many points that their answers do not grow large. */
function mostPoints({ d, layers }: FlowProgram, batch: number): number {
  const perPoint = 4 * d * (layers.length + 1);
  const piece = Math.min(MOST_POINTS, Math.max(LANES, LANES * Math.floor(ANSWER_BYTES / perPoint / LANES)));
  return Math.max(batch, piece);
}

export class FlowKernels {
  private shared: SharedMemory;
  private placed: Placed;
  private crew: Crew;
  private piecesPerUnit = PIECES_PER_UNIT;
  private readonly mostPoints: number;

  /** `batch`: points of a training step. */
  constructor(
    readonly program: FlowProgram,
    private readonly source: KernelSource,
    readonly threads: number,
    batch: number,
  ) {
    this.mostPoints = mostPoints(program, batch);
    ({ shared: this.shared, placed: this.placed } = this.plan());
    this.crew = this.hire();
  }

  /** Bytes of the memory that the threads share. */
  get bytes(): number {
    return this.shared.bytes;
  }

  /** Points that one question may have. */
  get piece(): number {
    return this.mostPoints;
  }

  get parameters(): Float32Array {
    return this.vector(this.placed.parameters);
  }

  get firstMoment(): Float32Array {
    return this.vector(this.placed.firstMoment);
  }

  get secondMoment(): Float32Array {
    return this.vector(this.placed.secondMoment);
  }

  get average(): Float32Array {
    return this.vector(this.placed.average);
  }

  /** Copies parameters in, and derives from them what the kernels need. */
  load(parameters: Float32Array): void {
    this.parameters.set(parameters);
    this.prepare();
  }

  /** Whether steps keep an average beside the parameters. */
  set averages(on: boolean) {
    this.shared.words[this.placed.plan / 4 + Plan.Average] = on ? this.placed.average : 0;
  }

  /**
   * Follows n points from stage `from` to stage `to`. `stages` [(count + 1) · n · d] and `logDets` [count · n] (of the maps as they are
   * walked) come in the order of the walk; `total` [n] is the sum of the log-dets, with log p₀ of the last points if `base`.
   */
  walk(
    points: Float32Array,
    from: number,
    to: number,
    wants: { readonly stages: boolean; readonly base: boolean },
  ): { readonly stages: Float32Array; readonly logDets: Float32Array; readonly total: Float32Array } {
    const { d } = this.program;
    const n = points.length / d;
    const count = Math.abs(from - to);
    const { placed, shared } = this;
    this.ask({ points, from, to, base: wants.base, stages: wants.stages });
    this.crew.run("walk");
    return {
      stages: wants.stages ? shared.floatsAt(placed.stages, (count + 1) * n * d).slice() : new Float32Array(0),
      logDets: wants.stages ? shared.floatsAt(placed.logDets, count * n).slice() : new Float32Array(0),
      total: shared.floatsAt(placed.total, n).slice(),
    };
  }

  /**
   * The gradient of Σ byLast · (points at `to`) + Σ byTotal · (log-det of the walk, with log p₀ if `base`) by the points at `from` [n · d],
   * and by the parameters if `learn`.
   */
  pullback(
    points: Float32Array,
    from: number,
    to: number,
    by: { readonly last: Float32Array | null; readonly total: Float32Array; readonly base: boolean },
    learn: boolean,
  ): { readonly byPoints: Float32Array; readonly byParameters: Float32Array | null } {
    const { placed, shared } = this;
    const n = points.length / this.program.d;
    this.ask({ points, from, to, base: by.base, learn, byLast: by.last !== null });
    shared.floatsAt(placed.byTotal, n).set(by.total);
    if (by.last) shared.floatsAt(placed.byLast, points.length).set(by.last);
    this.crew.run("pullback");
    if (learn) this.crew.run("reduce");
    return {
      byPoints: shared.floatsAt(placed.byFirst, points.length).slice(),
      byParameters: learn ? this.vector(placed.gradient).slice() : null,
    };
  }

  /** Mean NLL of a batch (nats) and its gradient, which stays in the memory. */
  likelihood(batch: Float32Array): { readonly loss: number; readonly gradientNorm: number } {
    const { placed, shared } = this;
    const n = batch.length / this.program.d;
    this.ask({ points: batch, from: this.program.layers.length, to: 0, base: true, learn: true });
    this.crew.run("likelihood");
    this.crew.run("reduce");
    let sum = 0;
    const first = placed.losses / 8;
    for (let chunk = 0; chunk < Math.ceil(n / LANES); chunk++) sum += shared.doubles[first + chunk] as number;
    return { loss: sum / n, gradientNorm: this.crew.gradientNorm() };
  }

  /** The gradient that the last {@link likelihood} left. */
  get gradient(): Float32Array {
    return this.vector(this.placed.gradient);
  }

  /** Adam's step along the gradient that the last {@link likelihood} left. */
  update({ step, rate, weightDecay, clipNorm, keep }: StepUpdate): void {
    const record = this.placed.update / 8;
    const { doubles } = this.shared;
    doubles[record + Update.Rate] = rate;
    doubles[record + Update.Correction1] = 1 - BETA1 ** step;
    doubles[record + Update.Correction2] = 1 - BETA2 ** step;
    doubles[record + Update.ClipNorm] = clipNorm;
    doubles[record + Update.WeightDecay] = weightDecay;
    doubles[record + Update.Keep] = keep;
    if (!this.crew.run("update")) this.grow();
  }

  dispose(): void {
    this.crew.end();
  }

  private vector(address: number): Float32Array {
    return this.shared.floatsAt(address, this.program.parameters);
  }

  private plan() {
    const rooms = roomsNeeded(this.source.module);
    return makePlan(this.program, { rooms, threads: this.threads, points: this.mostPoints, piecesPerUnit: this.piecesPerUnit });
  }

  private hire(): Crew {
    const { plan, control } = this.placed;
    return new Crew(this.source, this.shared.memory, plan, control, this.threads, this.source.threadFile);
  }

  private prepare(): void {
    if (!this.crew.run("prepare")) this.grow();
  }

  /** Some network has more pieces than there is room for: everything moves into a memory with twice the room. */
  private grow(): void {
    const former = [this.parameters, this.firstMoment, this.secondMoment, this.average];
    const averages = this.shared.words[this.placed.plan / 4 + Plan.Average] !== 0;
    this.crew.end();
    this.piecesPerUnit *= 2;
    ({ shared: this.shared, placed: this.placed } = this.plan());
    this.averages = averages;
    this.crew = this.hire();
    const moved = [this.parameters, this.firstMoment, this.secondMoment, this.average];
    moved.forEach((vector, i) => {
      vector.set(former[i] as Float32Array);
    });
    this.prepare();
  }

  /** Writes a question and its points. One that is too large is refused before anything is overwritten. */
  private ask(question: {
    readonly points: Float32Array;
    readonly from: number;
    readonly to: number;
    readonly base: boolean;
    readonly stages?: boolean;
    readonly learn?: boolean;
    readonly byLast?: boolean;
  }): void {
    const { points } = question;
    const n = points.length / this.program.d;
    if (n > this.mostPoints) throw new Error(`${n} points in one question; there is room for ${this.mostPoints}`);
    this.shared.floatsAt(this.placed.points, points.length).set(points);
    const { words } = this.shared;
    const at = this.placed.question / 4;
    const { placed } = this;
    words[at + Question.Count] = n;
    words[at + Question.From] = question.from;
    words[at + Question.To] = question.to;
    words[at + Question.Points] = placed.points;
    words[at + Question.Stages] = question.stages ? placed.stages : 0;
    words[at + Question.LogDets] = question.stages ? placed.logDets : 0;
    words[at + Question.Total] = placed.total;
    words[at + Question.Base] = question.base ? 1 : 0;
    words[at + Question.ByLast] = question.byLast ? placed.byLast : 0;
    words[at + Question.ByTotal] = placed.byTotal;
    words[at + Question.ByFirst] = placed.byFirst;
    words[at + Question.Learn] = question.learn ? 1 : 0;
  }
}
