/** The reader's own choices: taken from the text at first, changed on the page, kept while the page is hidden. */
import type { ViewSettings } from "../protocol/model";
import { COLORMAPS } from "./colormaps";
import type { KeptChoices } from "./host";
import type { StageMarks, Store, ViewModel } from "./store";

const KEPT = ["marks", "colormap", "quantity", "speed", "loop", "direction", "flowTime"] as const;
type Kept = Pick<ViewModel, (typeof KEPT)[number]>;

export function keepChoices(store: Store, choices: KeptChoices): void {
  const restored = readChoices(choices.load());
  store.update(restored);
  let fromText: ViewSettings | null = null;
  store.subscribe(["state"], ({ state }) => {
    const settings = state?.summary?.view;
    if (!settings) return;
    // What the text says counts at first, where nothing was chosen before, and again whenever the text changes.
    const follows = (key: "colormap" | "quantity") => (fromText ? fromText[key] !== settings[key] : restored[key] === undefined);
    if (follows("colormap")) store.update({ colormap: settings.colormap });
    if (follows("quantity")) store.update({ quantity: settings.quantity });
    fromText = settings;
  });
  store.subscribe(KEPT, (model) => {
    const kept = Object.fromEntries(KEPT.map((key) => [key, model[key]]));
    choices.save({ ...kept, flowTime: Number.isFinite(model.flowTime) ? model.flowTime : "end" });
  });
}

/** Only what still makes sense: the state may have been written by another version. */
function readChoices(value: unknown): Partial<Kept> {
  if (typeof value !== "object" || value === null) return {};
  const from = value as Readonly<Record<string, unknown>>;
  const choices: { -readonly [K in keyof Kept]?: Kept[K] } = {};
  const map = COLORMAPS.find((name) => name === from.colormap);
  if (map) choices.colormap = map;
  if (from.quantity === "density" || from.quantity === "logDensity") choices.quantity = from.quantity;
  if (from.direction === "generate" || from.direction === "normalize") choices.direction = from.direction;
  if (typeof from.loop === "boolean") choices.loop = from.loop;
  if (typeof from.speed === "number" && from.speed > 0) choices.speed = from.speed;
  if (typeof from.flowTime === "number" && Number.isFinite(from.flowTime)) choices.flowTime = from.flowTime;
  const marks = from.marks;
  if (isMarks(marks)) choices.marks = marks;
  return choices;
}

function isMarks(value: unknown): value is StageMarks {
  if (typeof value !== "object" || value === null) return false;
  const marks = value as Readonly<Record<string, unknown>>;
  return ["heat", "contours", "samples", "data", "paths"].every((name) => typeof marks[name] === "boolean");
}
