/** The image of a small circle under a Jacobian, beside the circle itself. */
import { decoration, setAttributes, svg } from "../views/drawing";
import { pinColor } from "../views/pin-marks";

export interface Ellipse {
  readonly element: SVGSVGElement;
  /** Half axes relative to the circle, and the angle of the longer one against the first coordinate (radians, y upwards). */
  draw(long: number, short: number, angle: number): void;
}

const WIDTH = 36;
const HEIGHT = 26;
const RADIUS = 8; // of the unit circle, while the ellipse fits
const LARGEST = 13; // half axis that still fits into the row at every angle
const SMALLEST_DOTTED = 3; // a smaller circle has no room for dots
const THINNEST = 0.6; // a filament is drawn at least this thick, else it vanishes

export function createEllipse(pin: string): Ellipse {
  const circle = svg("circle", { class: "unit-circle", cx: WIDTH / 2, cy: HEIGHT / 2 });
  const image = svg("ellipse", { class: "ellipse-image" });
  const element = decoration(`j-ellipse pin-mark pin-${pinColor(pin)}`, `0 0 ${WIDTH} ${HEIGHT}`, circle, image);

  function draw(long: number, short: number, angle: number): void {
    const scale = Math.min(RADIUS, LARGEST / long);
    const isDrawable = Number.isFinite(scale) && Number.isFinite(angle);
    setAttributes(element, { visibility: isDrawable ? "visible" : "hidden" });
    if (!isDrawable) return;
    const degrees = (-angle * 180) / Math.PI; // y grows downwards on the page
    setAttributes(circle, { r: Math.max(0.8, scale), "stroke-dasharray": scale < SMALLEST_DOTTED ? "none" : "1.5 1.8" });
    setAttributes(image, {
      rx: long * scale,
      ry: Math.max(THINNEST, short * scale),
      transform: `translate(${WIDTH / 2} ${HEIGHT / 2}) rotate(${degrees.toFixed(1)})`,
    });
  }
  return { element, draw };
}
