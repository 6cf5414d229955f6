// Buffers that S2 streams borrow for a chunk that has not come whole. Any number of connections may share one
// stock, for each holds a buffer only while it is inside a chunk.

import { S2_STOCK_BYTES } from "../base/limits.ts";

const SMALLEST_SHIFT = 12;
const SIZE_COUNT = 12;
/** After so many returns, sizes that nobody asked for since are let go. */
const RETURNS_PER_SWEEP = 256;

/** Sizes are powers of two from 4 KiB to 8 MiB; of each at most two wait. */
export class S2Buffers {
  readonly #first: (Uint8Array | null)[] = new Array(SIZE_COUNT).fill(null);
  readonly #second: (Uint8Array | null)[] = new Array(SIZE_COUNT).fill(null);
  readonly #asked = new Uint8Array(SIZE_COUNT);
  #returns = 0;
  #waiting = 0;

  /** At most `stockBytes` wait to be borrowed; more is left to the collector. */
  constructor(private readonly stockBytes: number = S2_STOCK_BYTES) {}

  /** Bytes that wait to be borrowed. */
  get waitingBytes(): number {
    return this.#waiting;
  }

  /** A buffer of at least `bytes` with anything in it. */
  take(bytes: number): Uint8Array {
    const size = sizeOf(bytes);
    if (size >= SIZE_COUNT) return new Uint8Array(bytes);
    this.#asked[size] = 1;
    for (const shelf of [this.#second, this.#first]) {
      const buffer = shelf[size]!;
      if (buffer === null) continue;
      shelf[size] = null;
      this.#waiting -= buffer.length;
      return buffer;
    }
    return new Uint8Array(1 << (size + SMALLEST_SHIFT));
  }

  /** Takes back what `take` answered; the caller no longer uses it. */
  give(buffer: Uint8Array): void {
    const size = sizeOf(buffer.length);
    if (size < SIZE_COUNT && this.#waiting + buffer.length <= this.stockBytes) {
      const shelf = this.#first[size] === null ? this.#first : this.#second;
      if (shelf[size] === null) {
        shelf[size] = buffer;
        this.#waiting += buffer.length;
      }
    }
    if (++this.#returns === RETURNS_PER_SWEEP) this.#sweep();
  }

  #sweep(): void {
    this.#returns = 0;
    for (let size = 0; size < SIZE_COUNT; size++) {
      if (this.#asked[size] === 0) {
        this.#waiting -= (this.#first[size]?.length ?? 0) + (this.#second[size]?.length ?? 0);
        this.#first[size] = null;
        this.#second[size] = null;
      }
      this.#asked[size] = 0;
    }
  }
}

/** Which power of two holds so many bytes, counted from the smallest. */
function sizeOf(bytes: number): number {
  return Math.max(0, 32 - Math.clz32(Math.max(bytes, 1) - 1) - SMALLEST_SHIFT);
}
