/** The page as a whole: three sections while a point is pinned, and what to do while none is. */
import type { Situation } from "../../protocol/view";
import { make, setText } from "../dom";
import { integer } from "../format";
import type { Host, KeptChoices } from "../host";
import type { Store, ViewModel } from "../store";
import { calm } from "../views/calm";
import { decoration, svg } from "../views/drawing";
import { pinMark } from "../views/pin-marks";
import { layerByLayer } from "./layer-by-layer";
import { logDetsByLayer } from "./log-dets";
import { chosenPin } from "./panel";
import { pinnedPoints } from "./pinned-points";
import { createSection, type Section } from "./section";

export function mountInspector(root: HTMLElement, store: Store, host: Host, choices: KeptChoices): void {
  const note = make("p", "inspector-note");
  const empty = makeEmpty();
  const panels = [pinnedPoints(store, host), logDetsByLayer(store, host), layerByLayer(store, host)] as const;
  const sections = panels.map((panel) => createSection(panel, store, choices));
  root.classList.add("inspector");
  root.append(note, empty, ...sections.map((section) => section.element));

  function draw(model: ViewModel): void {
    const [points, logDets, layers] = sections as [Section, Section, Section];
    const hasPins = model.pins.length > 0;
    setText(note, noteFor(model.state?.situation ?? null));
    note.hidden = note.textContent === "";
    empty.hidden = hasPins;
    points.element.hidden = !hasPins;
    layers.element.hidden = !hasPins;
    logDets.element.hidden = !hasPins && !model.frame?.layers.some((layer) => layer.overData !== null);
    panels.forEach((panel, i) => {
      if (!sections[i]?.element.hidden) panel.draw(model);
    });
    setText(points.aside, stepOf(model));
    setText(logDets.aside, "nats");
    const chosen = chosenPin(model);
    layers.rename(...(chosen ? [pinMark(chosen.pin.name), `Pin ${chosen.pin.name}, layer by layer`] : [""]));
  }
  const calmly = calm(draw);
  store.subscribe(["state", "frame", "pins", "selectedPin", "flowTime"], calmly);
  new ResizeObserver(() => calmly(store.value)).observe(root);
}

function stepOf(model: ViewModel): string {
  const step = model.pins[0]?.step;
  return step === undefined ? "" : `step ${integer(step)}`;
}

function noteFor(situation: Situation | null): string {
  switch (situation?.kind) {
    case "faulty":
      return "The text has faults. These are the numbers of the last valid definition.";
    case "engine-ended":
      return "The engine has ended. These are its last numbers.";
    case "engine-silent":
      return `The engine has not answered for ${Math.round(situation.seconds)} s. These are its last numbers.`;
    default:
      return "";
  }
}

function makeEmpty(): HTMLElement {
  const picture = decoration(
    "inspector-empty-picture",
    "0 0 120 48",
    svg("path", { d: "M12 34 42 34 42 14 78 14 78 30 104 30", class: "trail" }),
    ...[42, 78].map((x) => svg("circle", { cx: x, cy: 14, r: 2, class: "stop" })),
    svg("circle", { cx: 12, cy: 34, r: 5, class: "start" }),
    svg("circle", { cx: 107, cy: 30, r: 5.5, class: "stop" }),
  );
  const command = make("strong", "", "Flow: Pin Point…");
  return make(
    "div",
    "inspector-empty",
    picture,
    make("p", "inspector-empty-title", "No point is pinned."),
    make("p", "", "Click in the picture, or use ", command),
    make("p", "", "The way of the point from base to data then appears here, number by number."),
  );
}
