/** One pinned point at every stage: its coordinates, what the layers so far do to a small circle around it, and its log-density. */
import { make, setClass, setText } from "../dom";
import { coordinate, level, sized, subscript } from "../format";
import type { Host } from "../host";
import { clampedTime, type Store, type ViewModel } from "../store";
import { goToStage, lightWhileOver } from "../views/linked";
import { createEllipse, type Ellipse } from "./ellipse";
import { COORDINATES_BESIDE, chosenPin, type Panel } from "./panel";
import { makeStageRow } from "./stage-row";

interface Row {
  readonly line: HTMLTableRowElement;
  readonly coordinates: readonly HTMLElement[];
  readonly ellipse: Ellipse;
  readonly ratio: HTMLElement;
  readonly density: HTMLElement;
}

export function layerByLayer(store: Store, host: Host): Panel {
  const head = make("thead", "");
  const body = make("tbody", "");
  const table = make("table", "inspector-table layer-by-layer", head, body);
  const foot = make("p", "inspector-foot");
  const element = make("div", "", make("div", "table-scroller", table), foot);
  let shape = "";
  let rows: readonly Row[] = [];

  function draw(model: ViewModel): void {
    const chosen = chosenPin(model);
    if (!chosen) return;
    const { pin, trace } = chosen;
    const d = pin.x.length;
    const hasEllipse = trace.singularValues !== null && trace.angles !== null;
    const stages = trace.logDensities.length;
    const now = `${pin.name} ${stages} ${d} ${hasEllipse}`;
    if (now !== shape) {
      shape = now;
      rows = Array.from({ length: stages }, (_, k) => makeRow(k, d, hasEllipse, pin.name, (stage) => goToStage(store, host, stage)));
      head.replaceChildren(makeHead(d, hasEllipse));
      body.replaceChildren(...rows.map((row) => row.line));
      setText(foot, hasEllipse ? `${CIRCLE} ${FALLS}` : FALLS);
    }
    rows.forEach((row, k) => {
      row.coordinates.forEach((cell, j) => {
        setText(cell, coordinate(trace.stages[k * d + j] ?? Number.NaN, 3));
      });
      const density = trace.logDensities[k] ?? Number.NaN;
      setText(row.density, level(density, 3));
      setClass(row.density, "not-finite", !Number.isFinite(density));
      setClass(row.line, "current", Math.round(clampedTime(model)) === k);
      const [long, short] = [trace.singularValues?.[2 * k], trace.singularValues?.[2 * k + 1]];
      if (long === undefined || short === undefined) return;
      setText(row.ratio, `${sized(long)} : ${sized(short)}`);
      row.ellipse.draw(long, short, trace.angles?.[k] ?? 0);
    });
    light(store.value.litLayer);
  }

  function light(layer: number | null): void {
    rows.forEach((row, k) => {
      setClass(row.line, "lit", layer === k);
    });
  }
  lightWhileOver(body, store, (target) => {
    const place = rows.findIndex((row) => row.line.contains(target));
    return place < 0 ? null : place;
  });
  store.subscribe(["litLayer"], (model) => light(model.litLayer));

  function csv(model: ViewModel) {
    const chosen = chosenPin(model);
    if (!chosen) return [];
    const { pin, trace } = chosen;
    const d = pin.x.length;
    const { singularValues, angles } = trace;
    const layers = model.state?.summary?.layers ?? [];
    const coordinates = Array.from({ length: d }, (_, j) => `z${j + 1}`);
    const header = ["k", "layer", ...coordinates, "log|det J_k|", "log p(z_k)", ...(singularValues ? ["sigma1", "sigma2", "angle"] : [])];
    const rest = (k: number) => (singularValues ? [singularValues[2 * k], singularValues[2 * k + 1], angles?.[k]] : []);
    const lines = Array.from(trace.logDensities, (density, k) => [
      k,
      k === 0 ? "base" : (layers[k - 1]?.label ?? ""),
      ...trace.stages.subarray(k * d, (k + 1) * d),
      k === 0 ? "" : (trace.logDets[k - 1] ?? Number.NaN),
      density,
      ...rest(k).map((value) => value ?? Number.NaN),
    ]);
    return [header, ...lines];
  }
  return { element, title: "Layer by layer", draw, csv };
}

const CIRCLE = "Dotted circle: unit circle in base space at the same scale.";
const FALLS = "log\u00A0p(z) falls by log\u00A0|det\u00A0J| from row to row.";

/** The result stays in sight when there are so many coordinates that the table scrolls. */
function inOrder<T>(coordinates: readonly T[], shape: readonly T[], density: T): readonly T[] {
  return coordinates.length <= COORDINATES_BESIDE ? [...coordinates, ...shape, density] : [density, ...shape, ...coordinates];
}

function makeHead(d: number, hasEllipse: boolean): HTMLTableRowElement {
  const head = (text: string, className: string, title = text) => {
    const cell = make("th", className, text);
    cell.scope = "col";
    cell.title = title;
    return cell;
  };
  const coordinates = Array.from({ length: d }, (_, j) => head(`z${subscript(j + 1)}`, "number"));
  const shape = [
    head("J ellipse", "ellipse", "Image of a small circle around z₀ under the layers so far"),
    head("σ₁ : σ₂", "number ratio", "Longest and shortest stretch of the layers so far"),
  ];
  return make("tr", "", head("k", "first", "stage"), ...inOrder(coordinates, hasEllipse ? shape : [], head("log p(z)", "number")));
}

function makeRow(k: number, d: number, hasEllipse: boolean, pin: string, onChoose: (stage: number) => void): Row {
  const coordinates = Array.from({ length: d }, () => make("td", "number"));
  const ellipse = createEllipse(pin);
  const ratio = make("td", "number ratio");
  const density = make("td", "number key");
  const shape = hasEllipse ? [make("td", "ellipse", ellipse.element), ratio] : [];
  const name = `z${subscript(k)}`;
  return {
    line: makeStageRow(name, `Go to ${name}`, k, inOrder<HTMLElement>(coordinates, shape, density), onChoose),
    coordinates,
    ellipse,
    ratio,
    density,
  };
}
