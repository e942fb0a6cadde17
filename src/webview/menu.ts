/** A button with a pop-up list of choices, usable by keyboard. */
import { button, icon, make } from "./dom";

export interface MenuItem {
  readonly label: string;
  /** A choice among others; null for a plain action. */
  readonly checked: boolean | null;
  /** Heading under which neighbours of the same group stand; null for none. */
  readonly group: string | null;
  run(): void;
}

export class Menu {
  readonly button: HTMLButtonElement;
  private list: HTMLElement | null = null;

  constructor(
    className: string,
    title: string,
    private readonly items: () => readonly (Omit<MenuItem, "checked" | "group"> & Partial<MenuItem>)[],
  ) {
    this.button = button(className, title, () => (this.list ? this.close() : this.open()));
    this.button.removeAttribute("aria-label"); // its text names it, the title says what it is for
    this.button.setAttribute("aria-haspopup", "menu");
    this.button.setAttribute("aria-expanded", "false");
  }

  private open(): void {
    const list = make("div", "menu");
    list.setAttribute("role", "menu");
    list.setAttribute("aria-label", this.button.title);
    let group: string | null = null;
    for (const item of this.items()) {
      if (item.group && item.group !== group) list.append(heading(item.group));
      group = item.group ?? null;
      list.append(this.entry(item));
    }
    document.body.append(list);
    this.list = list;
    this.button.setAttribute("aria-expanded", "true");
    this.place(list);
    const entries = [...list.querySelectorAll("button")];
    (entries.find((entry) => entry.getAttribute("aria-checked") === "true") ?? entries[0])?.focus();
    list.addEventListener("keydown", (event) => this.key(event, entries));
    list.addEventListener("focusout", (event) => {
      if (!(event.relatedTarget instanceof Node && list.contains(event.relatedTarget))) this.close(false);
    });
  }

  private entry(item: Omit<MenuItem, "checked" | "group"> & Partial<MenuItem>): HTMLButtonElement {
    const checked = item.checked ?? null;
    const run = () => {
      this.close();
      item.run();
    };
    const entry = button("menu-item", item.label, run, checked ? icon("check") : make("span", "codicon"), item.label);
    entry.removeAttribute("title");
    entry.setAttribute("role", checked === null ? "menuitem" : "menuitemradio");
    if (checked !== null) entry.setAttribute("aria-checked", String(checked));
    entry.tabIndex = -1;
    return entry;
  }

  /** Below the button, inside the page. */
  private place(list: HTMLElement): void {
    const box = this.button.getBoundingClientRect();
    const left = Math.min(box.left, document.documentElement.clientWidth - list.offsetWidth - 4);
    const below = box.bottom + 4 + list.offsetHeight <= document.documentElement.clientHeight;
    list.style.left = `${Math.max(4, left)}px`;
    list.style.top = `${Math.max(4, below ? box.bottom + 4 : box.top - 4 - list.offsetHeight)}px`;
  }

  private key(event: KeyboardEvent, entries: readonly HTMLButtonElement[]): void {
    const at = entries.indexOf(document.activeElement as HTMLButtonElement);
    const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 };
    const to = moves[event.key];
    if (to !== undefined) entries[(to + entries.length) % entries.length]?.focus();
    else if (event.key === "Escape" || event.key === "Tab") this.close();
    event.stopPropagation();
    if (to !== undefined || event.key === "Escape") event.preventDefault();
  }

  private close(refocus = true): void {
    const list = this.list;
    if (!list) return;
    this.list = null;
    list.remove();
    this.button.setAttribute("aria-expanded", "false");
    if (refocus) this.button.focus();
  }
}

function heading(text: string): HTMLElement {
  const element = make("div", "menu-heading", text);
  element.setAttribute("role", "presentation");
  return element;
}
