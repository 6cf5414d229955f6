// The block encoder of s2_best: looks for the best of several earlier places, and is much slower than those
// of the lower levels. Source: leafnode.md §9.4.

import { ELEMENT_BYTES_MAX, emitCopy, emitLength, emitLiteral } from "./s2-emit.ts";
import {
  FAR_HASH_FACTOR,
  HASH_FACTOR,
  matchEnd,
  matchStart,
  savedBytesMin,
  TAIL_BYTES,
  WORD_BYTES,
} from "./s2-match.ts";
import type { S2Tables } from "./s2-tables.ts";

/** How many earlier places are compared. */
const DEPTH = 16;
/** How many bytes a match is put off to see whether a better one begins there. */
const LAZY_BYTES = 1;
/** A match of so many bytes is good enough. */
const NICE_BYTES = 64;
const HEAD_BITS = 16;
/** After 2^5 places without a match every second is looked at, after 2^6 every third, and so on. */
const MISSES_SHIFT = 5;

const COPY_1_OFFSET_END = 2_048;
const COPY_1_LENGTH_END = 12;
const COPY_2_OFFSET_END = 65_536;

/** Encodes block after block; each is independent of the others. */
export class ChainEncoder {
  #from = 0;
  #to = 0;
  /** What is added to a place in the buffer to make it an entry of the tables. */
  #toEntry = 0;
  /** Places before it are in the tables. */
  #known = 0;
  /** The offset of the last copy, 0 before the first. */
  #repeat = 0;
  /** What `find` found: its length and offset, and the bytes that it saves. */
  #size = 0;
  #offset = 0;
  #gain = 0;

  constructor(private readonly tables: S2Tables) {}

  /**
   * @hot Encodes src[from, to), not empty, at `at` of out; answers the new end, or -1 when it would not
   * become enough shorter, and then `to - from` bytes from `at` on may have been written to. The views end
   * where the block and its room end.
   */
  encode(src: DataView, from: number, to: number, out: DataView, at: number): number {
    this.tables.beginChain(to - from, HEAD_BITS);
    this.#from = from;
    this.#to = to;
    this.#toEntry = this.tables.zero - from;
    this.#known = from;
    this.#repeat = 0;
    const outEnd = at + to - from - savedBytesMin(to - from) - ELEMENT_BYTES_MAX;
    const last = to - TAIL_BYTES;
    let d = emitLength(out, at, to - from);
    let emitted = from;
    let misses = 0;
    for (let s = from + 1; s < last; ) {
      let size = this.#find(src, s, 0);
      if (size === 0) {
        s += 1 + (misses++ >>> MISSES_SHIFT);
        continue;
      }
      misses = 0;
      let offset = this.#offset;
      let gain = this.#gain;
      for (let later = 1; later <= LAZY_BYTES && size < NICE_BYTES && s + later < last; later++) {
        const better = this.#find(src, s + later, gain + later);
        if (better === 0) continue;
        s += later;
        size = better;
        offset = this.#offset;
        gain = this.#gain;
        later = 0;
      }
      const end = s + size;
      s = matchStart(src, s - offset, s, from, emitted);
      if (d + s - emitted > outEnd) return -1;
      d = emitLiteral(out, d, src, emitted, s);
      d = emitCopy(out, d, offset, end - s, this.#repeat);
      this.#repeat = offset;
      emitted = end;
      s = end;
    }
    if (emitted === to) return d;
    if (d + to - emitted > outEnd) return -1;
    return emitLiteral(out, d, src, emitted, to);
  }

  /** How long the match at `s` is that saves most bytes, and more than `gainMin`; 0 if there is none. Each
   *  place is asked for once and in order, and is known from then on. */
  #find(src: DataView, s: number, gainMin: number): number {
    if (this.#known < s) this.#learn(src, s);
    const { head, farHead, chain, chainMask, shift } = this.tables;
    const from = this.#from;
    const toEntry = this.#toEntry;
    const word = src.getInt32(s, true);
    const hash = Math.imul(word, HASH_FACTOR) >>> shift;
    const farHash = farHashOf(word, src.getInt32(s + WORD_BYTES, true)) >>> shift;
    let entry = head[hash]!;
    const far = farHead[farHash]! - toEntry;
    head[hash] = s + toEntry;
    farHead[farHash] = s + toEntry;
    chain[(s - from) & chainMask] = entry;
    this.#known = s + 1;
    this.#size = 0;
    this.#gain = gainMin;
    if (far >= from && src.getInt32(far, true) === word) this.#compare(src, far, s);
    const enough = Math.min(NICE_BYTES, this.#to - s);
    for (let depth = DEPTH; depth > 0 && this.#size < enough; depth--) {
      const place = entry - toEntry;
      if (place < from) break;
      const size = this.#size;
      if (src.getUint8(place + size) === src.getUint8(s + size) && src.getInt32(place, true) === word)
        this.#compare(src, place, s);
      const earlier = chain[(place - from) & chainMask]!;
      if (earlier >= entry) break; // Overwritten by a place one turn of the chain later.
      entry = earlier;
    }
    return this.#size;
  }

  /** Keeps the match at `place` if it saves more than the best so far. */
  #compare(src: DataView, place: number, s: number): void {
    const size = matchEnd(src, place + WORD_BYTES, s + WORD_BYTES, this.#to) - s;
    const gain = size - copyBytes(s - place, size);
    if (gain <= this.#gain) return;
    this.#gain = gain;
    this.#size = size;
    this.#offset = s - place;
  }

  /** Puts the places before `s` into the tables. */
  #learn(src: DataView, s: number): void {
    const { head, farHead, chain, chainMask, shift } = this.tables;
    const from = this.#from;
    const toEntry = this.#toEntry;
    let word = src.getInt32(this.#known, true);
    let farWord = src.getInt32(this.#known + WORD_BYTES, true);
    for (let place = this.#known; place < s; place++) {
      const hash = Math.imul(word, HASH_FACTOR) >>> shift;
      chain[(place - from) & chainMask] = head[hash]!;
      head[hash] = place + toEntry;
      farHead[farHashOf(word, farWord) >>> shift] = place + toEntry;
      word = (word >>> 8) | (farWord << 24);
      farWord = (farWord >>> 8) | (src.getUint8(place + 2 * WORD_BYTES) << 24);
    }
    this.#known = s;
  }
}

function farHashOf(word: number, farWord: number): number {
  return Math.imul(Math.imul(word, HASH_FACTOR) ^ farWord, FAR_HASH_FACTOR);
}

/** How many bytes a copy takes, the first part of it if it is long. From far back one is counted that it does
 *  not take, for what it breaks off: that saves a percent. */
function copyBytes(offset: number, size: number): number {
  if (offset < COPY_1_OFFSET_END && size < COPY_1_LENGTH_END) return 2;
  return offset < COPY_2_OFFSET_END ? 3 : 6;
}
