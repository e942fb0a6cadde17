/** One Flow view or inspector, as a person reads and uses it. */
import type { Frame, Locator, Page } from "playwright-core";
import { until } from "./waiting";

/** Pixels of a canvas, row by row from the top, straight alpha. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

export type Rgba = readonly [number, number, number, number];

export class View {
  constructor(
    readonly frame: Frame,
    private readonly page: Page,
  ) {}

  locator(selector: string, options?: Parameters<Frame["locator"]>[1]): Locator {
    return this.frame.locator(selector, options);
  }

  /** What the first such element says; "" where there is none. */
  async text(selector: string): Promise<string> {
    return this.frame.evaluate((sought) => document.querySelector(sought)?.textContent?.trim() ?? "", selector);
  }

  async texts(selector: string): Promise<string[]> {
    return this.frame.evaluate(
      (sought) => [...document.querySelectorAll(sought)].map((element) => element.textContent?.trim() ?? ""),
      selector,
    );
  }

  async attribute(selector: string, name: string): Promise<string | null> {
    return this.frame.evaluate(([sought, key]) => document.querySelector(sought)?.getAttribute(key) ?? null, [selector, name] as const);
  }

  async count(selector: string): Promise<number> {
    return this.frame.evaluate((sought) => document.querySelectorAll(sought).length, selector);
  }

  async isShown(selector: string): Promise<boolean> {
    return this.frame.evaluate((sought) => {
      const element = document.querySelector(sought);
      return element?.checkVisibility({ visibilityProperty: true }) ?? false;
    }, selector);
  }

  async untilText(selector: string, expected: string | RegExp): Promise<string> {
    return until(`${selector} says ${expected}`, async () => {
      const text = await this.text(selector);
      return (typeof expected === "string" ? text === expected : expected.test(text)) && text;
    });
  }

  /** The word about the run in the header: "Untrained", "Training", "Paused" … */
  status(): Promise<string> {
    return this.text(".status .word");
  }

  async untilStatus(expected: string | RegExp): Promise<string> {
    return this.untilText(".status .word", expected);
  }

  async step(): Promise<number> {
    return Number((await this.text(".figure-step b")).replaceAll(",", ""));
  }

  /** The step of the picture on the stage, as it says itself; null while there is none. */
  async pictureStep(): Promise<number | null> {
    const step = /, step ([\d,]+)$/.exec((await this.attribute(".stage canvas.heat", "aria-label")) ?? "")?.[1];
    return step === undefined ? null : Number(step.replaceAll(",", ""));
  }

  /** Waits for a picture of the present step. */
  async untilPicture(): Promise<void> {
    await until("a picture of the present step", async () => (await this.pictureStep()) === (await this.step()));
  }

  /** The stage that the film strip marks. */
  async stage(): Promise<number> {
    return this.frame.evaluate(() => [...document.querySelectorAll(".film")].findIndex((film) => film.classList.contains("current")));
  }

  /** Presses a key with the focus in the page, but on no control of it. */
  async press(key: string): Promise<void> {
    await this.frame.evaluate(() => {
      window.focus();
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    });
    await this.page.keyboard.press(key);
  }

  /** A place on the stage: (0, 0) its upper left, (1, 1) its lower right corner, in pixels of the window. */
  async placeOnStage(x: number, y: number): Promise<{ readonly x: number; readonly y: number }> {
    const box = await this.locator(".stage").boundingBox();
    if (!box) throw new Error("there is no stage");
    return { x: box.x + x * box.width, y: box.y + y * box.height };
  }

  async pointAt(x: number, y: number): Promise<void> {
    const place = await this.placeOnStage(x, y);
    await this.page.mouse.move(place.x, place.y);
  }

  /** Clicks on the stage, and takes the pointer away so that its own numbers give way to the pin's. */
  async clickAt(x: number, y: number): Promise<void> {
    const place = await this.placeOnStage(x, y);
    await this.page.mouse.click(place.x, place.y);
    await this.pointAway();
  }

  async pointAway(): Promise<void> {
    await this.page.mouse.move(2, 2);
    await until("the cross-hair is gone", async () => (await this.text(".readout")) === "");
  }

  /** The picture of a canvas, read after whatever is being drawn. */
  async pixels(selector: string): Promise<Pixels> {
    const { width, height, text } = await this.frame.evaluate(async (sought) => {
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      const canvas = document.querySelector(sought);
      if (!(canvas instanceof HTMLCanvasElement)) throw new Error(`no canvas ${sought}`);
      const { data, width, height } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? new ImageData(1, 1);
      let binary = "";
      for (let at = 0; at < data.length; at += 8192) binary += String.fromCharCode(...data.subarray(at, at + 8192));
      return { width, height, text: btoa(binary) }; // as a list of numbers it would take seconds
    }, selector);
    return { width, height, data: new Uint8ClampedArray(Buffer.from(text, "base64")) };
  }

  heat(): Promise<Pixels> {
    return this.pixels(".stage canvas.heat");
  }

  /** The picture of the stage once it has stopped changing: a coarse one comes first, the full one follows. */
  async settledHeat(): Promise<Pixels> {
    let last = await this.heat();
    let same = 0;
    return until("a picture that stays", async () => {
      const now = await this.heat();
      same = difference(last, now) === 0 ? same + 1 : 0;
      last = now;
      return same >= 10 && now;
    });
  }
}

/** The pixel at a place, (0, 0) the upper left, (1, 1) the lower right corner. */
export function pixelAt({ width, height, data }: Pixels, x: number, y: number): Rgba {
  const column = Math.min(width - 1, Math.floor(x * width));
  const row = Math.min(height - 1, Math.floor(y * height));
  const at = 4 * (row * width + column);
  return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0, data[at + 3] ?? 0];
}

/** The share of pixels that differ visibly, 0 … 1. */
export function difference(a: Pixels, b: Pixels): number {
  if (a.width !== b.width || a.height !== b.height) return 1;
  let differing = 0;
  for (let at = 0; at < a.data.length; at += 4) {
    const away = Math.max(...[0, 1, 2, 3].map((i) => Math.abs((a.data[at + i] ?? 0) - (b.data[at + i] ?? 0))));
    if (away > VISIBLE) differing++;
  }
  return (4 * differing) / a.data.length;
}

const VISIBLE = 12; // of 255

/** The share of pixels on which there is anything. */
export function painted({ data }: Pixels): number {
  let count = 0;
  for (let at = 3; at < data.length; at += 4) if ((data[at] ?? 0) > VISIBLE) count++;
  return (4 * count) / data.length;
}
