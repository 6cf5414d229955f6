// S2: checksums, blocks to bytes, and bytes to chunks. Compiled by `bun run kernel`; s2.ts copies bytes in and
// out. Source: leafnode.md §9.3, §9.4.

import { encodeBest } from "./s2-best";
import { encodeBetter } from "./s2-better";
import { masked } from "./s2-checksum";
import { decodeBlock } from "./s2-decode";
import { OUT } from "./s2-emit";
import { encodeFast } from "./s2-fast";
import { CHUNK, CHUNK_HEAD_BYTES, PLAIN } from "./s2-layout";

export {
  BLOCK,
  BLOCK_BYTES,
  CHUNK,
  CHUNK_HEAD_BYTES,
  DECODED,
  DECODED_BYTES,
  MEMORY_BYTES,
  PLAIN,
  PLAIN_BYTES,
  SLACK_BYTES,
} from "./s2-layout";

export const UNCOMPRESSED: u32 = 0;
export const FAST: u32 = 1;
export const BETTER: u32 = 2;
export const BEST: u32 = 3;

/** Shorter blocks leave as they are: a copy and its checksum seldom come out below them. */
const COMPRESSED_BYTES_MIN: u32 = 32;
const CHECKSUM_BYTES: u32 = 4;

/** The checksum as it stands in a chunk. */
export function checksum(at: u32, size: u32): u32 {
  return masked(at, size);
}

/** Decodes `size` bytes at BLOCK, which begin with a length, to DECODED; 0 when the block is broken. */
export function decode(size: u32, length: u32): u32 {
  return decodeBlock(size, length) ? 1 : 0;
}

/** Writes `size` bytes at PLAIN as a chunk; answers the bytes of it. CHUNK_HEAD_BYTES of them when the chunk is
 *  uncompressed: then the plain bytes are still to follow. */
export function encode(size: u32, level: u32): u32 {
  let end: u32 = 0;
  if (size >= COMPRESSED_BYTES_MIN && level != UNCOMPRESSED) {
    end = level == FAST ? encodeFast(size) : level == BETTER ? encodeBetter(size) : encodeBest(size);
  }
  const body = CHECKSUM_BYTES + (end == 0 ? size : end - OUT);
  store<u32>(CHUNK, (body << 8) | (end == 0 ? 1 : 0));
  store<u32>(CHUNK, masked(PLAIN, size), 4);
  return end == 0 ? CHUNK_HEAD_BYTES : end - CHUNK;
}
