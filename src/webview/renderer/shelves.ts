/** Places square panels side by side in a buffer of limited size; what does not fit goes to the next round. */
export interface Shelf {
  readonly width: number;
  readonly height: number;
  readonly panels: readonly { readonly index: number; readonly x: number; readonly y: number }[];
}

export function packShelves(sides: readonly number[], limit: number): Shelf[] {
  const rounds: Shelf[] = [];
  let panels: { index: number; x: number; y: number }[] = [];
  let [x, y, shelfHeight, width] = [0, 0, 0, 0];
  const close = () => {
    if (panels.length > 0) rounds.push({ width, height: y + shelfHeight, panels });
    panels = [];
    [x, y, shelfHeight, width] = [0, 0, 0, 0];
  };
  for (const [index, side] of sides.entries()) {
    if (side === 0 || side > limit) continue;
    if (x + side > limit) {
      y += shelfHeight;
      [x, shelfHeight] = [0, 0];
    }
    if (y + side > limit) close();
    panels.push({ index, x, y });
    x += side;
    shelfHeight = Math.max(shelfHeight, side);
    width = Math.max(width, x);
  }
  close();
  return rounds;
}
