import assert from "node:assert/strict";
import type { PointTrace } from "../../src/protocol/model";
import { steadyRange } from "../../src/webview/views/axis";
import { ofPoint, shortened } from "../../src/webview/views/likelihood";
import { itemsOf, neededRange, notesFor, termName, type WaterfallData } from "../../src/webview/views/waterfall-picture";

function trace(logBase: number, logDets: readonly number[]): PointTrace {
  const logDensities = [logBase];
  for (const logDet of logDets) logDensities.push((logDensities.at(-1) ?? Number.NaN) - logDet);
  return {
    stages: new Float32Array(2 * logDensities.length),
    logDets: Float32Array.from(logDets),
    logBase,
    logDensities: Float32Array.from(logDensities),
    singularValues: null,
    angles: null,
  };
}

const LOG_DETS = [-0.617, -0.514, 0.815, 0, -0.11, -0.176, -0.079, 0.11];
const MOCK = trace(-2.417, LOG_DETS);

function data(point: PointTrace): WaterfallData {
  return {
    likelihood: ofPoint(point, [-2.05, 1.49], "A"),
    layers: [...point.logDets].map(() => ({ type: "coupling", label: "coupling x₂ | x₁" })),
    spread: [...point.logDets].map(() => null),
  };
}

describe("the numbers of a point", () => {
  it("subtract the log-dets from the base term: the sign of the formula is minus", () => {
    const { logBase, sum, logDensity } = ofPoint(MOCK, [-2.05, 1.49], "A");
    assert.ok(Math.abs(sum - -0.571) < 1e-6);
    assert.ok(Math.abs(logBase - sum - logDensity) < 1e-6);
  });

  it("keep three decimals where both printed sums hold", () => {
    const likelihood = ofPoint(MOCK, [-2.05, 1.49], "A");
    assert.equal(likelihood.digits, 3);
    assert.equal(likelihood.exact, true);
  });

  it("take one decimal more where a printed sum does not hold, except in narrow places", () => {
    const likelihood = ofPoint(trace(-2, [0.0004, 0.0004]), [0, 0], null);
    assert.equal(likelihood.digits, 4);
    assert.deepEqual([shortened(likelihood).digits, shortened(likelihood).exact], [3, false]);
  });
});

describe("the waterfall", () => {
  it("shows −log|det J|: a contracting layer raises the density", () => {
    const items = itemsOf(data(MOCK));
    assert.deepEqual(
      items.map((item) => item.value),
      ["−2.417", "+0.617", "+0.514", "−0.815", "0.000", "+0.110", "+0.176", "+0.079", "−0.110", "−1.846"],
    );
    assert.deepEqual(
      items.map((item) => item.sign),
      ["none", "contracts", "contracts", "expands", "none", "contracts", "contracts", "contracts", "expands", "none"],
    );
  });

  it("starts each bar where the last one ends, and ends at log p(x)", () => {
    const items = itemsOf(data(MOCK));
    items.slice(1, -1).forEach((item, i) => {
      assert.equal(item.from, items[i]?.to);
    });
    assert.ok(Math.abs((items.at(-2)?.to ?? 0) - (items.at(-1)?.to ?? 0)) < 1e-6);
  });

  it("goes to stage k for layer k, to the base for the base term and to the data for the result", () => {
    assert.deepEqual(
      itemsOf(data(MOCK)).map((item) => item.stage),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 8],
    );
  });

  it("draws no bar from the first layer on whose log-det is not finite, and says so in words", () => {
    const items = itemsOf(data(trace(-2, [0.5, Number.NaN, 0.25])));
    assert.deepEqual(
      items.map((item) => item.drawable),
      [true, true, false, false, false],
    );
    assert.deepEqual(
      items.map((item) => item.value),
      ["−2.000", "−0.500", "NaN", "−0.250", "NaN"],
    );
  });

  it("places a whisker where the bar would end if the layer did what it does on average", () => {
    const spread = LOG_DETS.map(() => ({ mean: 0.078, sd: 0.5 }));
    const [, first] = itemsOf({ ...data(MOCK), spread });
    assert.ok(first?.whisker);
    assert.ok(Math.abs(first.whisker.middle - (-2.417 - 0.078)) < 1e-9);
  });

  it("draws no whisker for a log-det that is the same everywhere", () => {
    const spread = LOG_DETS.map(() => ({ mean: 0.11, sd: 0 }));
    assert.ok(itemsOf({ ...data(MOCK), spread }).every((item) => item.whisker === null));
  });

  it("does not let one wide whisker flatten all bars", () => {
    const spread = LOG_DETS.map(() => ({ mean: 0, sd: 100 }));
    const items = itemsOf({ ...data(MOCK), spread });
    const bars = neededRange(items, false);
    const all = neededRange(items, true);
    assert.ok(all.high - all.low <= 3 * (bars.high - bars.low) + 1e-9);
  });

  it("names every term with its sign", () => {
    assert.deepEqual(itemsOf(data(trace(-2, [0.5]))).map(termName), ["log p₀(z₀)", "−log |det J₁|", "log p(x)"]);
  });

  it("offers the label of a layer from long to short", () => {
    const given = data(MOCK);
    const layer = itemsOf(given)[1];
    assert.ok(layer);
    assert.deepEqual(notesFor(layer, given).slice(0, 2), ["coupling x₂ | x₁", "coupling"]);
  });
});

describe("an axis", () => {
  it("keeps its range while the values stay inside and use it", () => {
    const kept = { low: 0, high: 10 };
    assert.equal(steadyRange(kept, { low: 1, high: 9 }, 0.1), kept);
  });

  it("takes a new range when a value leaves or little of it is used", () => {
    const kept = { low: 0, high: 10 };
    assert.deepEqual(steadyRange(kept, { low: 0, high: 20 }, 0.1), { low: -2, high: 22 });
    assert.notEqual(steadyRange(kept, { low: 4, high: 5 }, 0.1), kept);
  });

  it("has a width even for a single value", () => {
    const { low, high } = steadyRange(null, { low: 3, high: 3 }, 0.1);
    assert.ok(low < 3 && high > 3);
  });
});
