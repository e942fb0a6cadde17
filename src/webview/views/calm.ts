/** Keeps live numbers readable: at most ten updates per second, the newest value wins. */
const SHORTEST_INTERVAL = 100; // ms

/** Draws at once when the last drawing is old enough, else as soon as it is. */
export function calm<T>(draw: (value: T) => void): (value: T) => void {
  let last = Number.NEGATIVE_INFINITY;
  let waiting: { value: T } | null = null;
  function now(): void {
    if (waiting === null) return;
    const { value } = waiting;
    waiting = null;
    last = performance.now();
    draw(value);
  }
  return (value) => {
    const scheduled = waiting !== null;
    waiting = { value };
    if (scheduled) return;
    const wait = last + SHORTEST_INTERVAL - performance.now();
    if (wait <= 0) now();
    else setTimeout(now, wait);
  };
}
