/** A table row that stands for a stage: its name is a button, and a click anywhere on it goes there. */
import { button, make } from "../dom";

export function makeStageRow(
  name: string,
  title: string,
  stage: number,
  cells: readonly HTMLElement[],
  onChoose: (stage: number) => void,
): HTMLTableRowElement {
  const choose = button("stage-choose", title, () => onChoose(stage), name);
  const first = make("th", "first", choose);
  first.scope = "row";
  const line = make("tr", "choosable", first, ...cells);
  line.addEventListener("click", (event) => {
    if (event.target instanceof Element && !event.target.closest("button")) onChoose(stage);
  });
  return line;
}
