/** Where the columns of the film strip stand. The clock uses the same places, since the strip is its scale. */

export interface StripLayout {
  readonly columns: number;
  /** CSS pixels from column to column. */
  readonly pitch: number;
  readonly thumbnail: number;
  /** True: the strip is wider than its box and scrolls; the clock then shows the chain in compressed form. */
  readonly scrolls: boolean;
}

const ALWAYS_FIT = 13; // columns of twelve layers
const LEAST_PITCH = 46; // a thumbnail of 38 still shows where the mass is
const READABLE_PITCH = 84;
const LARGEST_THUMBNAIL = 134;

/** Share of the pitch left between thumbnails; wide strips have room for the name of the layer in between. */
function gap(pitch: number): number {
  return Math.min(40, Math.max(8, 0.22 * pitch));
}

export function stripLayout(columns: number, width: number, tallest: number): StripLayout {
  const even = width / Math.max(1, columns);
  const fits = columns <= ALWAYS_FIT ? even >= LEAST_PITCH : even >= READABLE_PITCH;
  const pitch = fits ? even : READABLE_PITCH + 12;
  const thumbnail = Math.floor(Math.max(24, Math.min(pitch - gap(pitch), LARGEST_THUMBNAIL, tallest)));
  return { columns, pitch, thumbnail, scrolls: !fits };
}

/** Centre of a column, from the left edge of the strip's content. */
export function centerOf(layout: StripLayout, stage: number): number {
  return (stage + 0.5) * layout.pitch;
}
