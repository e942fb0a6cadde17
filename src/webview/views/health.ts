/** The health of a flow in numbers, each beside its bound where it has one. */
import { make, setClass, setText } from "../dom";
import type { Host } from "../host";
import { type Store, stepOfPicture, type ViewModel } from "../store";
import { calm } from "./calm";
import { glyph } from "./drawing";
import { type HealthRow, healthRows } from "./health-rows";

export function mountHealth(element: HTMLElement, store: Store, _host: Host): void {
  const body = make("tbody", "");
  const table = make("table", "health-table", body);
  table.setAttribute("aria-label", "Health of the flow");
  const nothing = make("p", "health-nothing", "The checks run with the first picture.");
  const step = make("p", "health-step");
  element.append(make("div", "health", make("div", "health-head", make("h2", "health-title", "Health"), step), table, nothing));

  let names = "";
  function draw(model: ViewModel): void {
    const rows = healthRows(model);
    setText(step, stepOfPicture(model));
    table.hidden = rows.length === 0;
    nothing.hidden = rows.length > 0;
    const now = rows.map((row) => row.name).join();
    if (now !== names) body.replaceChildren(...rows.map(makeRow));
    names = now;
    rows.forEach((row, i) => {
      const line = body.rows[i];
      if (line) fillRow(line, row);
    });
  }
  store.subscribe(["frame", "state"], calm(draw));
}

function makeRow(row: HealthRow): HTMLTableRowElement {
  const name = make("th", "health-name", row.name);
  name.scope = "row";
  return make("tr", "", name, make("td", "health-value"), make("td", "health-bound"), make("td", "health-verdict"));
}

function fillRow(line: HTMLTableRowElement, row: HealthRow): void {
  const [, value, bound, verdict] = line.cells;
  if (!value || !bound || !verdict) return;
  line.title = row.title;
  setText(value, row.value);
  setClass(value, "not-finite", row.notFinite);
  setText(bound, row.bound);
  if ((verdict.dataset.verdict ?? "") === row.verdict) return;
  verdict.dataset.verdict = row.verdict;
  verdict.replaceChildren(...(row.verdict === "" ? [] : [glyph(row.verdict), make("span", "unseen", VERDICTS[row.verdict])]));
}

const VERDICTS = { passed: "within the bound", doubtful: "outside the bound" } as const;
