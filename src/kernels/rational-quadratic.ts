/**
 * The monotone rational-quadratic spline (Durkan et al. 2019, eq. 4–8) from a network's raw numbers to value and log-slope in one pass,
 * and its gradient by hand. Double precision within a point. Its reference in tensor operations is flows/transforms/rqs.ts.
 */
import { type Numbers, Sides, Slopes, type SplineSettings } from "./spline-knots";

export type SplineDirection = "forward" | "inverse";

/** N points, and for each of them K widths' logits, K heights' logits and K − 1 inner slopes, [N · (3K − 1)]. */
export interface SplineInput {
  readonly points: Numbers;
  readonly raw: Numbers;
}

/** For each of the N points its image and the logarithm of the slope there. */
export interface SplineOutput {
  readonly value: Numbers;
  readonly logSlope: Numbers;
}

/** Writes the image of each point. */
export function rationalQuadratic(direction: SplineDirection, settings: SplineSettings, given: SplineInput, image: SplineOutput): void {
  const { points, raw } = given;
  const place = new Place(settings);
  for (let i = 0, from = 0; i < points.length; i++, from += place.size) {
    const point = points[i] as number;
    const doubt = place.doubt(raw, from);
    if (place.isOutside(point)) {
      image.value[i] = point + doubt;
      image.logSlope[i] = doubt;
    } else {
      place.find(direction, point, raw, from);
      image.value[i] = doubt + (direction === "forward" ? place.y : place.z);
      image.logSlope[i] = doubt + (direction === "forward" ? place.logSlope : -place.logSlope);
    }
  }
}

/** Writes the gradient of a scalar by the points and raw numbers, from its gradient by the image. The choice of the bin has none. */
export function rationalQuadraticGradient(
  direction: SplineDirection,
  settings: SplineSettings,
  given: SplineInput,
  byImage: SplineOutput,
  byGiven: SplineInput,
): void {
  const { points, raw } = given;
  const place = new Place(settings);
  for (let i = 0, from = 0; i < points.length; i++, from += place.size) {
    const point = points[i] as number;
    const doubt = place.doubt(raw, from);
    const byValue = (byImage.value[i] as number) + doubt;
    if (place.isOutside(point)) {
      byGiven.points[i] = byValue;
      byGiven.raw.fill(doubt, from, from + place.size);
    } else {
      place.find(direction, point, raw, from);
      byGiven.points[i] = place.gradient(direction, byValue, byImage.logSlope[i] as number, raw, byGiven.raw, from);
    }
  }
}

/** One point in its bin. Overwritten by the next one, so that nothing is allocated for each. */
class Place {
  /** Raw numbers of a point. */
  readonly size: number;
  private readonly bound: number;
  private readonly widths: Sides;
  private readonly heights: Sides;
  private readonly slopes: Slopes;

  private bin = 0;
  private width = 0;
  private height = 0;
  private slopeLeft = 1;
  private slopeRight = 1;
  /** θ, θ(1 − θ), and with s = height / width: numerator and denominator of eq. 4, and the bracket of eq. 5. */
  private theta = 0;
  private product = 0;
  private s = 0;
  private top = 0;
  private bottom = 0;
  private bracket = 0;
  z = 0;
  y = 0;
  /** log dy/dz. */
  logSlope = 0;

  constructor(settings: SplineSettings) {
    const { bins } = settings;
    this.size = 3 * bins - 1;
    this.bound = Math.fround(settings.bound); // as the points are rounded, so that the box ends where it ends in the reference
    const rounded = { ...settings, bound: this.bound };
    this.widths = new Sides(rounded, 0);
    this.heights = new Sides(rounded, bins);
    this.slopes = new Slopes(rounded);
  }

  isOutside(point: number): boolean {
    return Math.abs(point) >= this.bound; // not so for NaN, which goes through the arithmetic and comes out
  }

  /** 0, or NaN if one of the point's raw numbers is not finite: what no bin uses must be seen as well. */
  doubt(raw: Numbers, from: number): number {
    let sum = 0;
    for (let j = from; j < from + this.size; j++) sum += raw[j] as number;
    return 0 * sum;
  }

