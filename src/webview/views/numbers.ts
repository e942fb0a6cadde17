/** The likelihood of a point in numbers: pins, the formula with a value under each term, and the waterfall of its layers. */
import { make, setText } from "../dom";
import type { Host } from "../host";
import { layerCount, type Store, stepOfPicture, type ViewModel } from "../store";
import { calm } from "./calm";
import { math } from "./drawing";
import { createFormula } from "./formula";
import { type Likelihood, shownLikelihood } from "./likelihood";
import { lightWhileOver } from "./linked";
import { createPinChips, pointText, shortPointText } from "./pin-chips";
import { createWaterfall, fitted } from "./waterfall";

const TITLES: Readonly<Record<Likelihood["of"], string>> = {
  pin: "Likelihood of a pinned point",
  pointer: "Likelihood at the pointer",
  data: "Likelihood of the data, mean",
};

const HINT = "Point at the picture to fill in the numbers; click to pin the point.";
const NOTHING_YET = "The numbers appear with the first picture.";

export function mountNumbers(element: HTMLElement, store: Store, host: Host): void {
  const title = make("h2", "numbers-title");
  const step = make("p", "numbers-step");
  const point = make("span", "numbers-point");
  const unit = make("span", "numbers-unit", "values in nats");
  const variable = math("math", math("mi", "x"));
  const where = make("p", "numbers-where", make("span", "numbers-x", variable, " = ", point), unit);
  const hint = make("p", "numbers-hint");
  const formula = createFormula();
  const waterfall = createWaterfall(store, host);
  const root = make(
    "div",
    "numbers",
    make("div", "numbers-head", title, step, createPinChips(store, host), where),
    make("div", "numbers-formula", formula.element, hint),
    waterfall.element,
  );
  element.append(root);

  let shown: Likelihood | null = null;
  function draw(model: ViewModel): void {
    // Until the engine has answered for the new place of the pointer, the numbers of the last place stay: no flicker.
    const awaiting = model.hover !== null && model.hover.trace === null && shown?.of === "pointer";
    if (!awaiting) shown = shownLikelihood(model);
    const inNumbers = shown !== null && shown.of !== "data" ? shown : null;
    const axes = model.state?.summary?.target?.axes ?? [];
    setText(title, shown ? TITLES[shown.of] : "Likelihood");
    setText(step, shown?.of === "data" ? stepOfPicture(model) : "");
    where.classList.toggle("without-point", inNumbers === null);
    if (inNumbers?.x) {
      setText(point, shortPointText(inNumbers.x, axes));
      point.title = pointText(inNumbers.x, axes);
    }
    const printed = inNumbers && fitted(inNumbers, root.clientWidth);
    formula.draw(printed, layerCount(model) || (shown?.logDets.length ?? 0));
    setText(unit, printed?.exact === false ? "nats, each rounded" : "values in nats");
    unit.title = printed?.exact === false ? "Each value is rounded by itself; the last digit of a sum can differ by one or two." : "";
    setText(hint, inNumbers ? "" : shown || model.frame ? HINT : NOTHING_YET);
    hint.hidden = inNumbers !== null;
    waterfall.draw(model, shown);
  }

  const calmly = calm(draw);
  store.subscribe(["state", "frame", "pins", "selectedPin", "hover"], calmly);
  store.subscribe(["litLayer"], (model) => formula.light(model.litLayer));
  lightWhileOver(formula.element, store, (target) => {
    const cell = target instanceof Element ? target.closest<HTMLElement>("[data-layer]") : null;
    return cell ? Number(cell.dataset.layer) : null;
  });
  new ResizeObserver(() => calmly(store.value)).observe(root);
}
