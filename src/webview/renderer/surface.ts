/**
 * Where densities get painted: WebGL2 if the machine has it, else 2-D canvas. Targets are ordinary canvases that keep their last
 * picture, so a lost context leaves the page as it was; it is painted anew by the fallback, and by WebGL once that is back.
 */
import { CanvasPainter } from "./canvas-painter";
import type { HeatJob } from "./heat-job";
import { WebglPainter } from "./webgl-painter";

export class Surface {
  private readonly webgl: WebglPainter | null;
  private readonly fallback = new CanvasPainter();

  /** `onRestored`: everything should be painted again. */
  constructor(onRestored: () => void) {
    this.webgl = WebglPainter.create(onRestored);
  }

  /** What to tell a reader about it; null while all is well. */
  get note(): string | null {
    return this.webgl ? null : "WebGL2 is not available here: pictures are drawn in a simpler way";
  }

  paint(jobs: readonly HeatJob[]): void {
    const visible = jobs.filter((job) => job.target.canvas.width > 0);
    if (visible.length === 0) return;
    if (!this.webgl?.paint(visible)) this.fallback.paint(visible);
  }
}