  find(direction: SplineDirection, at: number, raw: Numbers, from: number): void {
    const { widths, heights, slopes } = this;
    widths.read(raw, from);
    heights.read(raw, from);
    const bin = (direction === "forward" ? widths : heights).binOf(at);
    const zLeft = widths.left(bin);
    const yLeft = heights.left(bin);
    const width = widths.side(bin);
    const height = heights.side(bin);
    const d0 = slopes.at(bin, raw, from);
    const d1 = slopes.at(bin + 1, raw, from);
    const s = height / width;
    const theta = direction === "forward" ? within((at - zLeft) / width) : thetaAt(within((at - yLeft) / height), s, d0, d1);
    const rest = 1 - theta;
    const product = theta * rest;
    const top = s * theta * theta + d0 * product;
    const bottom = s * (1 - 2 * product) + (d0 + d1) * product; // eq. 4's, sorted so that nothing is subtracted
    const bracket = d1 * theta * theta + 2 * s * product + d0 * rest * rest;
    this.bin = bin;
    this.width = width;
    this.height = height;
    this.slopeLeft = d0;
    this.slopeRight = d1;
    this.theta = theta;
    this.product = product;
    this.s = s;
    this.top = top;
    this.bottom = bottom;
    this.bracket = bracket;
    this.z = zLeft + theta * width;
    this.y = yLeft + (height * top) / bottom;
    this.logSlope = Math.log(bracket * (s / bottom) ** 2);
  }

  /** Writes the gradient by the raw numbers of the point that was found last, and returns that by the point. */
  gradient(direction: SplineDirection, byValue: number, byLogSlope: number, raw: Numbers, byRaw: Numbers, from: number): number {
    const { bin, width, height, slopeLeft: d0, slopeRight: d1, theta, product, s, top, bottom, bracket } = this;
    const rest = 1 - theta;
    // r = top / bottom, the share of the height, by θ, s, d₀ and d₁; then ℓ = log(s² bracket / bottom²) by the same.
    const squared = bottom * bottom;
    const rByTheta = (s * bracket) / squared;
    const rByS = (product * (d1 * theta * theta - d0 * rest * rest)) / squared;
    const rByD0 = (product * (s * rest * rest + d1 * product)) / squared;
    const rByD1 = (-product * top) / squared;
    const lByTheta =
      (2 * d1 * theta + 2 * s * (rest - theta) - 2 * d0 * rest) / bracket - (2 * (d0 + d1 - 2 * s) * (rest - theta)) / bottom;
    const lByS = 2 / s + (2 * product) / bracket - (2 * (1 - 2 * product)) / bottom;
    const lByD0 = (rest * rest) / bracket - (2 * product) / bottom;
    const lByD1 = (theta * theta) / bracket - (2 * product) / bottom;

    let byPoint: number;
    let byR: number; // what r passes on to s, d₀ and d₁
    let byL: number;
    let byZLeft: number;
    let byWidth: number;
    let byYLeft: number;
    let byHeight: number;
    if (direction === "forward") {
      byR = byValue * height; // y = yLeft + h r
      byL = byLogSlope;
      byPoint = (byR * rByTheta + byL * lByTheta) / width; // θ = (z − zLeft) / w
      byZLeft = -byPoint;
      byWidth = -byPoint * theta;
      byYLeft = byValue;
      byHeight = (byValue * top) / bottom;
    } else {
      byL = -byLogSlope;
      // θ is the root of r(θ, s, d₀, d₁) = ξ = (y − yLeft) / h, so dθ = (dξ − r_s ds − r_d₀ dd₀ − r_d₁ dd₁) / r_θ; r_θ > 0.
      const byXi = (byValue * width + byL * lByTheta) / rByTheta; // z = zLeft + θ w
      byR = -byXi;
      byPoint = byXi / height;
      byYLeft = -byPoint;
      byHeight = (-byPoint * top) / bottom;
      byZLeft = byValue;
      byWidth = byValue * theta;
    }
    const byS = byR * rByS + byL * lByS;
    this.widths.gradient(bin, byZLeft, byWidth - (byS * s) / width, raw, byRaw, from);
    this.heights.gradient(bin, byYLeft, byHeight + byS / width, raw, byRaw, from);
    this.slopes.gradient(bin, byR * rByD0 + byL * lByD0, byR * rByD1 + byL * lByD1, raw, byRaw, from);
    return byPoint;
  }
}

/** Rounding can carry a point out of its bin. Keeps NaN. */
function within(share: number): number {
  return Math.min(Math.max(share, 0), 1);
}

/** θ from ξ, the root of the quadratic in eq. 6–8 in the form that does not cancel; the discriminant is a sum of squares. See rqs.ts. */
function thetaAt(xi: number, s: number, d0: number, d1: number): number {
  const rest = 1 - xi;
  const e = d0 * rest - d1 * xi;
  const root = Math.abs(e) + Math.sqrt(e * e + 4 * s * s * xi * rest);
  if (e > 0) return (2 * s * xi) / (2 * s * xi + root);
  return root / (2 * s * rest + root);
}
