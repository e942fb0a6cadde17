/** log|det J_k| of every layer at every pinned point, beside the mean over the data: who expands where. */
import { make, setClass, setText } from "../dom";
import { addsUp, signed, subscript } from "../format";
import type { Host } from "../host";
import { clampedTime, type Store, type ViewModel } from "../store";
import { SMALLEST_BAR } from "../views/likelihood";
import { goToStage, lightWhileOver } from "../views/linked";
import { pinMark } from "../views/pin-marks";
import type { Panel } from "./panel";
import { makeStageRow } from "./stage-row";

const DIGITS = 3; // the panel is narrow: it keeps three decimals, and says where rounding shows

interface Column {
  readonly name: string;
  readonly values: readonly number[];
}

interface Cell {
  readonly element: HTMLElement;
  readonly text: HTMLElement;
  readonly bar: HTMLElement;
}

interface Row {
  readonly line: HTMLTableRowElement;
  readonly cells: readonly Cell[];
}

export function logDetsByLayer(store: Store, host: Host): Panel {
  const head = make("thead", "");
  const body = make("tbody", "");
  const foot = make("tfoot", "");
  const rounding = make("p", "inspector-foot", "Each value is rounded by itself; the last digit of a sum can differ.");
  const table = make("table", "inspector-table log-dets", head, body, foot);
  const element = make("div", "", make("div", "table-scroller", table), rounding);
  let shape = "";
  let rows: readonly Row[] = [];
  let totals: readonly HTMLElement[] = [];

  function draw(model: ViewModel): void {
    const columns = columnsOf(model);
    const labels = layerLabels(model, columns);
    const now = `${columns.map((column) => column.name).join()} ${labels.join()}`;
    if (now !== shape) {
      shape = now;
      rows = labels.map((label, i) => makeRow(i + 1, label, columns, (stage) => goToStage(store, host, stage)));
      totals = columns.map((column) => make("td", `number key${column.name === "mean" ? " mean" : ""}`));
      const sum = make("th", "first", "Σ log |det J|");
      sum.scope = "row";
      head.replaceChildren(makeHead(columns));
      body.replaceChildren(...rows.map((row) => row.line));
      foot.replaceChildren(make("tr", "", sum, ...totals));
    }
    const scale = Math.max(SMALLEST_BAR, ...columns.flatMap((column) => column.values.map(Math.abs)).filter(Number.isFinite));
    rows.forEach((row, i) => {
      row.cells.forEach((cell, j) => {
        fillCell(cell, columns[j]?.values[i] ?? Number.NaN, scale);
      });
      setClass(row.line, "current", Math.round(clampedTime(model)) === i + 1);
    });
    const sums = columns.map(({ values }) => ({ terms: values, total: values.reduce((sum, value) => sum + value, 0) }));
    sums.forEach((sum, j) => {
      const cell = totals[j];
      if (!cell) return;
      setText(cell, signed(sum.total, DIGITS));
      setClass(cell, "not-finite", !Number.isFinite(sum.total));
    });
    rounding.hidden = sums.every((sum) => addsUp(sum, DIGITS));
    light(store.value.litLayer);
  }

  function light(layer: number | null): void {
    rows.forEach((row, i) => {
      setClass(row.line, "lit", layer === i + 1);
    });
  }
  lightWhileOver(body, store, (target) => {
    const place = rows.findIndex((row) => row.line.contains(target));
    return place < 0 ? null : place + 1;
  });
  store.subscribe(["litLayer"], (model) => light(model.litLayer));

  function csv(model: ViewModel) {
    const columns = columnsOf(model);
    const header = ["layer", ...columns.map((column) => `log|det J| ${column.name}`)];
    return [header, ...layerLabels(model, columns).map((label, i) => [label, ...columns.map((column) => column.values[i] ?? Number.NaN)])];
  }
  return { element, title: "log |det J| by layer", draw, csv };
}

function columnsOf(model: ViewModel): readonly Column[] {
  const pins = model.pins.map(({ pin, trace }) => ({ name: pin.name, values: Array.from(trace.logDets) }));
  const layers = model.frame?.layers ?? [];
  const fits = layers.length > 0 && (pins[0] === undefined || pins[0].values.length === layers.length);
  const means = layers.map((layer) => layer.overData?.mean ?? layer.overSamples.mean);
  return fits ? [...pins, { name: "mean", values: means }] : pins;
}

function layerLabels(model: ViewModel, columns: readonly Column[]): readonly string[] {
  const count = columns[0]?.values.length ?? 0;
  const layers = model.state?.summary?.layers ?? [];
  return Array.from({ length: count }, (_, i) => layers[i]?.label ?? "layer");
}

function makeHead(columns: readonly Column[]): HTMLTableRowElement {
  const heads = columns.map(({ name }) => {
    const cell = name === "mean" ? make("th", "number mean", "mean") : make("th", "number", make("span", "pin-head", pinMark(name), name));
    if (name === "mean") cell.title = "Mean over the held-out data, or over model samples where there is no data";
    cell.scope = "col";
    return cell;
  });
  return make("tr", "", make("th", "first", "layer"), ...heads);
}

function makeRow(stage: number, label: string, columns: readonly Column[], onChoose: (stage: number) => void): Row {
  const cells = columns.map(({ name }): Cell => {
    const text = make("span", "");
    const bar = make("i", "");
    const isMean = name === "mean";
    const element = make(
      "td",
      `number${isMean ? " mean" : ""}`,
      text,
      isMean && columns.length > 1 ? null : make("span", "bar-track", bar),
    );
    return { element, text, bar };
  });
  const name = `f${subscript(stage)} ${label.split(" ")[0] ?? ""}`;
  return {
    line: makeStageRow(
      name,
      `f${subscript(stage)} ${label}`,
      stage,
      cells.map((cell) => cell.element),
      onChoose,
    ),
    cells,
  };
}

function fillCell({ element, text, bar }: Cell, value: number, scale: number): void {
  setText(text, signed(value, DIGITS));
  setClass(element, "not-finite", !Number.isFinite(value));
  const share = Number.isFinite(value) ? Math.abs(value) / scale / 2 : 0; // of the track, whose middle is zero
  const sign = Math.abs(value) < SMALLEST_BAR ? "none" : value < 0 ? "contracts" : "expands";
  if (bar.className !== sign) bar.className = sign;
  bar.style.left = sign === "contracts" ? percent(0.5 - share) : "50%";
  bar.style.width = sign === "none" ? "1px" : percent(share);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
