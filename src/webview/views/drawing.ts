/** SVG and MathML nodes, made and changed one by one; attributes are written only where they differ. */

const SVG = "http://www.w3.org/2000/svg";
const MATHML = "http://www.w3.org/1998/Math/MathML";

export type Attributes = Readonly<Record<string, string | number>>;

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** A MathML element, e.g. `math("msub", math("mi", "z"), math("mn", "0"))`. */
export function math(tag: string, ...children: readonly (Node | string)[]): Element {
  const element = document.createElementNS(MATHML, tag);
  element.append(...children);
  return element;
}

export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    const text = typeof value === "number" ? String(Math.round(value * 100) / 100) : value; // a hundredth of a pixel is enough
    if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

/** A picture that repeats what the text beside it says. */
export function decoration(className: string, viewBox: string, ...children: readonly Node[]): SVGSVGElement {
  return svg("svg", { class: className, viewBox, "aria-hidden": "true", focusable: "false" }, ...children);
}

const GLYPHS = {
  passed: "M2.5 8.5 6.3 12.2 13.5 4.5",
  doubtful: "M8 2.2 14.6 13.8 1.4 13.8Z M8 6.2V10 M8 11.4V12.3",
  chevron: "M5.7 3.2 10.5 8 5.7 12.8",
  copy: "M5.5 4.5h7v9h-7Z M3.5 11.5v-9h7",
  remove: "M4 4 12 12 M12 4 4 12",
} as const;

/** A line icon of 16 units; decoration only, so the element around it needs a name. */
export function glyph(name: keyof typeof GLYPHS): SVGSVGElement {
  return decoration(`glyph glyph-${name}`, "0 0 16 16", svg("path", { d: GLYPHS[name] }));
}
