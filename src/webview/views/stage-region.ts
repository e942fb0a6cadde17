/** Region A: the toggles, the stage with what may lie over it, and the legend beside. */
import type { Actions } from "../actions";
import { button, make } from "../dom";
import type { StageMarks, Store } from "../store";
import type { Legend } from "./legend";
import type { Situations } from "./situations";
import type { Stage } from "./stage";

const TOGGLES: readonly { readonly mark: keyof StageMarks; readonly text: string; readonly title: string }[] = [
  { mark: "heat", text: "Heat", title: "Density as colour" },
  { mark: "contours", text: "Contours", title: "Iso-lines round 25, 50, 75, 95 and 99 % of the mass" },
  { mark: "samples", text: "Samples", title: "Points drawn from the model" },
  { mark: "data", text: "Data", title: "Held-out points of the target" },
  { mark: "paths", text: "Paths", title: "Ways of pins and samples through the layers" },
];

export function createStageRegion(store: Store, actions: Actions, stage: Stage, legend: Legend, situations: Situations): HTMLElement {
  const toggles = TOGGLES.map(({ mark, text, title }, i) =>
    button("chip toggle", `${title} (${i + 1})`, () => actions.toggleMark(mark), text, make("span", "key", String(i + 1))),
  );
  store.subscribe(["marks"], ({ marks }) => {
    for (const [i, { mark }] of TOGGLES.entries()) toggles[i]?.setAttribute("aria-pressed", String(marks[mark]));
  });
  const group = make("div", "toggles", ...toggles);
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "What the stage shows");
  const region = make(
    "section",
    "region stage-region",
    make("div", "stage-controls", group),
    make("div", "legend-title", legend.button),
    make("div", "stage-frame", stage.element, situations.stale, situations.notice),
    legend.element,
  );
  region.setAttribute("aria-label", "Stage");
  return region;
}
