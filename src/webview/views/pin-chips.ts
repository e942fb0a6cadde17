/** One chip for each pinned point: chooses whose numbers are shown; Delete takes the point away. */
import type { PinnedTrace } from "../../protocol/view";
import { make, setClass } from "../dom";
import { coordinate } from "../format";
import type { Host } from "../host";
import { type Store, shownTrace, type ViewModel } from "../store";
import { choosePin, tell } from "./linked";
import { pinMark } from "./pin-marks";

export function createPinChips(store: Store, host: Host): HTMLElement {
  const element = make("div", "pin-chips");
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", "Pinned points");
  let names = "";
  store.subscribe(["pins"], ({ pins }) => {
    const now = pins.map(({ pin }) => pin.name).join("");
    if (now !== names) element.replaceChildren(...pins.map((entry) => makeChip(entry, store, host)));
    names = now;
    element.hidden = pins.length === 0;
    pins.forEach(({ pin }, i) => {
      element.children[i]?.setAttribute("title", `Pin ${pin.name}: ${pointText(pin.x)}. Delete removes it.`);
    });
    mark(element, store.value);
  });
  store.subscribe(["selectedPin", "hover"], (model) => mark(element, model));
  return element;
}

function makeChip({ pin }: PinnedTrace, store: Store, host: Host): HTMLButtonElement {
  const chip = make("button", "pin-chip", pinMark(pin.name), pin.name);
  chip.type = "button";
  chip.dataset.pin = pin.name;
  chip.addEventListener("click", () => choosePin(store, host, pin.name));
  chip.addEventListener("keydown", (event) => {
    if (event.key === "Delete" || event.key === "Backspace") tell(host.request("pin/remove", { name: pin.name }));
    else if (event.key !== " ") return;
    event.stopPropagation(); // Space presses the chip; it is not the page's play key here
  });
  return chip;
}

function mark(element: Element, model: ViewModel): void {
  const shown = shownTrace(model)?.name ?? null; // null while the pointer's numbers are shown
  for (const chip of element.children) {
    const chosen = chip instanceof HTMLElement && chip.dataset.pin === shown;
    setClass(chip, "chosen", chosen);
    chip.setAttribute("aria-pressed", String(chosen));
  }
}

const SHOWN_COORDINATES = 3; // more do not fit beside the chips; the title has them all

/** "(−2.05, 1.49)", or with names "(mass 1.20, height 3.00, …)" where the data names its coordinates. */
export function pointText(x: readonly number[], names: readonly string[] = [], most = Number.POSITIVE_INFINITY): string {
  const named = names.some((name, i) => !isPlainName(name, i + 1));
  const parts = x.slice(0, most).map((value, i) => `${named ? `${names[i] ?? ""} ` : ""}${coordinate(value, 2)}`);
  return `(${parts.join(", ")}${x.length > most ? ", …" : ""})`;
}

export function shortPointText(x: readonly number[], names: readonly string[]): string {
  return pointText(x, names, SHOWN_COORDINATES);
}

/** x1, x₁, x_1: says nothing that the place in the list does not say. */
function isPlainName(name: string, place: number): boolean {
  return name.normalize("NFKC").replace(/[_\s]/g, "").toLowerCase() === `x${place}`;
}
