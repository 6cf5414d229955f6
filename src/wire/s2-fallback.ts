// S2 where the machine has no WebAssembly SIMD: blocks are read by TypeScript and written by the snappy
// package, whose blocks are S2 blocks that look back 64 KiB at most. Source: leafnode.md §9.3, §9.5.

import { compressSync } from "@napi-rs/snappy";
import { copyBytes } from "../base/bytes.ts";
import { maskedCrc32c } from "./crc32c.ts";
import { decodeBlock } from "./s2-block.ts";
import type { S2Codec, S2Level } from "./s2-codec.ts";
import { CHECKSUM_BYTES, CHUNK_COMPRESSED, CHUNK_UNCOMPRESSED, writeHead } from "./s2-frame.ts";

/** Shorter blocks leave as they are: a copy and its checksum seldom come out below them. */
const COMPRESSED_BYTES_MIN = 32;
const SMALLEST_BYTES = 4_096;

/** All levels above s2_uncompressed are one. */
export class S2Fallback implements S2Codec {
  /** Grows to the largest block that came. */
  #decoded = new Uint8Array(SMALLEST_BYTES);

  checksum(buf: Uint8Array, from: number, to: number): number {
    return maskedCrc32c(buf, from, to);
  }

  decode(block: Uint8Array, from: number, to: number, length: number): Uint8Array | null {
    if (this.#decoded.length < length)
      this.#decoded = new Uint8Array(Math.max(length, 2 * this.#decoded.length));
    return decodeBlock(block, from, to, this.#decoded, length) ? this.#decoded.subarray(0, length) : null;
  }

  encode(level: S2Level, buf: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number {
    const block = level === "s2_uncompressed" ? null : compressed(buf, from, to);
    const size = block === null ? to - from : block.length;
    let d = writeHead(
      target,
      at,
      block === null ? CHUNK_UNCOMPRESSED : CHUNK_COMPRESSED,
      CHECKSUM_BYTES + size,
    );
    const checksum = maskedCrc32c(buf, from, to);
    for (let i = 0; i < CHECKSUM_BYTES; i++) target[d++] = checksum >>> (8 * i);
    return block === null ? copyBytes(buf, from, to, target, d) : copyBytes(block, 0, size, target, d);
  }
}

/** Null when the block would not be enough shorter: the far end would spend more on it than the bytes are
 *  worth. The reference encoder draws the same line. */
function compressed(buf: Uint8Array, from: number, to: number): Uint8Array | null {
  const size = to - from;
  if (size < COMPRESSED_BYTES_MIN) return null;
  const block = compressSync(buf.subarray(from, to));
  return block.length <= size - (size >>> 5) ? block : null;
}
