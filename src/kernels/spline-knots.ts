/** What a network's raw numbers say about a spline: sides and edges of its bins, slopes at its knots, and the gradients of these. */

export type Numbers = Float32Array | Float64Array;

export interface SplineSettings {
  readonly bins: number;
  readonly bound: number;
  readonly minBin: number;
  readonly minSlope: number;
  readonly param: "nsf" | "zuko";
  /** Factor on the logits of widths and heights; zuko has none. */
  readonly logitScale: number;
}

/** zuko clips raw widths, heights and slopes softly by log(1e-3). */
const ZUKO_CLIP = -Math.log(1e-3);

/** The bins along one axis. Overwritten by those of the next point, so that nothing is allocated for each. */
export class Sides {
  /** What softmax gives each bin beyond the smallest side, in units of the points. It adds up to `room`. */
  private readonly excess: Float64Array;
  private readonly smallest: number;
  private readonly room: number;
  private readonly bound: number;
  private readonly scale: number;
  private readonly clip: number;

  /** The K logits start at `first` among the point's raw numbers. */
  constructor(
    { bins, bound, minBin, param, logitScale }: SplineSettings,
    private readonly first: number,
  ) {
    this.excess = new Float64Array(bins);
    this.bound = bound;
    this.smallest = param === "zuko" ? 0 : 2 * bound * minBin;
    this.room = 2 * bound - bins * this.smallest;
    this.scale = param === "zuko" ? 1 : logitScale;
    this.clip = param === "zuko" ? ZUKO_CLIP / 2 : Number.POSITIVE_INFINITY;
  }

  read(raw: Numbers, from: number): void {
    const { excess, scale, clip } = this;
    const start = from + this.first;
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < excess.length; k++) {
      const logit = scale * clipped(raw[start + k] as number, clip);
      excess[k] = logit;
      if (logit > largest) largest = logit;
    }
    let total = 0;
    for (let k = 0; k < excess.length; k++) {
      const weight = Math.exp((excess[k] as number) - largest);
      excess[k] = weight;
      total += weight;
    }
    for (let k = 0; k < excess.length; k++) excess[k] = (excess[k] as number) * (this.room / total);
  }

  side(bin: number): number {
    return this.smallest + (this.excess[bin] as number);
  }

  /** Left edge of a bin. */
  left(bin: number): number {
    let edge = -this.bound;
    for (let k = 0; k < bin; k++) edge += this.side(k);
    return edge;
  }

  /** The bin that holds `at`; a knot belongs to the bin on its left. The first bin is open to the left, the last to the right. */
  binOf(at: number): number {
    let bin = 0;
    let right = this.side(0) - this.bound;
    while (bin < this.excess.length - 1 && at > right) right += this.side(++bin);
    return bin;
  }

  /** Writes the gradient by the logits of a scalar that depends on the left edge of a bin (all sides before it) and on its own side. */
  gradient(bin: number, byLeft: number, bySide: number, raw: Numbers, byRaw: Numbers, from: number): void {
    const { excess, room, scale, clip } = this;
    const start = from + this.first;
    let before = 0;
    for (let k = 0; k < bin; k++) before += excess[k] as number;
    const mean = (byLeft * before + bySide * (excess[bin] as number)) / room;
    for (let k = 0; k < excess.length; k++) {
      const own = k < bin ? byLeft : k === bin ? bySide : 0;
      byRaw[start + k] = (excess[k] as number) * (own - mean) * scale * clippedSlope(raw[start + k] as number, clip);
    }
  }
}

/** The slopes at the knots: 1 at the two ends, and K − 1 raw numbers for those between. */
export class Slopes {
  private readonly first: number;

  constructor(private readonly settings: SplineSettings) {
    this.first = 2 * settings.bins;
  }

  /** Slope at knot j = 0 … K. */
  at(j: number, raw: Numbers, from: number): number {
    const { bins, param, minSlope } = this.settings;
    if (j === 0 || j === bins) return 1;
    const a = raw[from + this.first + j - 1] as number;
    return param === "zuko" ? Math.exp(clipped(a, ZUKO_CLIP)) : minSlope + softplus(a);
  }

  /** Writes the gradient by all K − 1 raw numbers of a scalar that depends on the slopes at the left and right edge of a bin. */
  gradient(bin: number, byLeft: number, byRight: number, raw: Numbers, byRaw: Numbers, from: number): void {
    const start = from + this.first;
    const { bins } = this.settings;
    byRaw.fill(0, start, start + bins - 1);
    if (bin > 0) byRaw[start + bin - 1] = byLeft * this.slopeOf(raw[start + bin - 1] as number);
    if (bin + 1 < bins) byRaw[start + bin] = byRight * this.slopeOf(raw[start + bin] as number);
  }

  /** How the slope at a knot follows its raw number. */
  private slopeOf(a: number): number {
    if (this.settings.param === "zuko") return Math.exp(clipped(a, ZUKO_CLIP)) * clippedSlope(a, ZUKO_CLIP);
    return 1 / (1 + Math.exp(-a));
  }
}

/** a / (1 + |a| / clip), which stays within ±clip; a itself where clip is infinite. */
function clipped(a: number, clip: number): number {
  return a / (1 + Math.abs(a) / clip);
}

function clippedSlope(a: number, clip: number): number {
  return (1 + Math.abs(a) / clip) ** -2;
}

function softplus(a: number): number {
  return Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));
}
