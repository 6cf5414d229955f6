// One buffer for all that moves: what came in and what leaves lie side by side, so that a message moves by
// copyWithin, which the engine does twice as fast as copying between buffers.

import { BLOCK_POOL_BYTES, INPUT_BYTES, LARGE_BLOCK_BYTES, SMALL_BLOCK_BYTES } from "./limits.ts";

/** Bytes behind the receive window, so that scanning may look a little ahead and find the end mark. */
const GUARD_BYTES = 64;

/** How an arena with a pool of so many bytes is divided. */
function dividedOf(poolBytes: number) {
  const smallCount = Math.max(1, Math.floor(poolBytes / 8 / SMALL_BLOCK_BYTES));
  const largeCount = Math.max(1, Math.floor((poolBytes * 7) / 8 / LARGE_BLOCK_BYTES));
  const smallFrom = INPUT_BYTES + GUARD_BYTES;
  const largeFrom = smallFrom + smallCount * SMALL_BLOCK_BYTES;
  return { smallCount, largeCount, smallFrom, largeFrom };
}

/** The size of an arena with a pool of so many bytes. */
export function arenaBytes(poolBytes = BLOCK_POOL_BYTES): number {
  const { largeFrom, largeCount } = dividedOf(poolBytes);
  return largeFrom + largeCount * LARGE_BLOCK_BYTES;
}

/** A piece of a buffer that holds bytes to send: buf[from, to), with room up to `limit`. */
export interface Block {
  buf: Uint8Array;
  /** Where the block begins, to give it back. */
  base: number;
  from: number;
  to: number;
  limit: number;
}

export class Arena {
  readonly bytes: Uint8Array;
  /** The receive window is bytes[0, inputBytes). */
  readonly inputBytes = INPUT_BYTES;
  readonly #small: number[] = [];
  readonly #large: number[] = [];

  /** `poolBytes` bounds what is kept for blocks; tests and the simulator make it small. `bytes` are zeros, as
   *  many as arenaBytes says. */
  constructor(poolBytes = BLOCK_POOL_BYTES, bytes = new Uint8Array(arenaBytes(poolBytes))) {
    const { smallCount, largeCount, smallFrom, largeFrom } = dividedOf(poolBytes);
    this.bytes = bytes;
    for (let i = smallCount - 1; i >= 0; i--) this.#small.push(smallFrom + i * SMALL_BLOCK_BYTES);
    for (let i = largeCount - 1; i >= 0; i--) this.#large.push(largeFrom + i * LARGE_BLOCK_BYTES);
  }

  /** Moves `block` to a fresh piece with room for at least `size` bytes; a large one when `large`. */
  take(block: Block, size: number, large: boolean): void {
    const wantsLarge = large || size > SMALL_BLOCK_BYTES;
    const pool = wantsLarge ? this.#large : this.#small;
    const bytes = wantsLarge ? LARGE_BLOCK_BYTES : SMALL_BLOCK_BYTES;
    const base = size <= bytes ? pool.pop() : undefined;
    if (base === undefined) {
      block.buf = new Uint8Array(Math.max(size, bytes));
      block.base = -1;
      block.limit = block.buf.length;
      block.from = block.to = 0;
      return;
    }
    block.buf = this.bytes;
    block.base = block.from = block.to = base;
    block.limit = base + bytes;
  }

  /** Takes back what `take` gave. */
  giveBack(block: Block): void {
    if (block.base < 0) return;
    (block.limit - block.base === SMALL_BLOCK_BYTES ? this.#small : this.#large).push(block.base);
    block.base = -1;
  }
}
