import { z } from "zod";
import { defineLayer } from "../layer";
import { type ParameterValues, type PerSample, type Points, parameter } from "../shapes";
import { stopGradient, tf } from "../tf";

/** Halvings of the bracket, then Newton steps; together they reach float32 precision for every slope in (0, 1 + |wᵀû|). */
const BISECTIONS = 16;
const NEWTON_STEPS = 4;
/** Keeps the division by ‖w‖² finite when w is zero (the layer is then the identity). */
const TINY = 1e-12;

/**
 * w as [d, 1], û as [1, d], 1 + wᵀû and b. 1 + wᵀû = log(1 + e^{wᵀu}) > 0 keeps the map invertible (Rezende and Mohamed 2015, A.1); it is
 * not found from û, where rounding could make it negative.
 */
function constrained(values: ParameterValues) {
  const w = parameter(values, "w").reshape([-1, 1]) as tf.Tensor2D;
  const u = parameter(values, "u").reshape([1, -1]) as tf.Tensor2D;
  const wu = tf.matMul(u, w).reshape([]);
  const norm = w.square().sum().add(TINY);
  const uHat = u.add(wu.softplus().sub(1).sub(wu).div(norm).mul(w.transpose())) as tf.Tensor2D;
  const missing = tf.scalar(TINY).div(norm); // share of the constraint that w = 0 leaves out
  const lift = wu.softplus().mul(tf.scalar(1).sub(missing)).add(wu.add(1).mul(missing));
  return { w, uHat, lift, b: parameter(values, "b") };
}

/** 1 + wᵀû (1 − tanh²) as a sum of what is not negative. */
function slopeAt(tanh: tf.Tensor, lift: tf.Tensor): tf.Tensor {
  const square = tanh.square();
  return square.add(tf.scalar(1).sub(square).mul(lift));
}

function logSlope(tanh: tf.Tensor, lift: tf.Tensor): PerSample {
  return slopeAt(tanh, lift).log().reshape([-1]) as PerSample;
}

/** Solves a + wᵀû tanh(a + b) = c for a, elementwise. The left side rises, and a lies within |wᵀû| of c. */
function solve(c: tf.Tensor, lift: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const wuHat = lift.sub(1);
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
  for (let i = 0; i < NEWTON_STEPS; i++) a = newton(a, c, lift, b);
  return a;
}

function newton(a: tf.Tensor, c: tf.Tensor, lift: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const tanh = a.add(b).tanh();
  return a.sub(
    a
      .add(tanh.mul(lift.sub(1)))
      .sub(c)
      .div(slopeAt(tanh, lift)),
  );
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
  lower: () => ({ kind: "planar" }),
  forward(points, values) {
    const { w, uHat, lift, b } = constrained(values);
    const tanh = tf.matMul(points, w).add(b).tanh();
    return { points: points.add(tf.matMul(tanh as tf.Tensor2D, uHat)) as Points, logDet: logSlope(tanh, lift) };
  },
  inverse(points, values) {
    const { w, uHat, lift, b } = constrained(values);
    const c = tf.matMul(points, w);
    // The root is found outside the tape; one more Newton step inside it carries the exact gradient (implicit function theorem).
    const a = newton(
      stopGradient(() => solve(c, lift, b)),
      c,
      lift,
      b,
    );
    const tanh = a.add(b).tanh();
    return { points: points.sub(tf.matMul(tanh as tf.Tensor2D, uHat)) as Points, logDet: logSlope(tanh, lift).neg() as PerSample };
  },
});
