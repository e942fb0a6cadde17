/** The keys of the page: one table, from which the list under "?" is made as well. */
import type { Actions } from "./actions";
import { showKeys } from "./dialogs";
import type { StageMarks } from "./store";
import type { StagePointer } from "./views/stage-pointer";

interface Binding {
  /** As `KeyboardEvent.key`, with "Shift+" where it matters. */
  readonly keys: readonly string[];
  /** As shown in the list; null: another row names it. */
  readonly shown: string | null;
  readonly text: string;
  run(): void;
}

const MARKS: readonly (keyof StageMarks)[] = ["heat", "contours", "samples", "data", "paths"];

export function listenToKeys(actions: Actions, pointer: StagePointer, regions: () => readonly HTMLElement[]): void {
  const bindings = bindingsOf(actions, pointer, regions);
  const table = new Map(bindings.flatMap((binding) => binding.keys.map((key) => [key, binding] as const)));
  window.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const target = event.target instanceof HTMLElement ? event.target : null;
    // A button under focus keeps its own keys; fields for text would keep all of theirs.
    if (target?.closest("button, summary, [role=tab]") && (event.key === " " || event.key === "Enter")) return;
    if (target?.matches("input:not([type=range]), textarea, select")) return;
    const binding = table.get(
      `${event.shiftKey && event.key !== "?" ? "Shift+" : ""}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`,
    );
    if (!binding) return;
    event.preventDefault();
    binding.run();
  });
}

function bindingsOf(actions: Actions, pointer: StagePointer, regions: () => readonly HTMLElement[]): readonly Binding[] {
  const arrow = (right: number, up: number, otherwise: () => void) => () => {
    if (!pointer.nudge(right, up)) otherwise();
  };
  const nothing = () => {};
  const bindings: Binding[] = [
    { keys: [" "], shown: "Space", text: "play or pause the flow time", run: () => actions.togglePlay() },
    { keys: ["ArrowLeft"], shown: "← →", text: "previous, next layer", run: arrow(-1, 0, () => actions.goBy(-1)) },
    { keys: ["ArrowRight"], shown: null, text: "", run: arrow(1, 0, () => actions.goBy(1)) },
    { keys: ["Shift+ArrowLeft"], shown: "Shift+← →", text: "10 % of the flow time", run: arrow(-10, 0, () => actions.scrubBy(-0.1)) },
    { keys: ["Shift+ArrowRight"], shown: null, text: "", run: arrow(10, 0, () => actions.scrubBy(0.1)) },
    { keys: ["ArrowUp"], shown: null, text: "", run: arrow(0, 1, nothing) },
    { keys: ["ArrowDown"], shown: null, text: "", run: arrow(0, -1, nothing) },
    { keys: ["Shift+ArrowUp"], shown: null, text: "", run: arrow(0, 10, nothing) },
    { keys: ["Shift+ArrowDown"], shown: null, text: "", run: arrow(0, -10, nothing) },
    { keys: ["Home"], shown: "Home End", text: "base side, data side", run: () => actions.goTo(0) },
    { keys: ["End"], shown: null, text: "", run: () => actions.goTo(Number.POSITIVE_INFINITY) },
    { keys: ["d"], shown: "D", text: "direction: generate or normalize", run: () => actions.turnDirection() },
    { keys: ["t"], shown: "T", text: "train or pause training", run: () => actions.toggleTraining() },
    { keys: ["."], shown: ". Shift+.", text: "one training step, one epoch", run: () => actions.trainSteps(1) },
    { keys: ["Shift+.", "Shift+>", "Shift+:"], shown: null, text: "", run: () => actions.trainEpoch() },
    { keys: ["r"], shown: "R", text: "reset the weights (asks first)", run: () => actions.reset() },
    ...MARKS.map((mark, i) => ({
      keys: [String(i + 1)],
      shown: i === 0 ? "1 … 5" : null,
      text: "heat, contours, samples, data, paths",
      run: () => actions.toggleMark(mark),
    })),
    { keys: ["c"], shown: "C Shift+C", text: "next, previous colour map", run: () => actions.cycleColormap(1) },
    { keys: ["Shift+c"], shown: null, text: "", run: () => actions.cycleColormap(-1) },
    {
      keys: ["Enter"],
      shown: "Enter",
      text: "cross-hair on the stage; arrows move it (Shift: 10 cells)",
      run: () => pointer.startCrossHair(),
    },
    { keys: ["p"], shown: "P", text: "pin or unpin at the cross-hair", run: () => actions.pin() },
    { keys: ["Delete", "Backspace"], shown: "Delete", text: "remove the selected pin", run: () => actions.removePin() },
    { keys: ["e"], shown: "E", text: "export the picture", run: () => actions.exportPicture() },
    { keys: ["F6"], shown: "F6 Shift+F6", text: "next, previous region", run: () => focusRegion(regions(), 1) },
    { keys: ["Shift+F6"], shown: null, text: "", run: () => focusRegion(regions(), -1) },
    { keys: ["Escape"], shown: "Esc", text: "clear the cross-hair, then the selection, then leave", run: () => leave(actions) },
  ];
  const list = () => showKeys(bindings.flatMap(({ shown, text }) => (shown ? [{ keys: shown, text }] : [])));
  bindings.push({ keys: ["?"], shown: "?", text: "this list", run: list });
  return bindings;
}

function focusRegion(regions: readonly HTMLElement[], by: 1 | -1): void {
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  const next = regions[(at + by + regions.length) % regions.length] ?? regions[0];
  next?.focus();
}

function leave(actions: Actions): void {
  if (!actions.clear() && document.activeElement instanceof HTMLElement) document.activeElement.blur();
}
