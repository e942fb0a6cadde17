/** A part of the inspector that can be folded away, with its table for copying. */
import { button, make } from "../dom";
import type { KeptChoices } from "../host";
import type { Store } from "../store";
import { glyph } from "../views/drawing";
import { copyText, toCsv } from "./csv";
import type { Panel } from "./panel";

export interface Section {
  readonly element: HTMLElement;
  /** Small text at the right end of the head. */
  readonly aside: HTMLElement;
  rename(...title: readonly (Node | string)[]): void;
}

const COPIED_FOR = 1500; // ms that the check mark stays

export function createSection(panel: Panel, store: Store, choices: KeptChoices): Section {
  const id = `section-${panel.title.replace(/\W+/g, "-").toLowerCase()}`;
  const name = make("span", "section-name", panel.title);
  const toggle = make("button", "section-toggle", glyph("chevron"), name);
  toggle.type = "button";
  toggle.setAttribute("aria-controls", id);
  const aside = make("span", "section-aside");
  const body = make("div", "section-body", panel.element);
  body.id = id;
  const head = make("div", "section-head", make("h2", "", toggle), aside, makeCopy(panel, store));
  const element = make("section", "inspector-section", head, body);

  function fold(closed: boolean): void {
    toggle.setAttribute("aria-expanded", String(!closed));
    body.hidden = closed;
  }
  toggle.addEventListener("click", () => {
    const closed = !body.hidden;
    fold(closed);
    const others = foldedSections(choices).filter((other) => other !== id);
    choices.save({ folded: closed ? [...others, id] : others });
  });
  fold(foldedSections(choices).includes(id));

  let shown = "";
  function rename(...title: readonly (Node | string)[]): void {
    const text = title.filter((part) => typeof part === "string").join("");
    if (text === shown) return;
    shown = text;
    name.replaceChildren(...title);
  }
  return { element, aside, rename };
}

function makeCopy(panel: Panel, store: Store): HTMLElement {
  const done = make("span", "unseen");
  done.setAttribute("role", "status");
  const copy = button(
    "section-copy",
    "Copy as CSV, with all digits",
    () => {
      void copyText(toCsv(panel.csv(store.value))).then((copied) => {
        copy.replaceChildren(glyph(copied ? "passed" : "doubtful"));
        done.textContent = copied ? "Copied" : "The clipboard is not available";
        setTimeout(() => {
          copy.replaceChildren(glyph("copy"));
          done.textContent = "";
        }, COPIED_FOR);
      });
    },
    glyph("copy"),
  );
  return make("span", "section-actions", copy, done);
}

function foldedSections(choices: KeptChoices): readonly string[] {
  const kept = choices.load();
  if (typeof kept !== "object" || kept === null || !("folded" in kept) || !Array.isArray(kept.folded)) return [];
  return kept.folded.filter((id): id is string => typeof id === "string");
}
