/** Shared memory that kernels of several threads work on, handed out from the bottom up and given back as a whole. */

const PAGE = 65_536;
/** Large enough for vectors and for a line of the processor's cache. */
const ALIGNMENT = 64;
/** The kernels' own constants lie in the first page. */
const RESERVED = PAGE;

/** Counts bytes before there is memory, then hands out the same places: `lay` runs twice and must ask for the same each time. */
export interface Room {
  /** Address of so many bytes, all 0. */
  take(bytes: number): number;
}

export class SharedMemory {
  readonly memory: WebAssembly.Memory;
  readonly bytes: number;
  readonly words: Int32Array;
  readonly floats: Float32Array;
  readonly doubles: Float64Array;

  constructor(bytes: number) {
    const pages = Math.ceil((RESERVED + bytes) / PAGE);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.bytes = pages * PAGE;
    this.words = new Int32Array(this.memory.buffer);
    this.floats = new Float32Array(this.memory.buffer);
    this.doubles = new Float64Array(this.memory.buffer);
  }

  /** Views of numbers at an address. */
  floatsAt(address: number, count: number): Float32Array {
    return this.floats.subarray(address / 4, address / 4 + count);
  }
}

/** How much memory `lay` takes. */
export function countBytes(lay: (room: Room) => unknown): number {
  const counting = new Bump();
  lay(counting);
  return counting.used;
}

/** Runs `lay` twice: to find how much memory it takes, and to lay everything out in it. */
export function layOut<T>(lay: (room: Room) => T): { readonly shared: SharedMemory; readonly placed: T } {
  const shared = new SharedMemory(countBytes(lay));
  return { shared, placed: lay(new Bump()) };
}

class Bump implements Room {
  private next = RESERVED;

  get used(): number {
    return this.next - RESERVED;
  }

  take(bytes: number): number {
    const address = this.next;
    this.next += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return address;
  }
}
