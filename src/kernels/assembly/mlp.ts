import { activate, activationBackward, SILU } from "./activations";
import { linearByInput, linearMap } from "./products";
import { STRIDE } from "./vector";
import { linearByWeight } from "./weight-gradients";

/**
 * Dense networks on a chunk. A network is a record of 4-byte words: the number of linear layers, the code of the activation between
 * them, and for each linear layer its inputs, its outputs, and where its weight (outputs, inputs) and its bias start, in floats from the
 * start of the parameters and likewise of the gradients.
 *
 * The tape holds each hidden layer's values, or for silu each hidden layer's arguments and then the values of the latest layer.
 */

/** Rows of the tape, which evaluation needs too. */
export function mlpTape(net: usize): i32 {
  let rows = 0;
  for (let l = 0; l + 1 < layersOf(net); l++) rows += outputsOf(net, l);
  return activationOf(net) == SILU ? rows + widest(net) : rows;
}

/** Rows of working space that the backward pass needs. */
export function mlpScratch(net: usize): i32 {
  return widest(net) * (activationOf(net) == SILU ? 3 : 2);
}

/** Writes the network's outputs at x to `raw`. */
export function mlpMap(net: usize, params: usize, x: usize, raw: usize, tape: usize, n: i32): void {
  const code = activationOf(net);
  const last = layersOf(net) - 1;
  const latest = tape + <usize>(mlpTape(net) - widest(net)) * STRIDE; // for silu only
  let h = x;
  for (let l = 0; l < last; l++) {
    linear(net, l, params, h, tape, n);
    h = code == SILU ? latest : tape;
    activate(code, tape, h, outputsOf(net, l), n);
    tape += <usize>outputsOf(net, l) * STRIDE;
  }
  linear(net, last, params, h, raw, n);
}

/**
 * Given the cotangent of the outputs, overwrites that of x and adds the parameters' gradients. `grads` is 0 for frozen parameters, and
 * `byX` is 0 where it is not wanted.
 */
export function mlpBackward(
  net: usize,
  params: usize,
  grads: usize,
  x: usize,
  tape: usize,
  byRaw: usize,
  byX: usize,
  scratch: usize,
  n: i32,
): void {
  const code = activationOf(net);
  const room = <usize>widest(net) * STRIDE;
  let kept = tape + <usize>(mlpTape(net) - (code == SILU ? widest(net) : 0)) * STRIDE;
  let byOut = byRaw;
  let byH = scratch;
  let other = scratch + room;
  for (let l = layersOf(net) - 1; l > 0; l--) {
    const inputs = inputsOf(net, l);
    kept -= <usize>inputs * STRIDE;
    const h = code == SILU ? scratch + 2 * room : kept;
    linearByInput(params + weightOf(net, l), byOut, byH, inputs, outputsOf(net, l), n);
    activationBackward(code, kept, byH, h, inputs, n);
    if (grads != 0) gradient(net, l, grads, byOut, h, n);
    byOut = byH;
    byH = other;
    other = byOut;
  }
  if (grads != 0) gradient(net, 0, grads, byOut, x, n);
  if (byX != 0) linearByInput(params + weightOf(net, 0), byOut, byX, inputsOf(net, 0), outputsOf(net, 0), n);
}

function linear(net: usize, l: i32, params: usize, h: usize, out: usize, n: i32): void {
  linearMap(params + weightOf(net, l), params + biasOf(net, l), h, out, inputsOf(net, l), outputsOf(net, l), n);
}

function gradient(net: usize, l: i32, grads: usize, byOut: usize, h: usize, n: i32): void {
  linearByWeight(byOut, h, grads + weightOf(net, l), grads + biasOf(net, l), inputsOf(net, l), outputsOf(net, l), n);
}

/** Width of the widest hidden layer, 0 without one. */
function widest(net: usize): i32 {
  let width = 0;
  for (let l = 0; l + 1 < layersOf(net); l++) width = max(width, outputsOf(net, l));
  return width;
}

// @ts-expect-error: decorator
@inline
function layersOf(net: usize): i32 {
  return load<i32>(net);
}

// @ts-expect-error: decorator
@inline
function activationOf(net: usize): i32 {
  return load<i32>(net, 4);
}

// @ts-expect-error: decorator
@inline
function inputsOf(net: usize, l: i32): i32 {
  return load<i32>(net + (<usize>l << 4), 8);
}

// @ts-expect-error: decorator
@inline
function outputsOf(net: usize, l: i32): i32 {
  return load<i32>(net + (<usize>l << 4), 12);
}

/** Bytes from the first parameter to the weight. */
// @ts-expect-error: decorator
@inline
function weightOf(net: usize, l: i32): usize {
  return load<u32>(net + (<usize>l << 4), 16) << 2;
}

// @ts-expect-error: decorator
@inline
function biasOf(net: usize, l: i32): usize {
  return load<u32>(net + (<usize>l << 4), 20) << 2;
}
