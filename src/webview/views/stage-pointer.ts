/** What pointer and arrow keys do on the stage: cross-hair, pins, dragging. */
import { coordinate, level } from "../format";
import type { Pins } from "../pins";
import type { Selection } from "../selection";
import { type Mapping, nearestPoint, pointCount, traceAt } from "../stage-view";
import { clampedTime, layerCount, type Store } from "../store";
import type { Tracer } from "../tracer";
import type { Stage } from "./stage";

const GRAB = 11; // CSS pixels around a pin
const SNAP = 14; // CSS pixels around a sample, on stages whose points cannot be traced themselves
const DRAG = 3; // CSS pixels before a press becomes a drag
const CELL = 1 / 128; // of the window, per arrow key

export class StagePointer {
  private drag: { readonly name: string; readonly x: number; readonly y: number; moved: boolean } | null = null;

  constructor(
    private readonly stage: Stage,
    private readonly store: Store,
    private readonly tracer: Tracer,
    private readonly pins: Pins,
    private readonly selection: Selection,
    private readonly say: (text: string) => void,
    speak: (text: string) => void,
  ) {
    const { element } = stage;
    element.addEventListener("pointermove", (event) => this.move(event));
    element.addEventListener("pointerleave", () => this.drag ?? tracer.clear());
    element.addEventListener("pointerdown", (event) => this.press(event));
    element.addEventListener("pointerup", (event) => this.release(event));
    element.addEventListener("pointercancel", () => {
      this.drag = null;
    });
    store.subscribe(["hover"], ({ hover }) => {
      if (!hover?.trace || document.activeElement !== element) return;
      const density = hover.trace.logDensities[hover.trace.logDensities.length - 1] ?? Number.NaN;
      speak(`${coordinate(hover.x[0] ?? 0, 2)}, ${coordinate(hover.x[1] ?? 0, 2)}: log p ${level(density, 3)}`);
    });
  }

  /** Enter: a cross-hair at the middle of the stage, at the selected pin, or where it was. */
  startCrossHair(): void {
    const mapping = this.dataMapping();
    if (!mapping || this.store.value.hover) return;
    const pinned = this.store.value.pins.find(({ pin }) => pin.name === this.store.value.selectedPin);
    this.tracer.point(pinned?.pin.x ?? mapping.point(mapping.side / 2, mapping.side / 2));
  }

  /** Moves the cross-hair by cells of a 128 × 128 grid; false: there is none, and the key means something else. */
  nudge(right: number, up: number): boolean {
    const { hover } = this.store.value;
    const mapping = this.dataMapping();
    if (!hover || !mapping || document.activeElement !== this.stage.element) return false;
    const [[left, rightEdge], [bottom, top]] = mapping.window;
    const x = (hover.x[0] ?? 0) + right * CELL * (rightEdge - left);
    const y = (hover.x[1] ?? 0) + up * CELL * (top - bottom);
    this.tracer.point([Math.min(Math.max(x, left), rightEdge), Math.min(Math.max(y, bottom), top)]);
    return true;
  }

  private atData(): boolean {
    const model = this.store.value;
    return clampedTime(model) === layerCount(model);
  }

  private dataMapping(): Mapping | null {
    if (this.atData()) return this.stage.mapping();
    this.say("The cross-hair is placed in data space: End goes there");
    return null;
  }

  private move(event: PointerEvent): void {
    const mapping = this.stage.mapping();
    if (!mapping) return;
    const [px, py] = place(this.stage.element, event);
    if (this.drag) {
      if (!this.drag.moved && Math.hypot(px - this.drag.x, py - this.drag.y) < DRAG) return;
      this.drag.moved = true;
      this.pins.move(this.drag.name, mapping.point(px, py));
      return;
    }
    this.stage.element.classList.toggle("over-pin", this.pinAt(px, py, mapping) !== null);
    const x = this.sourceOf(px, py, mapping);
    if (x) this.tracer.point(x);
    else this.tracer.clear();
  }

  private press(event: PointerEvent): void {
    const mapping = this.stage.mapping();
    if (!mapping || event.button !== 0) return;
    const [px, py] = place(this.stage.element, event);
    const name = this.pinAt(px, py, mapping);
    if (name !== null) this.selection.choosePin(name);
    if (name === null || !this.atData()) return;
    this.drag = { name, x: px, y: py, moved: false };
    this.tracer.clear();
    this.stage.element.setPointerCapture(event.pointerId);
  }

  private release(event: PointerEvent): void {
    const mapping = this.stage.mapping();
    if (!mapping || event.button !== 0) return;
    const dragged = this.drag;
    this.drag = null;
    const [px, py] = place(this.stage.element, event);
    if (dragged || this.pinAt(px, py, mapping) !== null) return;
    const x = this.sourceOf(px, py, mapping);
    if (x) void this.pins.add(x);
    else this.say("Pins are placed in data space: End goes there, or click on one of the points shown here");
  }

  /** The point of data space that lies here; on other stages only the points at hand have a known one. */
  private sourceOf(px: number, py: number, mapping: Mapping): readonly number[] | null {
    if (this.atData()) return mapping.point(px, py);
    const { frame, marks } = this.store.value;
    const stage = clampedTime(this.store.value);
    if (!frame || stage % 1 !== 0) return null;
    const shown = [marks.data ? frame.data : null, marks.samples ? frame.samples : null];
    for (const points of shown) {
      if (!points) continue;
      const n = pointCount(points, frame.stages.length);
      const i = nearestPoint(points, stage, n, mapping, px, py, SNAP);
      const at = 2 * ((frame.stages.length - 1) * n + i);
      if (i >= 0) return [points[at] ?? 0, points[at + 1] ?? 0];
    }
    return null;
  }

  private pinAt(px: number, py: number, mapping: Mapping): string | null {
    const model = this.store.value;
    const time = clampedTime(model);
    for (const { pin, trace } of model.pins) {
      const [x, y] = traceAt(trace, time);
      if (Math.hypot(mapping.x(x) - px, mapping.y(y) - py) < GRAB) return pin.name;
    }
    return null;
  }
}

function place(element: HTMLElement, event: PointerEvent): [number, number] {
  const box = element.getBoundingClientRect();
  return [event.clientX - box.left - element.clientLeft, event.clientY - box.top - element.clientTop];
}
