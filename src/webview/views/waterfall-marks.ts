/** The waterfall's SVG nodes: made once for each item, then only moved. */
import { setClass, setText } from "../dom";
import { setAttributes, svg } from "./drawing";
import type { Item, ItemPicture, TextMark, WaterfallPicture } from "./waterfall-picture";

export interface ItemNodes {
  readonly group: SVGGElement;
  readonly title: SVGTitleElement;
  readonly hit: SVGRectElement;
  readonly bar: SVGRectElement;
  readonly connector: SVGPathElement;
  readonly whisker: SVGPathElement;
  readonly value: SVGTextElement;
  readonly label: SVGTextElement;
  readonly note: SVGTextElement;
  stage: number;
  layer: number | null;
}

export function makeItem(): ItemNodes {
  const title = svg("title");
  const hit = svg("rect", { class: "hit", rx: 3 });
  const connector = svg("path", { class: "connector" });
  const bar = svg("rect");
  const whisker = svg("path", { class: "whisker" });
  const value = svg("text", { class: "value" });
  const label = svg("text", { class: "label" });
  const note = svg("text", { class: "layer-note" });
  const group = svg("g", { class: "waterfall-item", role: "button" }, title, hit, connector, bar, whisker, value, " ", label, " ", note);
  return { group, title, hit, bar, connector, whisker, value, label, note, stage: 0, layer: null };
}

export function placeItem(nodes: ItemNodes, item: Item, picture: ItemPicture, description: string): void {
  nodes.stage = item.stage;
  nodes.layer = item.layer;
  // The name begins with the words that are seen, so that it can be spoken to voice control.
  const seen = [picture.value, picture.label, picture.note].map((mark) => mark.text).filter((text) => text !== "");
  setAttributes(nodes.group, { "data-kind": item.kind, "aria-label": `${seen.join(" ")}: ${description}` });
  setText(nodes.title, description);
  setAttributes(nodes.hit, { ...picture.hit });
  const kind = item.kind !== "layer" ? "level" : item.sign === "none" ? "tick" : "bar";
  setAttributes(nodes.bar, { class: `${kind} ${item.sign}`, rx: kind === "bar" ? 2 : 1, ...(picture.bar ?? { width: 0, height: 0 }) });
  setAttributes(nodes.connector, { d: picture.connector });
  setAttributes(nodes.whisker, { d: picture.whisker });
  placeText(nodes.value, picture.value);
  setClass(nodes.value, "crowded", picture.crowded);
  setClass(nodes.value, "not-finite", !item.finite);
  placeText(nodes.label, picture.label);
  placeText(nodes.note, picture.note);
}

export function makeGrid(): SVGGElement {
  return svg("g", {}, svg("path"), svg("text"));
}

/** As many lines as there are ticks, moved to their places. */
export function placeGrid(layer: SVGGElement, makeLine: () => SVGGElement, grid: WaterfallPicture["grid"]): void {
  while (layer.childElementCount < grid.length) layer.append(makeLine());
  while (layer.childElementCount > grid.length) layer.lastElementChild?.remove();
  grid.forEach(({ path, text }, i) => {
    const [line, label] = layer.children[i]?.children ?? [];
    if (line) setAttributes(line, { d: path });
    if (label) placeText(label, text);
  });
}

function placeText(node: Element, mark: TextMark): void {
  setAttributes(node, { x: mark.x, y: mark.y, "text-anchor": mark.anchor });
  setText(node, mark.text);
}
