/**
 * The marks of the eight pins: each name has its own shape, color and dash, so that none of them is the only carrier. One outline
 * serves the SVG of tables and chips and the canvas of the stage.
 */
import { decoration, svg } from "./drawing";

const PIN_NAMES = ["A", "B", "C", "D", "E", "F", "G", "H"] as const;

/** Role of a pin's color; "foreground" is the color of key numbers. */
export type PinColor = "red" | "blue" | "foreground" | "green" | "yellow";

const COLORS: readonly PinColor[] = ["red", "blue", "foreground", "green", "yellow"];
const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [8, 2, 2, 2], [4, 4], [10, 3], [1, 3], [6, 2, 2, 2, 2, 2]];

type Outline = "circle" | readonly (readonly [number, number])[];

// Unit outlines, y downwards. The factors give all shapes about the area of the circle, so that none looks more important.
const OUTLINES: readonly Outline[] = [
  "circle",
  regular(4, 1.25, 0),
  triangle(1),
  regular(4, 1.25, Math.PI / 4),
  triangle(-1),
  regular(5, 1.15, 0),
  star(),
  cross(),
];

export function pinColor(name: string): PinColor {
  return COLORS[indexOf(name) % COLORS.length] ?? "foreground";
}

/** Dash pattern of the pin's path and line, in pixels; empty for a solid line. */
export function pinDash(name: string): readonly number[] {
  return DASHES[indexOf(name) % DASHES.length] ?? [];
}

/** The mark as a decoration of 16 × 16 units; its color comes from the class `pin-mark`. */
export function pinMark(name: string, filled = true): SVGSVGElement {
  const outline = outlineOf(name);
  const radius = 5;
  const className = `pin-shape${filled ? "" : " hollow"}`;
  const shape =
    outline === "circle"
      ? svg("circle", { class: className, cx: 8, cy: 8, r: radius })
      : svg("polygon", { class: className, points: outline.map(([x, y]) => `${8 + radius * x},${8 + radius * y}`).join(" ") });
  return decoration(`pin-mark pin-${pinColor(name)}`, "0 0 16 16", shape);
}

export interface PinStyle {
  /** Filled marks the current end of the path, hollow the base end z₀. */
  readonly filled: boolean;
  readonly color: string;
  /** Color of the 2 px ring that keeps the mark apart from the picture: that of the page. */
  readonly halo: string;
}

const HALO_WIDTH = 2;
const HOLLOW_WIDTH = 2;

/** Draws the mark centred at (x, y), all in the units of the context. */
export function drawPin(context: CanvasRenderingContext2D, name: string, x: number, y: number, radius: number, style: PinStyle): void {
  context.save();
  context.setLineDash([]);
  context.lineJoin = "round";
  tracePin(context, name, x, y, radius);
  context.strokeStyle = style.halo;
  context.lineWidth = 2 * HALO_WIDTH + (style.filled ? 0 : HOLLOW_WIDTH);
  context.stroke();
  context.fillStyle = style.filled ? style.color : style.halo;
  context.fill();
  if (!style.filled) {
    context.strokeStyle = style.color;
    context.lineWidth = HOLLOW_WIDTH;
    context.stroke();
  }
  context.restore();
}

/** Makes the mark's outline the current path. */
function tracePin(context: CanvasRenderingContext2D, name: string, x: number, y: number, radius: number): void {
  const outline = outlineOf(name);
  context.beginPath();
  if (outline === "circle") context.arc(x, y, radius, 0, 2 * Math.PI);
  else for (const [px, py] of outline) context.lineTo(x + radius * px, y + radius * py);
  context.closePath();
}

function indexOf(name: string): number {
  return Math.max(0, PIN_NAMES.indexOf(name as (typeof PIN_NAMES)[number]));
}

function outlineOf(name: string): Outline {
  return OUTLINES[indexOf(name)] ?? "circle";
}

function onCircle(angle: number, radius: number): readonly [number, number] {
  return [radius * Math.sin(angle), -radius * Math.cos(angle)];
}

/** A regular polygon whose first corner points up, turned by `turn`. */
function regular(corners: number, radius: number, turn: number): Outline {
  return Array.from({ length: corners }, (_, i) => onCircle(turn + (2 * Math.PI * i) / corners, radius));
}

/** A triangle that points up (1) or down (−1), moved so that it looks centred. */
function triangle(direction: 1 | -1): Outline {
  const corners = Array.from({ length: 3 }, (_, i) => onCircle((2 * Math.PI * i) / 3, 1.35));
  return corners.map(([x, y]) => [x, direction * (y + 0.15)] as const);
}

function star(): Outline {
  return Array.from({ length: 10 }, (_, i) => onCircle((Math.PI * i) / 5, i % 2 === 0 ? 1.4 : 0.62));
}

function cross(): Outline {
  const arm = 0.42;
  const end = 1.15;
  const quarter = [
    [-arm, -end],
    [arm, -end],
    [arm, -arm],
  ] as const;
  const turns = [0, 1, 2, 3].map((turn) => (turn * Math.PI) / 2);
  return turns.flatMap((a) => quarter.map(([x, y]) => [x * Math.cos(a) - y * Math.sin(a), x * Math.sin(a) + y * Math.cos(a)] as const));
}
