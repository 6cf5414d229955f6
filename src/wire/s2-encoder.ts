// Plain bytes to an S2 stream: one that never ends, with a chunk for each block. Source: leafnode.md §9.3,
// §9.5.

import { copyBytes } from "../base/bytes.ts";
import { S2_BLOCK_BYTES } from "../base/limits.ts";
import type { S2Codec, S2Level } from "./s2-codec.ts";
import {
  CHECKSUM_BYTES,
  CHUNK_HEAD_BYTES,
  CHUNK_IDENTIFIER,
  IDENTIFIER_BYTES,
  S2_IDENTIFIER,
  writeHead,
} from "./s2-frame.ts";

export class S2Encoder {
  /** Plain bytes taken. */
  inBytes = 0;
  /** Bytes of the stream written. */
  outBytes = 0;
  #identified = false;

  /** The level may be changed between two calls. */
  constructor(
    public level: S2Level,
    private readonly codec: S2Codec,
  ) {}

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
      d = this.codec.encode(this.level, buf, s, end, target, d);
      s = end;
    }
    this.inBytes += to - from;
    this.outBytes += d - at;
    return d;
  }
}
