/** The point under the pointer on the stage, at its image in the stage that is shown. */
import { coordinate, level } from "../format";
import type { Scene } from "../scene";
import { type Mapping, traceAt } from "../stage-view";
import { layerCount, type ViewModel } from "../store";

/** Draws the cross-hair and answers its numbers as text; "" where there is none. */
export function drawCrossHair(context: CanvasRenderingContext2D, model: ViewModel, scene: Scene, mapping: Mapping): string {
  const { hover } = model;
  if (hover?.x.length !== 2) return "";
  const atData = scene.time === layerCount(model);
  if (!atData && !hover.trace) return "";
  const [x, y] = atData || !hover.trace ? [hover.x[0] ?? 0, hover.x[1] ?? 0] : traceAt(hover.trace, scene.time);
  const [px, py] = [Math.round(mapping.x(x)) + 0.5, Math.round(mapping.y(y)) + 0.5];
  // The numbers may still be those of the pointer's last place; then that place is named, so that what stands together belongs together.
  const [namedX, namedY] = hover.trace ? traceAt(hover.trace, scene.time) : [x, y];
  const cross = (color: string, lineWidth: number, opacity: number) => {
    context.globalAlpha = opacity;
    context.strokeStyle = color;
    context.lineWidth = lineWidth;
    context.beginPath();
    context.moveTo(0, py);
    context.lineTo(mapping.side, py);
    context.moveTo(px, 0);
    context.lineTo(px, mapping.side);
    context.stroke();
  };
  context.setLineDash([]);
  cross(scene.theme.page, 3, 0.45);
  cross(scene.theme.foreground, 1, 0.8);
  context.globalAlpha = 1;
  const density = hover.trace?.logDensities[scene.stage];
  const value = density === undefined || scene.time % 1 !== 0 ? "" : `   log p = ${level(density, 3)}`;
  return `${atData ? "x" : "z"} = (${coordinate(namedX, 2)}, ${coordinate(namedY, 2)})${value}`;
}
