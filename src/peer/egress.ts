// Bytes that wait to leave for one peer: written once, in order, into blocks of the arena, and handed to the
// socket in as few and as large pieces as it takes. A message never spans two blocks.

import type { Arena, Block } from "../base/arena.ts";
import { bytesOf } from "../base/bytes.ts";
import { SMALL_BLOCK_BYTES } from "../base/limits.ts";
import type { Encoder } from "./encoder.ts";

const NOTHING = new Uint8Array(0);

/** The peers that have bytes to flush in this turn, each once. */
export class DirtyList {
  readonly list: Egress[] = [];
}

export class Egress implements Block {
  /** @hot The open block: buf[from, to) is to be sent, room up to `limit`. Writers advance `to`. */
  buf: Uint8Array = NOTHING;
  base = -1;
  from = 0;
  to = 0;
  limit = 0;

  /** Bytes in sealed blocks. */
  #sealedBytes = 0;
  readonly #sealed: Block[] = [];
  /** Bytes that the transport took, or that were encoded and taken. */
  sentBytes = 0;
  /** Bytes that the transport took, as they were on the wire. */
  wireBytes = 0;
  dirty = false;
  /** Set when more than `pendingMax` bytes wait; the session decides what that means. */
  full = false;
  /** The largest block so far. Messages may wait beyond `pendingMax` by two of them: the one that is too
   *  much, and the one that is begun when that is seen. */
  blockBytesMax = 0;

  #encoder: Encoder | null = null;
  /** Bytes in the shape in which they leave, with an encoder. */
  readonly #encoded: Block[] = [];
  /** How many written bytes are in `#encoded`. */
  #encodedOf = 0;

  constructor(
    private readonly arena: Arena,
    private readonly dirties: DirtyList,
    public pendingMax: number,
  ) {}

  get pendingBytes(): number {
    return this.#encodedOf + this.#sealedBytes + (this.to - this.from);
  }

  /** All bytes ever written: a position in the stream. */
  get position(): number {
    return this.sentBytes + this.pendingBytes;
  }

  /** @hot Makes room for `size` bytes at `to`. */
  reserve(size: number): number {
    if (this.limit - this.to < size) this.#grow(size);
    return this.to;
  }

  /** @hot What was written up to `to` belongs to the stream and is flushed at the end of the turn. */
  mark(): void {
    if (!this.dirty) {
      this.dirty = true;
      this.dirties.list.push(this);
    }
  }

  /** Control plane: appends text as UTF-8. */
  text(line: string): void {
    this.bytes(bytesOf(line));
  }

  /** Control plane: appends bytes. */
  bytes(piece: Uint8Array): void {
    const at = this.reserve(piece.length);
    this.buf.set(piece, at);
    this.to = at + piece.length;
    this.mark();
  }

  /** What is written from now on leaves through the encoder; what waits leaves as it is. */
  encodeWith(encoder: Encoder): void {
    this.#seal();
    for (const block of this.#sealed) this.#encoded.push(block);
    this.#sealed.length = 0;
    this.#encodedOf += this.#sealedBytes;
    this.#sealedBytes = 0;
    this.#encoder = encoder;
  }

  /** The next bytes to hand to the transport, or null. */
  head(): Block | null {
    if (this.#encoder !== null) return this.#encodedHead(this.#encoder);
    const sealed = this.#sealed[0];
    if (sealed !== undefined) return sealed;
    return this.to > this.from ? this : null;
  }

  /** The transport took `count` bytes of the head. */
  consumed(count: number): void {
    this.wireBytes += count;
    if (this.#encoder !== null) return this.#encodedConsumed(count);
    this.sentBytes += count;
    const sealed = this.#sealed[0];
    const block = sealed ?? this;
    block.from += count;
    if (sealed !== undefined) this.#sealedBytes -= count;
    if (block.from === block.to) {
      this.arena.giveBack(block);
      if (sealed !== undefined) this.#sealed.shift();
      else this.#close();
    }
    this.full = this.pendingBytes > this.pendingMax;
  }

  /** Forgets all that waits, as its peer is gone. */
  clear(): void {
    for (const block of this.#sealed) this.arena.giveBack(block);
    for (const block of this.#encoded) this.arena.giveBack(block);
    this.#sealed.length = this.#encoded.length = 0;
    this.#sealedBytes = this.#encodedOf = 0;
    this.arena.giveBack(this);
    this.#close();
  }

  #close(): void {
    this.buf = NOTHING;
    this.base = -1;
    this.from = this.to = this.limit = 0;
  }

  /** Closes the open block, which waits to be sent. */
  #seal(): void {
    const { buf, base, from, to, limit } = this;
    if (to > from) this.#sealed.push({ buf, base, from, to, limit });
    else this.arena.giveBack(this);
    this.#sealedBytes += to - from;
    this.#close();
  }

  /** All that was written up to now becomes encoded blocks, once the ones before are gone: the more at a
   *  time, the smaller. */
  #encodedHead(encoder: Encoder): Block | null {
    const waiting = this.#encoded[0];
    if (waiting !== undefined) return waiting;
    if (this.to > this.from) this.#seal();
    for (const block of this.#sealed) {
      const out: Block = { buf: NOTHING, base: -1, from: 0, to: 0, limit: 0 };
      const most = encoder.maxBytes(block.to - block.from);
      this.arena.take(out, most, most > SMALL_BLOCK_BYTES);
      out.to = encoder.encode(block.buf, block.from, block.to, out.buf, out.from);
      this.arena.giveBack(block);
      this.#encoded.push(out);
    }
    this.#sealed.length = 0;
    this.#encodedOf = this.#sealedBytes;
    this.#sealedBytes = 0;
    return this.#encoded[0] ?? null;
  }

  #encodedConsumed(count: number): void {
    const block = this.#encoded[0]!;
    block.from += count;
    if (block.from === block.to) {
      this.arena.giveBack(block);
      this.#encoded.shift();
    }
    if (this.#encoded.length > 0) return;
    this.sentBytes += this.#encodedOf;
    this.#encodedOf = 0;
    this.full = this.pendingBytes > this.pendingMax;
  }

  #grow(size: number): void {
    const large = this.limit > 0;
    if (this.to > this.from) {
      this.#seal();
      this.full = this.pendingBytes > this.pendingMax;
    } else if (large) this.arena.giveBack(this);
    this.arena.take(this, size, large || size > SMALL_BLOCK_BYTES);
    this.blockBytesMax = Math.max(this.blockBytesMax, this.limit - this.to);
  }
}
