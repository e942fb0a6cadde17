/** A canvas that covers its box with exactly one pixel per device pixel, at any zoom. */
import { make } from "../dom";

export interface SharpCanvas {
  readonly element: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
  /** CSS pixels per side. */
  readonly width: number;
  readonly height: number;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
}

/** One observer for all canvases of a view; `onResize` runs after a size or the zoom has changed. */
export class SharpCanvases {
  private readonly canvases = new Map<Element, { -readonly [K in keyof SharpCanvas]: SharpCanvas[K] }>();
  private readonly observer: ResizeObserver;

  constructor(onResize: () => void) {
    this.observer = new ResizeObserver((entries) => {
      for (const entry of entries) this.fit(entry);
      onResize();
    });
  }

  create(className: string): SharpCanvas {
    const element = make("canvas", className);
    const context = element.getContext("2d");
    if (!context) throw new Error("this browser has no 2-D canvas"); // none of VS Code's has
    element.width = 0;
    element.height = 0;
    const canvas = { element, context, width: 0, height: 0, ratio: 1 };
    this.canvases.set(element, canvas);
    this.observer.observe(element, { box: "device-pixel-content-box" });
    return canvas;
  }

  release(canvas: SharpCanvas): void {
    this.canvases.delete(canvas.element);
    this.observer.unobserve(canvas.element);
  }

  private fit(entry: ResizeObserverEntry): void {
    const canvas = this.canvases.get(entry.target);
    const device = entry.devicePixelContentBoxSize[0];
    if (!canvas || !device) return;
    canvas.width = entry.contentRect.width;
    canvas.height = entry.contentRect.height;
    const [width, height] = [devicePixels(device.inlineSize, canvas.width), devicePixels(device.blockSize, canvas.height)];
    canvas.ratio = canvas.width > 0 ? width / canvas.width : 1;
    // Setting a size clears the canvas, so only where it differs.
    if (canvas.element.width !== width) canvas.element.width = width;
    if (canvas.element.height !== height) canvas.element.height = height;
  }
}

/** As measured; an emulated screen (developer tools, page tests) measures CSS pixels, and then the ratio has to do. */
function devicePixels(measured: number, css: number): number {
  const expected = css * window.devicePixelRatio;
  return Math.abs(measured - expected) < 2 ? measured : Math.round(expected);
}
