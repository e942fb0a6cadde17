/** How log p₀(z₀) becomes log p(x): one floating bar for each layer's −log|det J_k|. Columns where wide, rows where narrow. */
import { make, setClass, setText } from "../dom";
import { level } from "../format";
import type { Host } from "../host";
import type { Store, ViewModel } from "../store";
import { type Range, steadyRange } from "./axis";
import { setAttributes, svg } from "./drawing";
import { type Likelihood, shortened, spreadOf } from "./likelihood";
import { goToStage, lightWhileOver } from "./linked";
import { COLUMNS_HEIGHT, columnsPicture, hasRoomForDigits } from "./waterfall-columns";
import { type ItemNodes, makeGrid, makeItem, placeGrid, placeItem } from "./waterfall-marks";
import { type Item, itemsOf, neededRange, notesFor, termName, type WaterfallData } from "./waterfall-picture";
import { rowsPicture } from "./waterfall-rows";

const ROWS_BELOW = 560; // px: narrower than this the columns' labels do not fit
const MARGIN = 0.04; // of the range, on either side

/** The numbers with as many decimals as fit into the width: formula and waterfall must show the same. */
export function fitted(likelihood: Likelihood, width: number): Likelihood {
  return width >= ROWS_BELOW && hasRoomForDigits(width, likelihood.logDets.length) ? likelihood : shortened(likelihood);
}

/** The style sheet knows how high the page is: `--waterfall`, in px. */
function heightFor(element: HTMLElement): number {
  return Number.parseFloat(getComputedStyle(element).getPropertyValue("--waterfall")) || COLUMNS_HEIGHT;
}

export interface Waterfall {
  readonly element: HTMLElement;
  draw(model: ViewModel, likelihood: Likelihood | null): void;
}

export function createWaterfall(store: Store, host: Host): Waterfall {
  const picture = svg("svg", { class: "waterfall-picture", role: "group" });
  const gridLayer = svg("g", { class: "waterfall-grid", "aria-hidden": "true" });
  const itemLayer = svg("g");
  picture.append(gridLayer, itemLayer);
  const table = make("table", "");
  const scroller = make("div", "waterfall-scroller", picture);
  const legend = makeLegend();
  const element = make("div", "waterfall", legend, scroller, make("div", "unseen", table));

  let nodes: readonly ItemNodes[] = [];
  let range: Range | null = null;
  let shownIn = ""; // layout and subject of the kept range
  let last: { readonly model: ViewModel; readonly likelihood: Likelihood } | null = null;

  function draw(model: ViewModel, likelihood: Likelihood | null): void {
    last = likelihood && { model, likelihood };
    element.hidden = likelihood === null;
    const width = element.clientWidth;
    if (likelihood === null || width === 0) return;
    const asRows = width < ROWS_BELOW;
    const data: WaterfallData = {
      likelihood: fitted(likelihood, width),
      layers: model.state?.summary?.layers ?? [],
      spread: likelihood.logDets.map((_, i) => spreadOf(model.frame, i)),
    };
    const items = itemsOf(data);
    const subject = `${asRows} ${likelihood.of} ${likelihood.pin}`;
    range = steadyRange(subject === shownIn ? range : null, neededRange(items, !asRows), MARGIN);
    shownIn = subject;

    const drawn = asRows ? rowsPicture(data, width, range) : columnsPicture(data, width, range, heightFor(element));
    setAttributes(picture, { width: drawn.width, height: drawn.height, viewBox: `0 0 ${drawn.width} ${drawn.height}` });
    setAttributes(picture, { "aria-label": spoken(items) });
    setClass(element, "as-rows", asRows);
    placeGrid(gridLayer, makeGrid, drawn.grid);
    if (nodes.length !== items.length) {
      nodes = items.map(() => makeItem());
      itemLayer.replaceChildren(...nodes.map((node) => node.group));
      setTabStop(nodes, 0);
    }
    nodes.forEach((node, i) => {
      const item = items[i];
      const place = drawn.items[i];
      if (item && place) placeItem(node, item, place, describe(item, data));
    });
    fillTable(table, items, data);
    light(store.value.litLayer);
  }

  function light(layer: number | null): void {
    for (const node of nodes) setClass(node.group, "lit", layer !== null && node.layer === layer);
  }

  function activate(target: EventTarget | null): void {
    const node = nodes.find((candidate) => target instanceof Node && candidate.group.contains(target));
    if (node) goToStage(store, host, node.stage);
  }

  lightWhileOver(picture, store, (target) => nodes.find((node) => node.group.contains(target))?.layer ?? null);
  picture.addEventListener("click", (event) => activate(event.target));
  picture.addEventListener("keydown", (event) => {
    const here = nodes.findIndex((node) => node.group === document.activeElement);
    if (here < 0) return;
    if (event.key === "Enter" || event.key === " ") activate(event.target);
    else if (!moveFocus(nodes, here, event.key)) return;
    event.preventDefault(); // Space and arrows also belong to the page's clock
    event.stopPropagation();
  });
  store.subscribe(["litLayer"], (model) => light(model.litLayer));
  new ResizeObserver(() => last && draw(last.model, last.likelihood)).observe(element);
  return { element, draw };
}

