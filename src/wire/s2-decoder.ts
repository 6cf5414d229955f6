// An S2 or Snappy stream to plain bytes, cut anywhere. A peer decides what stands in it, so every length is
// checked before memory is taken, and a broken stream is answered by its reason. Source: leafnode.md §9.3.

import { rangeEquals } from "../base/bytes.ts";
import { S2_FEED_BYTES_MAX, SNAPPY_BLOCK_BYTES_MAX } from "../base/limits.ts";
import { decodedLength } from "./s2-block.ts";
import { S2Buffers } from "./s2-buffers.ts";
import type { S2Codec } from "./s2-codec.ts";
import {
  CHECKSUM_BYTES,
  CHUNK_COMPRESSED,
  CHUNK_HEAD_BYTES,
  CHUNK_IDENTIFIER,
  CHUNK_SKIPPABLE_FROM,
  CHUNK_UNCOMPRESSED,
  encodedBytesMax,
  IDENTIFIER_BYTES,
  S2_IDENTIFIER,
  SNAPPY_IDENTIFIER,
} from "./s2-frame.ts";

/** Takes the plain bytes, which are valid during the call only. */
type Sink = (plain: Uint8Array) => void;

/** A decoder that is not given a stock keeps no more than this for its next chunk, in bytes. */
const OWN_STOCK_BYTES = 64 * 1024;

export class S2Decoder {
  /** Bytes taken. */
  inBytes = 0;
  /** Plain bytes given. */
  outBytes = 0;
  /** How far outBytes may come in this call. */
  #outMax = 0;
  #identified = false;
  #isSnappy = false;
  #broken: string | null = null;
  #stopped = false;
  /** The chunk that is being read: how much of its head is here, its type, the bytes after the head, and
   *  how many of those are skipped or carried. */
  #headBytes = 0;
  #type = 0;
  #size = 0;
  #taken = 0;
  #carry: Uint8Array | null = null;

  /**
   * A block that decodes to more than `blockMax` bytes breaks the stream; it may be raised between two calls.
   * Decoders that share `buffers` hold memory only while they are inside a chunk.
   */
  constructor(
    public blockMax: number,
    private readonly codec: S2Codec,
    private readonly buffers: S2Buffers = new S2Buffers(OWN_STOCK_BYTES),
  ) {}

  /** Bytes held until the rest of a chunk is here: at most twice what a block of blockMax can need, and only
   *  as the chunk's bytes arrive. */
  get heldBytes(): number {
    return this.#carry?.length ?? 0;
  }

  /** For a sink that wants no more: the rest of the stream is not decoded, also not within this call. */
  stop(): void {
    this.#stopped = true;
    this.#release();
  }

