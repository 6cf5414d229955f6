// What the block encoders remember of the bytes they have seen: positions by hash, and before each position
// the last one of the same hash. Kept from block to block so that nothing is allocated or cleared, and shared
// by as many encoders as there are.

const HEAD_BITS_MIN = 12;
/** How many positions of a block are chained, as a power of two: 1 MiB of memory and all of a usual flush. */
const CHAIN_BITS_MAX = 18;
/** Positions must stay below 2^31, so that differences of them are small integers. */
const BASE_END = 2 ** 30;

export class S2Tables {
  /** The last position of a hash, as `zero` + position. What is left of an earlier block is too low to be
   *  one. */
  head = new Int32Array(1 << HEAD_BITS_MIN);
  /** The same for a hash of twice as many bytes: long matches are found at once, however many short ones
   *  there are. */
  farHead = new Int32Array(1 << HEAD_BITS_MIN);
  /** Before `zero` + position at position & chainMask, the last one of the same hash. */
  chain = new Int32Array(1 << HEAD_BITS_MIN);
  chainMask = 0;
  /** A 32-bit hash is shifted right by so much. */
  shift = 0;
  /** What a position of the block counts from: never 0, and more than any entry of an earlier block. */
  zero = 1;
  #base = 1;

  /** For a block of `size` bytes: 2^headBitsMax hashes at most, and room for its positions, none of which is
   *  known. */
  begin(size: number, headBitsMax: number): void {
    const headBits = Math.min(bitsOf(size), headBitsMax);
    if (this.head.length < 1 << headBits) {
      this.head = new Int32Array(1 << headBits);
      this.farHead = new Int32Array(1 << headBits);
    }
    if (this.#base > BASE_END) {
      this.head.fill(0);
      this.farHead.fill(0);
      this.#base = 1;
    }
    this.shift = 32 - headBits;
    this.zero = this.#base;
    this.#base += size;
  }

  /** Also chains them. */
  beginChain(size: number, headBitsMax: number): void {
    this.begin(size, headBitsMax);
    const chainSize = 1 << Math.min(bitsOf(size), CHAIN_BITS_MAX);
    if (this.chain.length < chainSize) this.chain = new Int32Array(chainSize);
    this.chainMask = chainSize - 1;
  }
}

function bitsOf(size: number): number {
  return Math.max(HEAD_BITS_MIN, 32 - Math.clz32(size - 1));
}
