// A block encoder that looks for the best of several earlier places: smaller than Snappy, which looks at one
// and forgets everything every 64 KiB, and much slower. How much of both is a matter of its effort.
// Source: leafnode.md §9.4.

import {
  COPY_BYTES_MAX,
  emitCopy,
  emitLength,
  emitLiteral,
  emitRepeat,
  LITERAL_HEAD_BYTES_MAX,
} from "./s2-emit.ts";
import type { S2Tables } from "./s2-tables.ts";

/** How hard to look. */
export interface Effort {
  /** How many earlier places are compared. */
  readonly depth: number;
  /** How many bytes a match is put off to see whether a better one begins there. */
  readonly lazy: number;
  /** A match of so many bytes is good enough. */
  readonly niceBytes: number;
}

/** So close to its end a block is not searched: two words from a place on and a byte more are read. */
const TAIL_BYTES = 12;
/** After 2^5 places without a match every second is looked at, after 2^6 every third, and so on. */
const MISSES_SHIFT = 5;
const WORD_BYTES = 4;
const HASH_FACTOR = 0x9e3779b1;
const FAR_HASH_FACTOR = 0x85ebca6b;

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
   * become shorter, and then `to - from` bytes from `at` on may have been written to.
   */
  encode(src: Uint8Array, from: number, to: number, out: Uint8Array, at: number, effort: Effort): number {
    this.tables.begin(to - from);
    this.#from = from;
    this.#to = to;
    this.#toEntry = this.tables.zero - from;
    this.#known = from;
    this.#repeat = 0;
    const outEnd = at + to - from - LITERAL_HEAD_BYTES_MAX - COPY_BYTES_MAX;
    const last = to - TAIL_BYTES;
    let d = emitLength(out, at, to - from);
    let emitted = from;
    let misses = 0;
    for (let s = from + 1; s < last; ) {
      let size = this.#find(src, s, 0, effort);
      if (size === 0) {
        s += 1 + (misses++ >>> MISSES_SHIFT);
        continue;
      }
      misses = 0;
      let offset = this.#offset;
      let gain = this.#gain;
      for (let later = 1; later <= effort.lazy && size < effort.niceBytes && s + later < last; later++) {
        const better = this.#find(src, s + later, gain + later, effort);
        if (better === 0) continue;
        s += later;
        size = better;
        offset = this.#offset;
        gain = this.#gain;
        later = 0;
      }
      const end = s + size;
      while (s > emitted && s - offset > from && src[s - 1] === src[s - 1 - offset]) s--;
      if (d + s - emitted > outEnd) return -1;
      if (s > emitted) d = emitLiteral(out, d, src, emitted, s);
      d = offset === this.#repeat ? emitRepeat(out, d, end - s) : emitCopy(out, d, offset, end - s);
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
  #find(src: Uint8Array, s: number, gainMin: number, effort: Effort): number {
    if (this.#known < s) this.#learn(src, s);
    const { head, farHead, chain, chainMask, shift } = this.tables;
    const from = this.#from;
    const toEntry = this.#toEntry;
    const word = wordAt(src, s);
    const hash = Math.imul(word, HASH_FACTOR) >>> shift;
    const farHash = farHashOf(word, wordAt(src, s + WORD_BYTES)) >>> shift;
    let entry = head[hash]!;
    const far = farHead[farHash]! - toEntry;
    head[hash] = s + toEntry;
    farHead[farHash] = s + toEntry;
    chain[(s - from) & chainMask] = entry;
    this.#known = s + 1;
    this.#size = 0;
    this.#gain = gainMin;
    if (this.#repeat > 0 && wordAt(src, s - this.#repeat) === word)
      this.#compare(src, s - this.#repeat, s, 1);
    if (far >= from && wordAt(src, far) === word) this.#compare(src, far, s, 0);
    for (let depth = effort.depth; depth > 0 && this.#size < effort.niceBytes; depth--) {
      const place = entry - toEntry;
      if (place < from) break;
      const size = this.#size;
      if (src[place + size] === src[s + size] && wordAt(src, place) === word) this.#compare(src, place, s, 0);
      const earlier = chain[(place - from) & chainMask]!;
      if (earlier >= entry) break; // Overwritten by a place one turn of the chain later.
      entry = earlier;
    }
    return this.#size;
  }

  /** Keeps the match at `place` if it saves more than the best so far. */
  #compare(src: Uint8Array, place: number, s: number, cost: number): void {
    const to = this.#to;
    let end = s + WORD_BYTES;
    for (let i = place + WORD_BYTES; end < to && src[end] === src[i]; i++) end++;
    const size = end - s;
    const gain = size - (cost > 0 ? cost : copyBytes(s - place, size));
    if (gain <= this.#gain) return;
    this.#gain = gain;
    this.#size = size;
    this.#offset = s - place;
  }

  /** Puts the places before `s` into the tables. */
  #learn(src: Uint8Array, s: number): void {
    const { head, farHead, chain, chainMask, shift } = this.tables;
    const from = this.#from;
    const toEntry = this.#toEntry;
    let word = wordAt(src, this.#known);
    let farWord = wordAt(src, this.#known + WORD_BYTES);
    for (let place = this.#known; place < s; place++) {
      const hash = Math.imul(word, HASH_FACTOR) >>> shift;
      chain[(place - from) & chainMask] = head[hash]!;
      head[hash] = place + toEntry;
      farHead[farHashOf(word, farWord) >>> shift] = place + toEntry;
      word = (word >>> 8) | (farWord << 24);
      farWord = (farWord >>> 8) | (src[place + 2 * WORD_BYTES]! << 24);
    }
    this.#known = s;
  }
}

function wordAt(src: Uint8Array, at: number): number {
  return src[at]! | (src[at + 1]! << 8) | (src[at + 2]! << 16) | (src[at + 3]! << 24);
}

function farHashOf(word: number, farWord: number): number {
  return Math.imul(Math.imul(word, HASH_FACTOR) ^ farWord, FAR_HASH_FACTOR);
}

/** How many bytes a copy takes, the first part of it if it is long. */
function copyBytes(offset: number, size: number): number {
  if (offset < COPY_1_OFFSET_END && size < COPY_1_LENGTH_END) return 2;
  return offset < COPY_2_OFFSET_END ? 3 : 5;
}
