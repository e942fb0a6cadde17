/** The pages that show one session. Messages to a hidden page are lost, so only visible ones are told; frames wait for each other. */
import type { Frame } from "../protocol/model";
import type { ViewEvents } from "../protocol/view";

const DRAWING_PATIENCE_MS = 2000; // a page that hangs must not stop the pictures of the others

/** One page: a Flow view, or the trajectory inspector, which takes frames but draws too little to be waited for. */
export interface Page {
  readonly drawsFrames: boolean;
  readonly isVisible: boolean;
  emit<K extends keyof ViewEvents & string>(event: K, payload: ViewEvents[K]): void;
}

interface Awaited {
  readonly sequence: number;
  readonly pages: Set<Page>;
  readonly timer: NodeJS.Timeout;
}

export class Audience {
  private readonly pages = new Set<Page>();
  private awaited: Awaited | null = null;

  /** `onDrawn` is called once for each frame, when every visible page has drawn it. */
  constructor(private readonly onDrawn: (sequence: number) => void) {}

  get isWatching(): boolean {
    return [...this.pages].some((page) => page.isVisible);
  }

  /** Whether a page is seen that draws pictures. */
  get isDrawing(): boolean {
    return [...this.pages].some((page) => page.isVisible && page.drawsFrames);
  }

  get size(): number {
    return this.pages.size;
  }

  add(page: Page): void {
    this.pages.add(page);
  }

  remove(page: Page): void {
    this.pages.delete(page);
    this.settle(page);
  }

  /** A page that was hidden draws nothing more. */
  visibilityChanged(page: Page): void {
    if (!page.isVisible) this.settle(page);
  }

  tell<K extends keyof ViewEvents & string>(event: K, payload: ViewEvents[K]): void {
    for (const page of this.pages) if (page.isVisible) page.emit(event, payload);
  }

  show(frame: Frame): void {
    if (this.awaited) clearTimeout(this.awaited.timer); // the latest wins
    const drawing = [...this.pages].filter((page) => page.isVisible && page.drawsFrames);
    this.awaited = {
      sequence: frame.sequence,
      pages: new Set(drawing),
      timer: setTimeout(() => this.release(), DRAWING_PATIENCE_MS),
    };
    this.tell("frame", frame);
    if (drawing.length === 0) this.release();
  }

  drawn(page: Page, sequence: number): void {
    if (this.awaited?.sequence === sequence) this.settle(page);
  }

  dispose(): void {
    if (this.awaited) clearTimeout(this.awaited.timer);
    this.awaited = null;
    this.pages.clear();
  }

  private settle(page: Page): void {
    if (this.awaited?.pages.delete(page) && this.awaited.pages.size === 0) this.release();
  }

  private release(): void {
    if (!this.awaited) return;
    clearTimeout(this.awaited.timer);
    const { sequence } = this.awaited;
    this.awaited = null;
    this.onDrawn(sequence);
  }
}
