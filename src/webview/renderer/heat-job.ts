/** What can be asked of a painter of densities, whichever way it paints. */
import type { StagePicture } from "../../protocol/model";
import type { ColorTable } from "../colormaps";
import type { ColorScale } from "./scale";

export interface IsoLine {
  /** Log-density, nats. */
  readonly level: number;
  /** Device pixels. */
  readonly width: number;
  readonly opacity: number;
  readonly dotted: boolean;
}

/** One square panel: a picture, painted over the whole of the target canvas. */
export interface HeatJob {
  readonly picture: StagePicture;
  readonly target: CanvasRenderingContext2D;
  readonly scale: ColorScale;
  readonly table: ColorTable;
  readonly heat: boolean;
  readonly isoLines: readonly IsoLine[];
  /** Colour of the iso-lines and of the hatching, 0…255. */
  readonly ink: readonly [number, number, number];
  /** Device pixels per CSS pixel. */
  readonly pixelRatio: number;
}

export interface HeatPainter {
  /** Paints all jobs now; false: it cannot at present (a lost context), and the targets still hold what they held. */
  paint(jobs: readonly HeatJob[]): boolean;
}

const MASS_STYLES = [
  { mass: 25, width: 1, opacity: 0.72, dotted: false },
  { mass: 50, width: 1.4, opacity: 0.72, dotted: false },
  { mass: 75, width: 1, opacity: 0.72, dotted: false },
  { mass: 95, width: 1, opacity: 0.5, dotted: false },
  { mass: 99, width: 1, opacity: 0.35, dotted: true },
] as const;

const THUMBNAIL_WIDTH = 0.8;
const CONTRAST_WIDTH = 2;
const CONTRAST_OPACITY = 0.9;

/** The iso-lines of a picture: all five on the stage, 50 and 95 % in a thumbnail. */
export function isoLines(picture: StagePicture, size: "stage" | "thumbnail", highContrast: boolean, pixelRatio: number): IsoLine[] {
  return MASS_STYLES.flatMap((style, i) => {
    const level = picture.massLevels[i];
    if (level === undefined || !Number.isFinite(level)) return [];
    if (size === "thumbnail") {
      if (style.mass !== 50 && style.mass !== 95) return [];
      const width = (highContrast ? 1.2 : THUMBNAIL_WIDTH) * pixelRatio;
      return [{ level, width, opacity: highContrast ? CONTRAST_OPACITY : style.opacity, dotted: false }];
    }
    const width = (highContrast ? CONTRAST_WIDTH : style.width) * pixelRatio;
    return [{ level, width, opacity: highContrast ? CONTRAST_OPACITY : style.opacity, dotted: style.dotted }];
  });
}
