// What is dear about S2: checksums, blocks to bytes, and bytes to chunks. It is compiled code where the
// machine can run it, and this is what the streams need to know of it.

export type S2Level = "s2_uncompressed" | "s2_fast" | "s2_better" | "s2_best";

/** Blocks are independent of each other, so all links of a core share one. */
export interface S2Codec {
  /** The checksum of buf[from, to) as it stands in a chunk: masked, 0 … 2^32 - 1. */
  checksum(buf: Uint8Array, from: number, to: number): number;
  /**
   * Decodes block[from, to) to `length` bytes, which is what decodedLength answered and no more than
   * S2_BLOCK_BYTES_MAX. They are valid until the next block is decoded. Null when the block is broken: an
   * element is cut, reaches before the start or past the length, or the sum is not the length.
   */
  decode(block: Uint8Array, from: number, to: number, length: number): Uint8Array | null;
  /**
   * Writes buf[from, to), S2_BLOCK_BYTES at most, at `at` of target as one chunk, which is not longer than
   * one that is uncompressed; answers its end.
   */
  encode(level: S2Level, buf: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number;
}
