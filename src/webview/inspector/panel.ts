/** What every table of the inspector is to the page. */
import type { PinnedTrace } from "../../protocol/view";
import type { ViewModel } from "../store";

export interface Panel {
  readonly element: HTMLElement;
  readonly title: string;
  draw(model: ViewModel): void;
  /** The table as rows of values, for copying. */
  csv(model: ViewModel): readonly (readonly (string | number)[])[];
}

/** Coordinates that fit beside the other columns; more than these follow at the end, and the table scrolls. */
export const COORDINATES_BESIDE = 2;

/** The pin whose numbers fill the last section. */
export function chosenPin(model: ViewModel): PinnedTrace | null {
  return model.pins.find(({ pin }) => pin.name === model.selectedPin) ?? model.pins[0] ?? null;
}
