/** The formula log p(x) = log p₀(z₀) − Σ log|det ∂f_k/∂z_{k−1}| in MathML, each term above its number. */
import { make, setClass, setText } from "../dom";
import { level, signed } from "../format";
import { math } from "./drawing";
import type { Likelihood } from "./likelihood";

export interface Formula {
  readonly element: HTMLElement;
  /** Fills the numbers in; null leaves the formula in symbols. `layers` is K. */
  draw(likelihood: Likelihood | null, layers: number): void;
  /** Lights the base term (0), the sum (1…K) or nothing (null). */
  light(layer: number | null): void;
}

export function createFormula(): Formula {
  const upper = symbol("K");
  const density = makeTerm(symbol("log"), space(), symbol("p"), argument(symbol("x")));
  const base = makeTerm(symbol("log"), space(), sub(symbol("p"), number("0")), argument(sub(symbol("z"), number("0"))));
  const sum = makeTerm(...sumOfLogDets(upper));
  base.cell.dataset.layer = "0";
  const equals = makeSign("=");
  const minus = makeSign("−");
  const element = make("div", "formula");
  for (const { cell, value } of [density, equals, base, minus, sum]) element.append(cell, value);

  function draw(likelihood: Likelihood | null, layers: number): void {
    setText(upper, layers > 0 ? String(layers) : "K");
    setClass(element, "in-symbols", likelihood === null);
    const digits = likelihood?.digits ?? 0;
    fill(density.value, likelihood?.logDensity, (x) => level(x, digits));
    fill(base.value, likelihood?.logBase, (x) => level(x, digits));
    fill(sum.value, likelihood?.sum, (x) => `(${signed(x, digits)})`);
    setText(equals.value, likelihood ? "=" : "");
    setText(minus.value, likelihood ? "−" : "");
  }

  function light(layer: number | null): void {
    setClass(base.cell, "lit", layer === 0);
    setClass(base.value, "lit", layer === 0);
    setClass(sum.cell, "lit", layer !== null && layer > 0);
    setClass(sum.value, "lit", layer !== null && layer > 0);
  }
  return { element, draw, light };
}

function fill(element: Element, value: number | undefined, print: (x: number) => string): void {
  setText(element, value === undefined ? "" : print(value));
  setClass(element, "not-finite", value !== undefined && !Number.isFinite(value));
}

function makeTerm(...symbols: readonly Element[]) {
  return { cell: make("span", "formula-term", math("math", ...symbols)), value: make("span", "formula-value") };
}

function makeSign(sign: string) {
  return {
    cell: make("span", "formula-sign", math("math", math("mo", sign))),
    value: make("span", "formula-value sign"),
  };
}

function sumOfLogDets(upper: Element): readonly Element[] {
  const lower = math("mrow", symbol("k"), tight("="), number("1"));
  const total = math("munderover", math("mo", "∑"), lower, upper);
  const sigma = math("mstyle", total);
  sigma.setAttribute("displaystyle", "true"); // limits below and above, not beside
  const partial = (of: Element) => math("mrow", upright("∂"), of);
  const previous = math("mrow", symbol("k"), tight("−"), number("1"));
  return [
    sigma,
    symbol("log"),
    bar(),
    upright("det"),
    space(),
    partial(sub(symbol("f"), symbol("k"))),
    math("mo", "/"),
    partial(sub(symbol("z"), previous)),
    bar(),
  ];
}

function symbol(name: string): Element {
  return math("mi", name);
}

/** A name that is not slanted; `mi` slants single letters only. */
function upright(name: string): Element {
  const element = math("mi", name);
  element.setAttribute("mathvariant", "normal");
  return element;
}

function number(digits: string): Element {
  return math("mn", digits);
}

function sub(base: Element, index: Element): Element {
  return math("msub", base, index);
}

function argument(of: Element): Element {
  return math("mrow", tight("("), of, tight(")"));
}

/** An operator without the space that it has between full-size terms. */
function tight(sign: string): Element {
  return operator(sign, "0");
}

function bar(): Element {
  return operator("|", "0.12em");
}

function operator(sign: string, spaceAround: string): Element {
  const element = math("mo", sign);
  element.setAttribute("stretchy", "false");
  element.setAttribute("lspace", spaceAround);
  element.setAttribute("rspace", spaceAround);
  return element;
}

function space(): Element {
  const element = math("mspace");
  element.setAttribute("width", "0.17em");
  return element;
}
