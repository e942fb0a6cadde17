/** A list of listeners for one kind of happening; a listener that throws does not silence the others. */
export class Listeners<T> {
  private readonly list = new Set<(value: T) => void>();

  /** Adds a listener; the returned function removes it. */
  readonly add = (listener: (value: T) => void): (() => void) => {
    this.list.add(listener);
    return () => this.list.delete(listener);
  };

  tell(value: T): void {
    for (const listener of [...this.list]) {
      try {
        listener(value);
      } catch (error) {
        // A faulty listener is a bug of ours; it must surface, but after the others have been told.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
