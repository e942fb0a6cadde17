/** Paints densities without WebGL: colours per cell, smoothed by the browser, and iso-lines as strokes. */
import type { StagePicture } from "../../protocol/model";
import { type ColorTable, ENTRIES } from "../colormaps";
import type { HeatJob, HeatPainter } from "./heat-job";
import { isoSegments } from "./iso-lines";
import { placeOf } from "./scale";

const DOT = 3; // CSS pixels

export class CanvasPainter implements HeatPainter {
  private readonly cells = document.createElement("canvas");

  paint(jobs: readonly HeatJob[]): boolean {
    for (const job of jobs) this.draw(job);
    return true;
  }

  private draw(job: HeatJob): void {
    const { target, picture } = job;
    const side = target.canvas.width;
    target.clearRect(0, 0, side, side);
    if (job.heat) this.drawCells(job, side);
    target.strokeStyle = `rgb(${job.ink.join(", ")})`;
    for (const line of job.isoLines) {
      target.globalAlpha = line.opacity;
      target.lineWidth = line.width;
      target.setLineDash([]);
      target.beginPath();
      const segments = isoSegments(picture, line.level);
      for (let i = 0; i < segments.length; i += 4) {
        if (line.dotted && isGap((segments[i] ?? 0) * side, (segments[i + 1] ?? 0) * side, job.pixelRatio)) continue;
        target.moveTo((segments[i] ?? 0) * side, (1 - (segments[i + 1] ?? 0)) * side);
        target.lineTo((segments[i + 2] ?? 0) * side, (1 - (segments[i + 3] ?? 0)) * side);
      }
      target.stroke();
    }
    target.globalAlpha = 1;
  }

  private drawCells(job: HeatJob, side: number): void {
    const n = job.picture.resolution;
    this.cells.width = n;
    this.cells.height = n;
    const context = this.cells.getContext("2d");
    if (!context) return; // only when the browser is out of memory for canvases
    context.putImageData(colored(job.picture, job), 0, 0);
    job.target.imageSmoothingQuality = "high";
    job.target.drawImage(this.cells, 0, 0, side, side);
  }
}

/** Segments are in no order along the line, so that a dash pattern has to come from where they lie. */
function isGap(x: number, y: number, pixelRatio: number): boolean {
  return Math.floor((x + y) / (DOT * pixelRatio)) % 2 === 1;
}

/** One pixel per cell, top row first; cells without a value in stripes of the ink. */
function colored(
  picture: StagePicture,
  { scale, table, ink }: { scale: HeatJob["scale"]; table: ColorTable; ink: HeatJob["ink"] },
): ImageData {
  const n = picture.resolution;
  const image = new ImageData(n, n);
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      const value = picture.logDensity[(n - 1 - row) * n + column] ?? Number.NaN;
      const at = 4 * (row * n + column);
      if (Number.isNaN(value)) {
        if ((row + column) % 3 === 0) image.data.set([...ink, 140], at);
        continue;
      }
      const entry = 4 * Math.round(Math.min(1, Math.max(0, placeOf(scale, value))) * (ENTRIES - 1));
      image.data.set(table.subarray(entry, entry + 4), at);
    }
  }
  return image;
}
