import assert from "node:assert/strict";
import {
  addsUp,
  agreeingDigits,
  commonDigits,
  compact,
  coordinate,
  integer,
  level,
  power,
  powerOfTen,
  signed,
  sized,
  subscript,
} from "../../src/webview/format";

describe("level", () => {
  it("uses the real minus sign, not the hyphen", () => {
    assert.equal(level(-1.8461, 3), "\u22121.846");
    assert.ok(!level(-1.8461, 3).includes("-"));
  });

  it("gives a positive level no sign", () => {
    assert.equal(level(1.49, 2), "1.49");
  });

  it("keeps trailing zeros, so that decimal points stand under each other", () => {
    assert.equal(level(1, 4), "1.0000");
    assert.equal(level(-2, 3), "−2.000");
  });

  it("separates thousands with commas, and only in the whole part", () => {
    assert.equal(level(1234567.891, 3), "1,234,567.891");
    assert.equal(level(-1000, 0), "−1,000");
    assert.equal(level(999.5, 1), "999.5");
    assert.equal(level(0.123456, 6), "0.123456");
  });

  it("writes zero without a sign, exact or rounded, from either side", () => {
    assert.equal(level(0, 3), "0.000");
    assert.equal(level(-0, 3), "0.000");
    assert.equal(level(-0.0004, 3), "0.000");
    assert.equal(level(-0.0006, 3), "−0.001");
  });

  it("rounds up into a new digit", () => {
    assert.equal(level(9.9996, 3), "10.000");
    assert.equal(level(999.9996, 3), "1,000.000");
  });

  it("writes what is not finite as a word", () => {
    assert.equal(level(Number.NaN, 3), "NaN");
    assert.equal(level(Number.POSITIVE_INFINITY, 3), "infinite");
    assert.equal(level(Number.NEGATIVE_INFINITY, 3), "−infinite");
  });

  it("turns to powers where a row of digits would say nothing", () => {
    assert.equal(level(1.5e12, 3), "1.5 × 10¹²");
    assert.equal(level(-2e9, 3), "−2.0 × 10⁹");
    assert.equal(level(999_999_999, 0), "999,999,999");
  });
});

describe("signed", () => {
  it("carries the sign of a change in both directions", () => {
    assert.equal(signed(0.617, 3), "+0.617");
    assert.equal(signed(-0.815, 3), "−0.815");
  });

  it("gives zero no sign, exact or rounded", () => {
    assert.equal(signed(0, 3), "0.000");
    assert.equal(signed(-0, 3), "0.000");
    assert.equal(signed(0.0004, 3), "0.000");
    assert.equal(signed(-0.0004, 3), "0.000");
    assert.equal(signed(0.0005, 4), "+0.0005");
  });

  it("signs large changes and infinity, but not NaN", () => {
    assert.equal(signed(12345.6, 1), "+12,345.6");
    assert.equal(signed(3e10, 3), "+3.0 × 10¹⁰");
    assert.equal(signed(Number.POSITIVE_INFINITY, 3), "+infinite");
    assert.equal(signed(Number.NEGATIVE_INFINITY, 3), "−infinite");
    assert.equal(signed(Number.NaN, 3), "NaN");
  });
});

describe("integer and compact", () => {
  it("count with commas", () => {
    assert.equal(integer(4096), "4,096");
    assert.equal(integer(7), "7");
    assert.equal(integer(-1234), "−1,234");
    assert.equal(integer(3436.7), "3,437");
  });

  it("shorten thousands and millions for axes", () => {
    assert.deepEqual([0, 500, 1000, 2500, 10_000, 1_000_000, 2_500_000].map(compact), ["0", "500", "1k", "2.5k", "10k", "1M", "2.5M"]);
  });

  it("do not print the noise of binary fractions on an axis", () => {
    assert.equal(compact(0.1 + 0.2), "0.3");
    assert.equal(compact(-1500), "−1.5k");
  });
});

describe("power", () => {
  it("has two significant digits and raised exponents", () => {
    assert.equal(power(3.4e-6), "3.4 × 10⁻⁶");
    assert.equal(power(2.2e-4), "2.2 × 10⁻⁴");
    assert.equal(power(-3.47e-10), "−3.5 × 10⁻¹⁰");
    assert.equal(power(6.02e23), "6.0 × 10²³");
  });

  it("takes the number of significant digits", () => {
    assert.equal(power(12346, 4), "1.235 × 10⁴");
    assert.equal(power(3e-6, 1), "3 × 10⁻⁶");
  });

  it("moves the exponent where the mantissa rounds up to ten", () => {
    assert.equal(power(9.96e-6), "1.0 × 10⁻⁵");
  });

  it("writes zero as zero and words for what is not finite", () => {
    assert.equal(power(0), "0");
    assert.equal(power(Number.NaN), "NaN");
    assert.equal(power(Number.POSITIVE_INFINITY), "infinite");
  });

  it("stands alone as a bound", () => {
    assert.equal(powerOfTen(-5), "10⁻⁵");
    assert.equal(powerOfTen(12), "10¹²");
  });
});

