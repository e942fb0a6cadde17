/** The texts and ways out of what can go wrong, one for each situation. */
import type { Fault, FlowSummary, RunState } from "../../protocol/model";
import type { Actions } from "../actions";
import { button, icon, make } from "../dom";
import { integer, subscript } from "../format";
import type { Host } from "../host";

export interface Say {
  readonly host: Host;
  readonly actions: Actions;
  ask(request: Promise<unknown>): void;
}

const MOST_FAULTS = 5; // the Problems panel has all of them

export function faultyNotice(faults: readonly Fault[], { host, ask }: Say): HTMLElement[] {
  const rows = faults.slice(0, MOST_FAULTS).map((fault) => {
    const ways = make(
      "div",
      "ways",
      link("Go to", () => ask(host.request("text/reveal", { offset: fault.offset, length: fault.length }))),
    );
    if (fault.fix) ways.append(link(fault.fix.title, () => ask(host.request("text/fix", { fault }))));
    const sign = icon(fault.severity === "error" ? "error" : "warning");
    sign.classList.add(fault.severity === "error" ? "wrong" : "doubtful");
    return make("div", "notice-row", sign, make("div", "", make("p", "", fault.message), ways));
  });
  const more = faults.length - MOST_FAULTS;
  if (more > 0) rows.push(make("p", "quiet", `and ${more} more, in the Problems panel`));
  return rows;
}

export function endedNotice({ reason, safeStep }: { readonly reason: string; readonly safeStep: number | null }, say: Say): HTMLElement[] {
  const safe = safeStep === null ? "No checkpoint was kept. " : `The checkpoint of step ${integer(safeStep)} is safe. `;
  const what = make("p", "", "The engine ended unexpectedly. ", make("span", "quiet", reason));
  return engineNotice(what, safe, "primary", say);
}

export function silentNotice(seconds: number, say: Say): HTMLElement[] {
  const text = `The engine has not answered for ${Math.round(seconds)} seconds. It may be at work on something large.`;
  return engineNotice(make("p", "", text), null, "secondary", say);
}

function engineNotice(what: HTMLElement, safe: string | null, restart: "primary" | "secondary", { host, ask }: Say): HTMLElement[] {
  const log = link("Show log", () => ask(host.request("log/show", {})));
  const anew = () => ask(host.request("engine/restart", {}));
  return [
    make(
      "div",
      "notice-row",
      make("div", "notice-text", what, make("p", "", safe, log)),
      button(restart, "Restart the engine", anew, icon("debug-restart"), "Restart"),
    ),
  ];
}

export function divergedNotice(run: RunState, summary: FlowSummary | null, { host, ask, actions }: Say): HTMLElement[] {
  if (run.status.kind !== "diverged") return [];
  const { layer, message } = run.status;
  const chips = (summary?.layers ?? []).map((_, i) => {
    const guilty = i + 1 === layer; // layers are counted from 1, as f₁ … f_K
    return make("span", guilty ? "layer-chip wrong" : "layer-chip", guilty ? "NaN" : `f${subscript(i + 1)}`);
  });
  const ways = make(
    "div",
    "ways",
    link(`Resume from ${integer(run.step)} with half the rate`, () => actions.resumeGently()),
  );
  const entry = layer === null ? undefined : summary?.layers[layer - 1];
  if (layer !== null && entry) {
    const inspect = () => {
      actions.goTo(layer);
      if (entry.range) ask(host.request("text/reveal", entry.range));
    };
    ways.append(link(`Inspect layer ${layer}`, inspect));
  }
  const list = make("div", "layer-chips", ...chips);
  list.setAttribute("aria-hidden", "true"); // the sentence says the same
  return [list, make("p", "", message), ways];
}

function link(text: string, run: () => void): HTMLButtonElement {
  return button("link", text, run, text);
}
