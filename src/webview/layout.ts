/** The regions of the page and where they stand. Below 600 px everything but stage and clock becomes tabs. */
import { button, make, setClass } from "./dom";

export interface Regions {
  readonly stage: HTMLElement;
  readonly numbers: HTMLElement;
  readonly training: HTMLElement;
  readonly health: HTMLElement;
  readonly strip: HTMLElement;
}

const NARROW = "(max-width: 599.98px)";

const TABS = [
  { name: "Numbers", region: "numbers" },
  { name: "Layers", region: "strip" },
  { name: "Training", region: "training" },
  { name: "Health", region: "health" },
] as const;

type Tab = (typeof TABS)[number]["region"];

export class Layout {
  readonly regions: Regions;
  private readonly middle = make("div", "middle");
  private readonly tabs = make("div", "tabs");
  private readonly narrow = window.matchMedia(NARROW);
  private chosen: Tab = "numbers";

  constructor(
    root: HTMLElement,
    parts: {
      readonly header: HTMLElement;
      readonly bars: HTMLElement;
      readonly instead: HTMLElement;
      readonly stage: HTMLElement;
      readonly strip: HTMLElement;
      readonly clock: HTMLElement;
      readonly live: HTMLElement;
    },
    private readonly onNarrow: (narrow: boolean) => void,
  ) {
    this.regions = {
      stage: parts.stage,
      numbers: region("numbers-region", "Numbers"),
      training: region("training-region", "Training"),
      health: region("health-region", "Health"),
      strip: parts.strip,
    };
    for (const element of [parts.header, parts.stage, parts.strip, parts.clock]) element.tabIndex = -1;
    this.tabs.setAttribute("role", "tablist");
    this.tabs.setAttribute("aria-label", "Regions");
    this.tabs.append(...TABS.map(({ name, region }) => this.makeTab(name, region)));
    this.tabs.addEventListener("keydown", (event) => this.key(event));
    this.middle.append(parts.stage, this.tabs, this.regions.numbers, this.regions.training, this.regions.health);
    root.append(parts.header, parts.bars, this.middle, parts.strip, parts.clock, parts.instead, parts.live);
    this.order = [parts.header, parts.stage, this.regions.numbers, this.regions.training, this.regions.health, parts.strip, parts.clock];
    this.narrow.addEventListener("change", () => this.arrange(root, parts.strip, parts.clock));
    this.arrange(root, parts.strip, parts.clock);
  }

  private readonly order: readonly HTMLElement[];

  /** For F6: what is on the page at present, in reading order. */
  visible(): readonly HTMLElement[] {
    return this.order.filter((element) => element.offsetParent !== null || element.offsetHeight > 0);
  }

  private arrange(root: HTMLElement, strip: HTMLElement, clock: HTMLElement): void {
    const narrow = this.narrow.matches;
    setClass(root, "narrow", narrow);
    setClass(clock, "alone", narrow);
    if (narrow) this.middle.append(strip);
    else clock.before(strip);
    this.choose(this.chosen);
    this.onNarrow(narrow);
  }

  private makeTab(name: string, region: Tab): HTMLButtonElement {
    const tab = button("tab", name, () => this.choose(region), name);
    tab.removeAttribute("title");
    tab.setAttribute("role", "tab");
    tab.dataset.region = region;
    return tab;
  }

  private choose(region: Tab): void {
    this.chosen = region;
    const narrow = this.narrow.matches;
    for (const { region: other } of TABS) {
      const element = this.regions[other];
      setClass(element, "not-chosen", narrow && other !== region);
      if (narrow) element.setAttribute("role", "tabpanel");
      else element.setAttribute("role", "region");
    }
    for (const tab of this.tabs.children) {
      if (!(tab instanceof HTMLElement)) continue;
      const chosen = tab.dataset.region === region;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
  }

  private key(event: KeyboardEvent): void {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    const at = TABS.findIndex(({ region }) => region === this.chosen);
    const next = TABS[(at + by + TABS.length) % TABS.length];
    if (!next) return;
    this.choose(next.region);
    this.tabs.querySelector<HTMLElement>("[aria-selected=true]")?.focus();
    event.preventDefault();
    event.stopPropagation(); // the arrows would also change the layer
  }
}

function region(className: string, name: string): HTMLElement {
  const element = make("section", `region ${className}`);
  element.setAttribute("aria-label", name);
  element.tabIndex = -1;
  return element;
}
