// The block encoder of s2_better: looks at each place, and at two earlier places for it, the last with the
// same eight bytes and the last with the same four. Source: leafnode.md §9.4. What a match covers is not
// remembered but for its ends: it costs a third of the time and saves nothing.

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

const HEAD_BITS = 16;
/** The step grows by one with so many bytes without a match, as a power of two. */
const MISSES_SHIFT = 5;
/** From so far back a short match costs more than it saves, as it also ends what is repeated. */
const FAR_OFFSET = 2_048;
const FARTHER_OFFSET = 65_536;
/** So long a match is good from anywhere. */
const SURE_BYTES = 7;

/**
 * @hot Encodes src[from, to), not empty, at `at` of out; answers the new end, or -1 when it would not become
 * enough shorter, and then `to - from` bytes from `at` on may have been written to. The views end where the
 * block and its room end.
 */
export function encodeBetter(
  tables: S2Tables,
  src: DataView,
  from: number,
  to: number,
  out: DataView,
  at: number,
): number {
  tables.begin(to - from, HEAD_BITS);
  const { head, farHead, shift } = tables;
  const toEntry = tables.zero - from;
  const outEnd = at + to - from - savedBytesMin(to - from) - ELEMENT_BYTES_MAX;
  const last = to - TAIL_BYTES;
  let d = emitLength(out, at, to - from);
  let emitted = from;
  // The offset of the last copy, 0 before the first.
  let repeat = 0;
  for (let s = from + 1; s < last; ) {
    const word = src.getInt32(s, true);
    const next = src.getInt32(s + WORD_BYTES, true);
    const hash = Math.imul(word, HASH_FACTOR);
    const farHash = Math.imul(hash ^ next, FAR_HASH_FACTOR) >>> shift;
    let early = farHead[farHash]! - toEntry;
    const close = head[hash >>> shift]! - toEntry;
    farHead[farHash] = head[hash >>> shift] = s + toEntry;
    if (early < from || src.getInt32(early, true) !== word) {
      if (close >= from && src.getInt32(close, true) === word) {
        early = close;
        const word1 = (word >>> 8) | (next << 24);
        const next1 = src.getInt32(s + 1 + WORD_BYTES, true);
        const farHash1 = Math.imul(Math.imul(word1, HASH_FACTOR) ^ next1, FAR_HASH_FACTOR) >>> shift;
        const early1 = farHead[farHash1]! - toEntry;
        if (early1 >= from && src.getInt32(early1, true) === word1) {
          s++;
          farHead[farHash1] = s + toEntry;
          early = early1;
        }
      } else {
        s += 1 + ((s - emitted) >>> MISSES_SHIFT);
        continue;
      }
    }
    const found = s;
    const offset = s - early;
    const end = matchEnd(src, early + WORD_BYTES, s + WORD_BYTES, to);
    if (s > emitted) s = matchStart(src, early, s, from, emitted);
    if (end - s < SURE_BYTES && end - s < leastBytes(offset, s > emitted)) {
      s = found + 1;
      continue;
    }
    if (d + s - emitted > outEnd) return -1;
    d = emitLiteral(out, d, src, emitted, s);
    d = emitCopy(out, d, offset, end - s, repeat);
    repeat = offset;
    emitted = s = end;
    if (end >= last) break;
    learn(head, farHead, shift, src, found + 1, toEntry);
    learn(head, farHead, shift, src, end - 1, toEntry);
  }
  if (emitted === to) return d;
  return d + to - emitted > outEnd ? -1 : emitLiteral(out, d, src, emitted, to);
}

/** How long a match must be; `cuts` when it cuts a literal in two. */
function leastBytes(offset: number, cuts: boolean): number {
  if (offset >= FARTHER_OFFSET) return SURE_BYTES;
  return cuts && offset >= FAR_OFFSET ? 5 : 4;
}

function learn(
  head: Int32Array,
  farHead: Int32Array,
  shift: number,
  src: DataView,
  place: number,
  toEntry: number,
): void {
  const hash = Math.imul(src.getInt32(place, true), HASH_FACTOR);
  const next = src.getInt32(place + WORD_BYTES, true);
  head[hash >>> shift] = place + toEntry;
  farHead[Math.imul(hash ^ next, FAR_HASH_FACTOR) >>> shift] = place + toEntry;
}
