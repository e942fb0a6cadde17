/** Marks that the stage and the thumbnails share: pins in the colours of a theme, and text on top of a density. */
import type { Theme } from "../theme";
import { drawPin, type PinColor, pinColor } from "./pin-marks";

export function pinColorIn(theme: Theme, name: string): string {
  const colors: Record<PinColor, string> = {
    red: theme.red,
    blue: theme.blue,
    foreground: theme.key,
    green: theme.green,
    yellow: theme.yellow,
  };
  return colors[pinColor(name)];
}

/** Hollow marks the base end, filled the present end. */
export function drawThemedPin(
  context: CanvasRenderingContext2D,
  name: string,
  [x, y]: readonly [number, number],
  radius: number,
  end: "base" | "present",
  theme: Theme,
): void {
  drawPin(context, name, x, y, radius, { filled: end === "present", color: pinColorIn(theme, name), halo: theme.page });
}

const HALO = 3.5; // CSS pixels, half of it around the letters

/** Text that stays readable on any colour of the map. */
export function drawHaloText(context: CanvasRenderingContext2D, text: string, x: number, y: number, color: string, page: string): void {
  context.lineJoin = "round";
  context.setLineDash([]);
  context.strokeStyle = page;
  context.lineWidth = HALO;
  context.strokeText(text, x, y);
  context.fillStyle = color;
  context.fillText(text, x, y);
}
