// S2 on a raw connection. While a round runs the sink must cost little, so a chunk is then only asked for how
// long it is once decoded; around it everything is decoded and checked. Source: leafnode.md §9.3.

import { decodedLength } from "../../src/wire/s2-block.ts";
import { S2Decoder } from "../../src/wire/s2-decoder.ts";
import {
  CHECKSUM_BYTES,
  CHUNK_COMPRESSED,
  CHUNK_HEAD_BYTES,
  CHUNK_UNCOMPRESSED,
} from "../../src/wire/s2-frame.ts";
import type { Encode } from "./batch.ts";
import { CODEC } from "./s2-encode.ts";

const BLOCK_BYTES_MAX = 4 << 20;
/** Of the length that a compressed block begins with. */
const VARINT_BYTES_MAX = 5;

export class S2Link {
  /** Bytes that what came is once decoded, and the chunks of data that it came in; while counting only. */
  plainBytes = 0;
  blocks = 0;

  readonly #encode: Encode;
  readonly #onPlain: (bytes: Uint8Array) => void;
  readonly #decoder = new S2Decoder(BLOCK_BYTES_MAX, CODEC);
  #counting = false;
  /** While counting: the first bytes of a chunk, how many of it are still to come, what it is decoded. */
  readonly #head = new Uint8Array(CHUNK_HEAD_BYTES + CHECKSUM_BYTES + VARINT_BYTES_MAX);
  #headBytes = 0;
  #owed = 0;
  #owedPlain = 0;

  constructor(encode: Encode, onPlain: (bytes: Uint8Array) => void) {
    this.#encode = encode;
    this.#onPlain = onPlain;
  }

  encoded(plain: Uint8Array): Uint8Array {
    return this.#encode(plain);
  }

  get counting(): boolean {
    return this.#counting;
  }

  /** Only between two chunks, as it is when all that was sent has arrived. */
  set counting(on: boolean) {
    if (this.#decoder.heldBytes + this.#headBytes + this.#owed > 0) throw new Error("a chunk is under way");
    this.#counting = on;
    this.begin();
  }

  begin(): void {
    this.plainBytes = 0;
    this.blocks = 0;
  }

  receive(bytes: Uint8Array): void {
    if (this.#counting) {
      this.#count(bytes);
      return;
    }
    const reason = this.#decoder.feed(bytes, (plain) => this.#onPlain(plain.slice()));
    if (reason !== null) throw new Error(`S2 that does not decode: ${reason}`);
  }

  #count(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#owed === 0) {
        this.#head[this.#headBytes++] = bytes[at++]!;
        if (this.#headBytes < CHUNK_HEAD_BYTES || this.#headBytes < this.#wantedOfHead()) continue;
        this.#owed = CHUNK_HEAD_BYTES + this.#bodyBytes() - this.#headBytes;
        this.#owedPlain = this.#plainBytes();
        this.#headBytes = 0;
      }
      const came = Math.min(this.#owed, bytes.length - at);
      at += came;
      this.#owed -= came;
      if (this.#owed > 0) continue;
      this.plainBytes += this.#owedPlain;
      if (this.#owedPlain > 0) this.blocks++;
      this.#owedPlain = 0;
    }
  }

  /** A compressed block says how long it is behind its checksum. */
  #wantedOfHead(): number {
    if (this.#head[0] !== CHUNK_COMPRESSED) return CHUNK_HEAD_BYTES;
    return Math.min(CHUNK_HEAD_BYTES + this.#bodyBytes(), this.#head.length);
  }

  #bodyBytes(): number {
    return this.#head[1]! | (this.#head[2]! << 8) | (this.#head[3]! << 16);
  }

  /** What the chunk with this head is once decoded; 0 for one without data. */
  #plainBytes(): number {
    if (this.#head[0] === CHUNK_UNCOMPRESSED) return this.#bodyBytes() - CHECKSUM_BYTES;
    if (this.#head[0] !== CHUNK_COMPRESSED) return 0;
    return Math.max(0, decodedLength(this.#head, CHUNK_HEAD_BYTES + CHECKSUM_BYTES, this.#headBytes));
  }
}
