import assert from "node:assert/strict";
import type { Progress } from "../../src/protocol/model";
import { lossRange, needsLogarithm, normRange, recordSpacing, thinned } from "../../src/webview/views/training-series";

function record(step: number, loss: number, more: Partial<Progress> = {}): Progress {
  return { step, loss, lossLow: loss - 0.1, lossHigh: loss + 0.1, validation: null, gradientNorm: 2, learningRate: 1e-3, ...more };
}

describe("thinning a training curve", () => {
  it("leaves a short curve as it is", () => {
    const history = [record(25, 3), record(50, 2.5)];
    assert.equal(thinned(history), history);
  });

  it("keeps the range of every record, so that no peak is lost", () => {
    const history = Array.from({ length: 2000 }, (_, i) => record(25 * (i + 1), 2.4, i === 777 ? { lossHigh: 90, lossLow: -90 } : {}));
    const short = thinned(history, 100);
    assert.ok(short.length <= 100);
    assert.equal(Math.max(...short.map((entry) => entry.lossHigh)), 90);
    assert.equal(Math.min(...short.map((entry) => entry.lossLow)), -90);
  });

  it("ends at the last step and keeps the newest validation of each group", () => {
    const history = Array.from({ length: 10 }, (_, i) => record(i + 1, i, { validation: i % 4 === 0 ? i : null }));
    const short = thinned(history, 5);
    assert.equal(short.at(-1)?.step, 10);
    assert.deepEqual(
      short.map((entry) => entry.validation),
      [0, null, 4, null, 8],
    );
  });

  it("says how many steps one record stands for", () => {
    assert.equal(recordSpacing([record(25, 1), record(50, 1), record(75, 1)]), 25);
    assert.equal(recordSpacing([record(10, 1)]), 10);
    assert.equal(recordSpacing([]), 0);
  });
});

describe("the range of losses", () => {
  const settled = Array.from({ length: 200 }, (_, i) => record(25 * (i + 1), 2.4 + 0.5 * Math.exp(-i / 30)));

  it("ignores an explosion in the first steps", () => {
    const range = lossRange([record(1, 4000), record(2, 900), ...settled], 2.35);
    assert.ok(range && range.high < 3.2 && range.low < 2.4);
  });

  it("shows the floor while it is near, and lets it go when it would flatten the curve", () => {
    assert.ok((lossRange(settled, 2.2)?.low ?? 9) < 2.2);
    assert.ok((lossRange(settled, -50)?.low ?? 0) > 2);
  });

  it("survives losses that are not finite", () => {
    const range = lossRange([...settled, record(9999, Number.NaN, { lossLow: Number.NaN, lossHigh: Number.POSITIVE_INFINITY })], null);
    assert.ok(range && Number.isFinite(range.low) && Number.isFinite(range.high));
    assert.equal(lossRange([record(1, Number.NaN, { lossLow: Number.NaN, lossHigh: Number.NaN })], null), null);
  });
});

describe("the strips below", () => {
  it("give the gradient norm a range from zero that one spike does not raise", () => {
    const history = Array.from({ length: 200 }, (_, i) => record(i + 1, 2, { gradientNorm: i === 50 ? 1e6 : 2 }));
    assert.deepEqual(normRange(history), { low: 0, high: 2.5 });
  });

  it("become logarithmic for a learning rate over more than a decade and a half", () => {
    const rates = (last: number) => Array.from({ length: 100 }, (_, i) => record(i + 1, 2, { learningRate: 1e-3 * last ** (i / 99) }));
    assert.equal(needsLogarithm(rates(0.2)), false);
    assert.equal(needsLogarithm(rates(1e-4)), true);
  });
});
