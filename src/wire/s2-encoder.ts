// Plain bytes to an S2 stream: one that never ends, with a chunk for each block. Blocks of s2_fast are made
// by the snappy package, those above by our own encoders. Source: leafnode.md §9.3, §9.5.

import { compressSync } from "@napi-rs/snappy";
import { copyBytes } from "../base/bytes.ts";
import { S2_BLOCK_BYTES } from "../base/limits.ts";
import { maskedCrc32c } from "./crc32c.ts";
import { encodeBetter } from "./s2-better.ts";
import { ChainEncoder } from "./s2-chain.ts";
import {
  CHECKSUM_BYTES,
  CHUNK_COMPRESSED,
  CHUNK_HEAD_BYTES,
  CHUNK_IDENTIFIER,
  CHUNK_UNCOMPRESSED,
  IDENTIFIER_BYTES,
  S2_IDENTIFIER,
} from "./s2-frame.ts";
import { savedBytesMin } from "./s2-match.ts";
import { S2Tables } from "./s2-tables.ts";

export type S2Level = "s2_uncompressed" | "s2_fast" | "s2_better" | "s2_best";

/** Shorter blocks leave as they are: a copy and its checksum seldom come out below them. */
const COMPRESSED_BYTES_MIN = 32;

/**
 * s2_fast is left to the snappy package: an encoder in TypeScript that searches as the reference encoder does
 * took 1.45 times its CPU for JSON and made 4 to 5 % less of it, as snappy looks back 64 KiB at most. The
 * others come out below the sizes of the reference encoder, but for some blocks by a few bytes. Measured:
 * bench/wire/s2.ts.
 */
export class S2Encoder {
  /** Plain bytes taken. */
  inBytes = 0;
  /** Bytes of the stream written. */
  outBytes = 0;
  #identified = false;
  readonly #chain: ChainEncoder;

  /** The level may be changed between two calls. Encoders that share `tables` save up to 1.5 MiB each. */
  constructor(
    public level: S2Level,
    private readonly tables: S2Tables = new S2Tables(),
  ) {
    this.#chain = new ChainEncoder(tables);
  }

  /** The most bytes that `length` bytes can become. */
  maxBytes(length: number): number {
    const blocks = Math.ceil(length / S2_BLOCK_BYTES);
    return CHUNK_HEAD_BYTES + IDENTIFIER_BYTES + blocks * (CHUNK_HEAD_BYTES + CHECKSUM_BYTES) + length;
  }

  /** @hot Writes buf[from, to) as chunks at `at` of target, which has room for maxBytes; answers the new end.
   *  The far end can decode all of it at once. */
  encode(buf: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number {
    let d = at;
    if (!this.#identified) {
      d = writeHead(target, d, CHUNK_IDENTIFIER, IDENTIFIER_BYTES);
      d = copyBytes(S2_IDENTIFIER, 0, IDENTIFIER_BYTES, target, d);
      this.#identified = true;
    }
    for (let s = from; s < to; ) {
      const end = Math.min(s + S2_BLOCK_BYTES, to);
      d = this.#chunk(buf, s, end, target, d);
      s = end;
    }
    this.inBytes += to - from;
    this.outBytes += d - at;
    return d;
  }

  #chunk(buf: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number {
    const blockAt = at + CHUNK_HEAD_BYTES + CHECKSUM_BYTES;
    let end = -1;
    if (to - from >= COMPRESSED_BYTES_MIN) end = this.#block(buf, from, to, target, blockAt);
    const type = end < 0 ? CHUNK_UNCOMPRESSED : CHUNK_COMPRESSED;
    if (end < 0) end = copyBytes(buf, from, to, target, blockAt);
    writeHead(target, at, type, end - at - CHUNK_HEAD_BYTES);
    const checksum = maskedCrc32c(buf, from, to);
    for (let i = 0; i < CHECKSUM_BYTES; i++) target[at + CHUNK_HEAD_BYTES + i] = checksum >>> (8 * i);
    return end;
  }

  /** The end of the compressed block; -1 when it would not be enough shorter than the plain bytes. */
  #block(buf: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number {
    if (this.level === "s2_uncompressed") return -1;
    if (this.level === "s2_fast") {
      const block = compressSync(buf.subarray(from, to));
      const isWorth = block.length <= to - from - savedBytesMin(to - from);
      return isWorth ? copyBytes(block, 0, block.length, target, at) : -1;
    }
    const src = new DataView(buf.buffer, buf.byteOffset, to);
    const out = new DataView(target.buffer, target.byteOffset, at + to - from);
    if (this.level === "s2_better") return encodeBetter(this.tables, src, from, to, out, at);
    return this.#chain.encode(src, from, to, out, at);
  }
}

function writeHead(target: Uint8Array, at: number, type: number, size: number): number {
  target[at] = type;
  target[at + 1] = size;
  target[at + 2] = size >>> 8;
  target[at + 3] = size >>> 16;
  return at + CHUNK_HEAD_BYTES;
}
