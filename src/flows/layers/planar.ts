import { z } from "zod";
import { defineLayer } from "../layer";
import { type ParameterValues, type PerSample, type Points, parameter } from "../shapes";
import { stopGradient, tf } from "../tf";

/** Halvings of the bracket, then Newton steps; together they reach float32 precision for every slope in (0, 1 + |wᵀû|). */
const BISECTIONS = 16;
const NEWTON_STEPS = 4;
/** Keeps the division by ‖w‖² finite when w is zero (the layer is then the identity). */
const TINY = 1e-12;

/** w as [d, 1], û as [1, d] with wᵀû > −1, which keeps the map invertible (Rezende and Mohamed 2015, A.1), wᵀû and b. */
function constrained(values: ParameterValues) {
  const w = parameter(values, "w").reshape([-1, 1]) as tf.Tensor2D;
  const u = parameter(values, "u").reshape([1, -1]) as tf.Tensor2D;
  const wu = tf.matMul(u, w);
  const uHat = u.add(wu.softplus().sub(1).sub(wu).div(w.square().sum().add(TINY)).mul(w.transpose())) as tf.Tensor2D;
  return { w, uHat, wuHat: tf.matMul(uHat, w).reshape([]), b: parameter(values, "b") };
}

/** log|1 + wᵀû (1 − tanh²)|, [n]; the argument is positive because wᵀû > −1. */
function logSlope(tanh: tf.Tensor, wuHat: tf.Tensor): PerSample {
  return tf.scalar(1).sub(tanh.square()).mul(wuHat).add(1).log().reshape([-1]) as PerSample;
}

/** Solves a + wᵀû tanh(a + b) = c for a, elementwise. The left side rises, and a lies within |wᵀû| of c. */
function solve(c: tf.Tensor, wuHat: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const reach = wuHat.abs();
  let low = c.sub(reach);
  let width = reach.mul(2);
  for (let i = 0; i < BISECTIONS; i++) {
    width = width.mul(0.5);
    const middle = low.add(width);
    const below = tf.step(c.sub(middle.add(middle.add(b).tanh().mul(wuHat))));
    low = low.add(below.mul(width));
  }
  let a = low.add(width.mul(0.5));
  for (let i = 0; i < NEWTON_STEPS; i++) a = newton(a, c, wuHat, b);
  return a;
}

function newton(a: tf.Tensor, c: tf.Tensor, wuHat: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const tanh = a.add(b).tanh();
  const slope = tf.scalar(1).sub(tanh.square()).mul(wuHat).add(1);
  return a.sub(a.add(tanh.mul(wuHat)).sub(c).div(slope));
}

export const planar = defineLayer({
  type: "planar",
  title: "Planar",
  summary: "Pushes the space along one direction, more or less on the two sides of a plane, and so splits or squeezes a density there.",
  formula: "y = z + û tanh(wᵀz + b),  û = u + (log(1 + e^{wᵀu}) − 1 − wᵀu) w/‖w‖²",
  logDet: "log|1 + wᵀû (1 − tanh²(wᵀz + b))|",
  inverseBy: { kind: "root-find", how: "one monotone scalar equation for wᵀz: bisection, then Newton" },
  reference: {
    cite: "Rezende and Mohamed 2015, Variational inference with normalizing flows, eq. 10–12, A.1",
    url: "https://arxiv.org/abs/1505.05770",
  },
  config: z.object({
    activation: z.enum(["tanh"]).default("tanh").describe("The only one of the paper with a simple condition for invertibility."),
  }),
  examples: [{ config: {}, dims: [1, 2, 3, 8] }],
  parameters: (_config, { d }) => ({
    w: { shape: [d], init: { kind: "normal", sd: 1 / Math.sqrt(d) }, doc: "normal of the plane" },
    u: { shape: [d], init: { kind: "normal", sd: 0.1 }, doc: "direction of the push, before the constraint" },
    b: { shape: [], init: { kind: "normal", sd: 0.5 }, doc: "offset of the plane" },
  }),
  forward(points, values) {
    const { w, uHat, wuHat, b } = constrained(values);
    const tanh = tf.matMul(points, w).add(b).tanh();
    return { points: points.add(tf.matMul(tanh as tf.Tensor2D, uHat)) as Points, logDet: logSlope(tanh, wuHat) };
  },
  inverse(points, values) {
    const { w, uHat, wuHat, b } = constrained(values);
    const c = tf.matMul(points, w);
    // The root is found outside the tape; one more Newton step inside it carries the exact gradient (implicit function theorem).
    const a = newton(
      stopGradient(() => solve(c, wuHat, b)),
      c,
      wuHat,
      b,
    );
    const tanh = a.add(b).tanh();
    return { points: points.sub(tf.matMul(tanh as tf.Tensor2D, uHat)) as Points, logDet: logSlope(tanh, wuHat).neg() as PerSample };
  },
});