  /**
   * Takes bytes as they come and hands `sink` each decoded block, never empty. Answers why the stream is
   * broken, or null; once it is broken or stopped, nothing more is taken. A few bytes may stand for a whole
   * block: what one call may become is bounded, and with it its time.
   */
  feed(chunk: Uint8Array, sink: Sink): string | null {
    if (this.#stopped || this.#broken !== null) return this.#broken;
    this.inBytes += chunk.length;
    this.#outMax = this.outBytes + S2_FEED_BYTES_MAX;
    let at = 0;
    while (at < chunk.length && !this.#stopped) {
      if (this.#headBytes < CHUNK_HEAD_BYTES) {
        at = this.#readHead(chunk, at);
        if (this.#headBytes < CHUNK_HEAD_BYTES) return null;
        const reason = this.#checkHead();
        if (reason !== null) return this.#breakWith(reason);
        if (this.#size > 0) continue;
        this.#headBytes = 0;
        continue;
      }
      const part = Math.min(this.#size - this.#taken, chunk.length - at);
      const reason = this.#readBody(chunk, at, at + part, sink);
      if (reason !== null) return this.#breakWith(reason);
      at += part;
    }
    return null;
  }

  #readHead(chunk: Uint8Array, from: number): number {
    let at = from;
    for (; at < chunk.length && this.#headBytes < CHUNK_HEAD_BYTES; at++) {
      const byte = chunk[at]!;
      if (this.#headBytes === 0) {
        this.#type = byte;
        this.#size = 0;
        this.#taken = 0;
      } else {
        this.#size |= byte << (8 * (this.#headBytes - 1));
      }
      this.#headBytes++;
    }
    return at;
  }

  #checkHead(): string | null {
    const type = this.#type;
    const size = this.#size;
    if (type === CHUNK_IDENTIFIER) {
      return size === IDENTIFIER_BYTES ? null : "a stream identifier of a wrong length";
    }
    if (!this.#identified) return "no stream identifier at the start";
    if (type >= CHUNK_SKIPPABLE_FROM) return null;
    if (type !== CHUNK_COMPRESSED && type !== CHUNK_UNCOMPRESSED) {
      return `a chunk of the reserved type ${type}`;
    }
    if (size < CHECKSUM_BYTES) return "a chunk too short for its checksum";
    const sizeMax = type === CHUNK_UNCOMPRESSED ? this.#blockMax() : encodedBytesMax(this.#blockMax());
    return size - CHECKSUM_BYTES > sizeMax ? this.#tooLarge() : null;
  }

  /** Bytes of a chunk, all at once if they are here: usually nothing is copied before it is decoded. */
  #readBody(chunk: Uint8Array, from: number, to: number, sink: Sink): string | null {
    const isWhole = this.#taken === 0 && to - from === this.#size;
    const isSkipped = this.#type >= CHUNK_SKIPPABLE_FROM && this.#type !== CHUNK_IDENTIFIER;
    if (!isWhole && !isSkipped) this.#carryOver(chunk, from, to);
    this.#taken += to - from;
    if (this.#taken < this.#size) return null;
    this.#headBytes = 0;
    if (isSkipped) return null;
    if (isWhole) return this.#take(chunk, from, to, sink);
    const carry = this.#carry!;
    this.#carry = null;
    const reason = this.#take(carry, 0, this.#size, sink);
    this.buffers.give(carry);
    return reason;
  }

  /** Room grows with what has come, not with what is announced. */
  #carryOver(chunk: Uint8Array, from: number, to: number): void {
    const needed = this.#taken + to - from;
    const old = this.#carry;
    if (old === null || old.length < needed) {
      this.#carry = this.buffers.take(needed);
      if (old !== null) {
        this.#carry.set(old.subarray(0, this.#taken));
        this.buffers.give(old);
      }
    }
    this.#carry!.set(chunk.subarray(from, to), this.#taken);
  }

  /** A whole chunk without its head. */
  #take(buf: Uint8Array, from: number, to: number, sink: Sink): string | null {
    if (this.#type === CHUNK_IDENTIFIER) return this.#identify(buf, from, to);
    const checksum =
      (buf[from]! | (buf[from + 1]! << 8) | (buf[from + 2]! << 16) | (buf[from + 3]! << 24)) >>> 0;
    const at = from + CHECKSUM_BYTES;
    if (this.#type === CHUNK_UNCOMPRESSED) return this.#give(buf, at, to, checksum, sink);
    const length = decodedLength(buf, at, to);
    if (length < 0) return "a block without a length";
    if (length > this.#blockMax()) return this.#tooLarge();
    const plain = this.codec.decode(buf, at, to, length);
    return plain === null ? "a block that does not decode" : this.#give(plain, 0, length, checksum, sink);
  }

  #identify(buf: Uint8Array, from: number, to: number): string | null {
    this.#isSnappy = rangeEquals(buf, from, to, SNAPPY_IDENTIFIER);
    if (!this.#isSnappy && !rangeEquals(buf, from, to, S2_IDENTIFIER)) return "an unknown stream identifier";
    this.#identified = true;
    return null;
  }

  #give(plain: Uint8Array, from: number, to: number, checksum: number, sink: Sink): string | null {
    if (this.codec.checksum(plain, from, to) !== checksum) return "a checksum that does not match";
    if (from === to) return null;
    this.outBytes += to - from;
    if (this.outBytes > this.#outMax) return `more than ${S2_FEED_BYTES_MAX} bytes packed into one piece`;
    sink(plain.subarray(from, to));
    return null;
  }

  #blockMax(): number {
    return this.#isSnappy ? Math.min(this.blockMax, SNAPPY_BLOCK_BYTES_MAX) : this.blockMax;
  }

  #tooLarge(): string {
    return `a block of more than ${this.#blockMax()} bytes`;
  }

  #breakWith(reason: string): string {
    this.#broken = reason;
    this.#release();
    return reason;
  }

  #release(): void {
    if (this.#carry !== null) this.buffers.give(this.#carry);
    this.#carry = null;
  }
}