describe("sized", () => {
  it("keeps about three digits near one, and turns to powers far from it", () => {
    assert.deepEqual([2.4, 12.34, 345.6, 1234.5].map(sized), ["2.40", "12.3", "346", "1,235"]);
    assert.deepEqual([0.001, 2.2e-4, 1.5e7].map(sized), ["1.0 × 10⁻³", "2.2 × 10⁻⁴", "1.5 × 10⁷"]);
  });

  it("does not print more digits when rounding reaches the next size", () => {
    assert.equal(sized(9.996), "10.0");
    assert.equal(sized(99.96), "100");
  });

  it("handles zero and words", () => {
    assert.equal(sized(0), "0.00");
    assert.equal(sized(Number.NaN), "NaN");
  });
});

describe("coordinate", () => {
  it("is plain for the usual sizes", () => {
    assert.equal(coordinate(-2.05, 2), "−2.05");
    assert.equal(coordinate(15230.5, 2), "15,230.50");
    assert.equal(coordinate(0, 3), "0.000");
  });

  it("does not hide a small coordinate behind zeros", () => {
    assert.equal(coordinate(0.0004, 2), "4.0 × 10⁻⁴");
    assert.equal(coordinate(2.5e7, 2), "2.5 × 10⁷");
  });

  it("reads rounding noise as zero", () => {
    assert.equal(coordinate(1e-17, 3), "0.000");
  });
});

describe("subscript", () => {
  it("lowers every digit", () => {
    assert.equal(`z${subscript(0)}`, "z₀");
    assert.equal(`f${subscript(128)}`, "f₁₂₈");
  });
});

describe("agreeingDigits", () => {
  it("stays at three where the rounded terms add up", () => {
    assert.equal(agreeingDigits([-2.417, 0.571], -1.846), 3);
  });

  it("takes one digit more where they do not", () => {
    // 0.333 + 0.333 + 0.333 = 0.999, but the total prints as 1.000
    const third = 0.33335;
    assert.equal(addsUp({ terms: [third, third, third], total: 3 * third }, 3), false);
    assert.equal(agreeingDigits([0.0004, 0.0004], 0.0008), 4);
  });

  it("goes on to six digits and no further", () => {
    assert.equal(agreeingDigits([0.0000004, 0.0000004], 0.0000008), 3); // first agrees again at seven
    assert.equal(agreeingDigits([0.10004, 0.20004], 0.30008), 3);
    assert.equal(agreeingDigits([0.0004004, 0.0004004], 0.0008008), 4);
  });

  it("stays at three where no number of digits helps, and says so as null among sums", () => {
    assert.equal(agreeingDigits([1, 1], 2.5), 3);
    assert.equal(commonDigits([{ terms: [1, 1], total: 2.5 }]), null);
  });

  it("finds digits at which several sums agree at once", () => {
    const first = { terms: [0.0004, 0.0004], total: 0.0008 };
    const second = { terms: [1.5, 2.25], total: 3.75 };
    assert.equal(commonDigits([second]), 3);
    assert.equal(commonDigits([first, second]), 4);
  });

  it("agrees with what is printed for many random sums", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const terms = Array.from({ length: 9 }, (_, i) => Math.sin(seed * 12.9898 + i * 78.233) * 2);
      const total = terms.reduce((sum, term) => sum + term, 0);
      const digits = commonDigits([{ terms, total }]);
      if (digits === null) continue;
      const printed = terms.map((term) => Number(signed(term, digits).replace("−", "-")));
      const sum = printed.reduce((partial, term) => partial + term, 0);
      assert.equal(level(sum, digits), level(total, digits), `seed ${seed}`);
    }
  });

  it("lets no sum with NaN or infinity add up", () => {
    assert.equal(agreeingDigits([Number.NaN, 1], Number.NaN), 3);
    assert.equal(commonDigits([{ terms: [Number.POSITIVE_INFINITY], total: Number.POSITIVE_INFINITY }]), null);
  });

  it("holds for an empty sum", () => {
    assert.equal(agreeingDigits([], 0), 3);
  });
});
