import assert from "node:assert/strict";
import { toCsv } from "../../src/webview/inspector/csv";

describe("values for other programs", () => {
  it("have a plain minus and a dot, whatever the page shows", () => {
    assert.equal(
      toCsv([
        ["pin", "x"],
        ["A", -2.05],
      ]),
      "pin,x\nA,-2.05\n",
    );
  });

  it("hold enough digits to give back every float32", () => {
    for (let i = 1; i < 500; i++) {
      const value = Math.fround(Math.sin(i * 12.9898) * 10 ** ((i % 9) - 4));
      assert.equal(Math.fround(Number(toCsv([[value]]))), value);
    }
  });

  it("quote names that hold a comma, a quote or a line break", () => {
    assert.equal(toCsv([['mass, "kg"', "a\nb"]]), '"mass, ""kg""","a\nb"\n');
  });

  it("let no name be taken for a formula", () => {
    assert.equal(toCsv([["=1+1", -1]]), "'=1+1,-1\n");
  });

  it("write what is not finite in words that Python and R read", () => {
    assert.equal(toCsv([[Number.NaN, Number.POSITIVE_INFINITY]]), "NaN,Infinity\n");
  });
});
