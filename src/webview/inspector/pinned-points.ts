/** The pinned points: where each is, how its log-density grows from layer to layer, and where that ends. */
import type { PinnedTrace } from "../../protocol/view";
import { button, make, setClass, setText } from "../dom";
import { coordinate, level, subscript } from "../format";
import type { Host } from "../host";
import type { Store, ViewModel } from "../store";
import { glyph } from "../views/drawing";
import { choosePin, tell } from "../views/linked";
import { pinMark } from "../views/pin-marks";
import { COORDINATES_BESIDE, chosenPin, type Panel } from "./panel";
import { createSparkline, type Sparkline } from "./sparkline";

interface Row {
  readonly line: HTMLTableRowElement;
  readonly choose: HTMLButtonElement;
  readonly coordinates: readonly HTMLElement[];
  readonly sparkline: Sparkline;
  readonly density: HTMLElement;
}

export function pinnedPoints(store: Store, host: Host): Panel {
  const head = make("thead", "");
  const body = make("tbody", "");
  const table = make("table", "inspector-table pinned-points", head, body);
  const element = make("div", "table-scroller", table);
  let shape = "";
  let rows: readonly Row[] = [];

  function draw(model: ViewModel): void {
    const names = axisNames(model);
    const now = `${model.pins.map(({ pin }) => pin.name).join("")} ${names.join()}`;
    if (now !== shape) {
      shape = now;
      rows = model.pins.map((entry) => makeRow(entry, names.length, store, host));
      head.replaceChildren(makeHead(names));
      body.replaceChildren(...rows.map((row) => row.line));
    }
    const chosen = chosenPin(model)?.pin.name;
    const levels = model.pins.flatMap(({ trace }) => [...trace.logDensities]).filter(Number.isFinite);
    const range = { low: Math.min(...levels), high: Math.max(...levels) };
    model.pins.forEach(({ pin, trace }, i) => {
      const row = rows[i];
      if (!row) return;
      setClass(row.line, "chosen", pin.name === chosen);
      row.choose.setAttribute("aria-pressed", String(pin.name === chosen));
      row.coordinates.forEach((cell, j) => {
        setText(cell, coordinate(pin.x[j] ?? Number.NaN, 2));
      });
      row.sparkline.draw(trace.logDensities, range);
      const density = trace.logDensities[trace.logDensities.length - 1] ?? Number.NaN;
      setText(row.density, level(density, 3));
      setClass(row.density, "not-finite", !Number.isFinite(density));
    });
  }

  function csv(model: ViewModel) {
    const header = ["pin", ...axisNames(model), "log p(x)", "step"];
    const last = (entry: PinnedTrace) => entry.trace.logDensities[entry.trace.logDensities.length - 1] ?? Number.NaN;
    return [header, ...model.pins.map((entry) => [entry.pin.name, ...entry.pin.x, last(entry), entry.step])];
  }
  return { element, title: "Pinned points", draw, csv };
}

/** Names of the data's coordinates; x₁, x₂, … where it has none. */
function axisNames(model: ViewModel): readonly string[] {
  const d = model.pins[0]?.pin.x.length ?? model.state?.summary?.dim ?? 2;
  const axes = model.state?.summary?.target?.axes ?? [];
  return Array.from({ length: d }, (_, i) => axes[i] ?? `x${subscript(i + 1)}`);
}

/** Puts the coordinates where they are read best: beside the pin, or at the end if there are many. */
function inOrder<T>(first: T, coordinates: readonly T[], rest: readonly T[], last: T): readonly T[] {
  return coordinates.length <= COORDINATES_BESIDE ? [first, ...coordinates, ...rest, last] : [first, ...rest, ...coordinates, last];
}

function makeHead(names: readonly string[]): HTMLTableRowElement {
  const head = (text: string, className = "") => {
    const cell = make("th", className, make("span", "", text));
    cell.scope = "col";
    cell.title = text;
    return cell;
  };
  const coordinates = names.map((name) => head(name, "number coordinate"));
  const spark = head("running log p", "spark");
  spark.title = "log p from the base, hollow, to the data, filled; one scale for all pins";
  spark.append(make("span", "where-wide", ", z₀ → x"));
  const rest = [spark, head("log p(x)", "number")];
  const remove = make("th", "remove", make("span", "unseen", "remove"));
  return make("tr", "", ...inOrder(head("pin", "first"), coordinates, rest, remove));
}

function makeRow({ pin }: PinnedTrace, dimensions: number, store: Store, host: Host): Row {
  const choose = button(
    "pin-choose",
    `Show pin ${pin.name} layer by layer`,
    () => choosePin(store, host, pin.name),
    pinMark(pin.name),
    pin.name,
  );
  const first = make("th", "first", choose);
  first.scope = "row";
  const coordinates = Array.from({ length: dimensions }, () => make("td", "number"));
  const sparkline = createSparkline(pin.name);
  const density = make("td", "number key");
  const remove = button(
    "pin-remove",
    `Remove pin ${pin.name}`,
    () => tell(host.request("pin/remove", { name: pin.name })),
    glyph("remove"),
  );
  const cells = inOrder<HTMLElement>(first, coordinates, [make("td", "spark", sparkline.element), density], make("td", "remove", remove));
  const line = make("tr", "choosable", ...cells);
  line.addEventListener("click", (event) => {
    if (event.target instanceof Element && !event.target.closest("button")) choosePin(store, host, pin.name);
  });
  return { line, choose, coordinates, sparkline, density };
}
