/** The running log-density of one point from base (hollow) to data (filled), on the scale that all pins share. */
import { level } from "../format";
import type { Range } from "../views/axis";
import { setAttributes, svg } from "../views/drawing";
import { pinColor, pinDash } from "../views/pin-marks";

export interface Sparkline {
  readonly element: SVGSVGElement;
  draw(levels: ArrayLike<number>, range: Range): void;
}

const WIDTH = 96; // the picture is stretched to its cell; marks keep their shape because it is the cell that adapts
const HEIGHT = 24;
const EDGE = 5; // room for the end marks

export function createSparkline(pin: string): Sparkline {
  const line = svg("polyline", {
    class: "spark-line",
    "stroke-dasharray":
      pinDash(pin)
        .map((length) => length * 0.7)
        .join(" ") || "none",
  });
  const start = svg("circle", { class: "spark-start", r: 2.6 });
  const end = svg("circle", { class: "spark-end", r: 3 });
  const element = svg(
    "svg",
    { class: `sparkline pin-mark pin-${pinColor(pin)}`, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" },
    line,
    start,
    end,
  );

  function draw(levels: ArrayLike<number>, { low, high }: Range): void {
    const values = Array.from(levels);
    const x = (i: number) => EDGE + ((WIDTH - 2 * EDGE) * i) / Math.max(1, values.length - 1);
    const y = (value: number) => HEIGHT - EDGE - ((HEIGHT - 2 * EDGE) * (value - low)) / (high - low || 1);
    const points = values.flatMap((value, i) => (Number.isFinite(value) ? [{ x: x(i), y: y(value) }] : []));
    const [first, last] = [points[0], points[points.length - 1]];
    setAttributes(line, { points: points.map((point) => `${point.x.toFixed(1)},${point.y.toFixed(1)}`).join(" ") });
    if (first) setAttributes(start, { cx: first.x, cy: first.y });
    if (last) setAttributes(end, { cx: last.x, cy: last.y });
    setAttributes(element, { "aria-label": `running log p: ${values.map((value) => level(value, 2)).join(", ")}` });
  }
  return { element, draw };
}