/** Arrow keys move between the items, which are one tab stop together. */
function moveFocus(nodes: readonly ItemNodes[], here: number, key: string): boolean {
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: 1,
    ArrowDown: 1,
    ArrowLeft: -1,
    ArrowUp: -1,
    Home: -here,
    End: nodes.length,
  };
  const step = steps[key];
  if (step === undefined) return false;
  const place = Math.min(nodes.length - 1, Math.max(0, here + step));
  setTabStop(nodes, place);
  nodes[place]?.group.focus();
  return true;
}

function setTabStop(nodes: readonly ItemNodes[], place: number): void {
  nodes.forEach((node, i) => {
    node.group.setAttribute("tabindex", i === place ? "0" : "-1");
  });
}

function makeLegend(): HTMLElement {
  const whisker = svg("svg", { class: "legend-whisker", viewBox: "0 0 8 14" }, svg("path", { d: "M4 0V14M1 7H7" }));
  return make(
    "div",
    "waterfall-legend",
    make("span", "", make("i", "swatch contracts"), "contracts: density rises"),
    make("span", "", make("i", "swatch expands"), "expands: density falls"),
    make("span", "", whisker, "mean ± sd over the data"),
  );
}

function describe(item: Item, data: WaterfallData): string {
  const { digits, of } = data.likelihood;
  const whose = of === "data" ? ", mean over the data" : "";
  if (item.kind !== "layer") return `${termName(item)} = ${item.value} nats${whose}`;
  const beside = data.spread[item.stage - 1];
  const effect = { contracts: "contracts here: the density rises", expands: "expands here: the density falls", none: "keeps volume here" };
  const parts = [
    `${notesFor(item, data)[0]}: ${effect[item.sign]}`,
    `${termName(item)} = ${item.value} nats${whose}, log p is then ${level(item.drawable ? item.to : Number.NaN, digits)}`,
  ];
  if (beside && of !== "data") parts.push(`over the data ${level(-beside.mean, digits)} ± ${level(beside.sd, digits)}`);
  return parts.join("; ");
}

function spoken(items: readonly Item[]): string {
  const first = items[0]?.value ?? "";
  const end = items[items.length - 1]?.value ?? "";
  return `Waterfall of ${items.length - 2} log-det terms, from log p0 of z0, ${first}, to log p of x, ${end}, in nats`;
}

/** The same numbers for readers who do not see the picture. */
function fillTable(table: HTMLTableElement, items: readonly Item[], data: WaterfallData): void {
  if (table.rows.length !== items.length + 1) {
    const head = make("tr", "", ...["term", "layer", "value, nats", "running log p"].map((text) => make("th", "", text)));
    const rows = items.map(() => make("tr", "", ...Array.from({ length: 4 }, () => make("td", ""))));
    table.replaceChildren(make("caption", "", "Terms of the formula"), make("tbody", "", head, ...rows));
  }
  items.forEach((item, i) => {
    const texts = [
      termName(item),
      notesFor(item, data)[0] ?? "",
      item.value,
      level(item.drawable ? item.to : Number.NaN, data.likelihood.digits),
    ];
    const cells = table.rows[i + 1]?.cells;
    texts.forEach((text, column) => {
      const cell = cells?.[column];
      if (cell) setText(cell, text);
    });
  });
}
