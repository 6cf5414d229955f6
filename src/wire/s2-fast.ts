// The block encoder of s2_fast: looks at three of four places, and at one earlier place for each. Source:
// leafnode.md §9.4. Its searching is that of the reference encoder, whose sizes it matches.

import { ELEMENT_BYTES_MAX, emitCopy, emitLength, emitLiteral } from "./s2-emit.ts";
import { HASH_FACTOR, matchBack, matchEnd, savedBytesMin, TAIL_BYTES, WORD_BYTES } from "./s2-match.ts";
import type { S2Tables } from "./s2-tables.ts";

/** More hashes do not save a tenth of a percent. */
const HEAD_BITS = 15;
/** The step grows by one with so many bytes without a match, as a power of two. */
const MISSES_SHIFT = 5;
const STEP_BYTES = 4;

/**
 * @hot Encodes src[from, to), not empty, at `at` of out; answers the new end, or -1 when it would not become
 * enough shorter, and then `to - from` bytes from `at` on may have been written to. The views end where the
 * block and its room end.
 */
export function encodeFast(
  tables: S2Tables,
  src: DataView,
  from: number,
  to: number,
  out: DataView,
  at: number,
): number {
  tables.begin(to - from, HEAD_BITS);
  const { head, shift } = tables;
  const toEntry = tables.zero - from;
  const outEnd = at + to - from - savedBytesMin(to - from) - ELEMENT_BYTES_MAX;
  const last = to - TAIL_BYTES;
  let d = emitLength(out, at, to - from);
  let emitted = from;
  // What to look for a repeat at; what a repeat stands for is 0 before the first copy.
  let near = 1;
  let repeat = 0;
  for (let s = from + 1; s < last; ) {
    const word = src.getInt32(s, true);
    const next = src.getInt32(s + WORD_BYTES, true);
    const hash = Math.imul(word ^ (next << 16), HASH_FACTOR) >>> shift;
    let early = head[hash]! - toEntry;
    head[hash] = s + toEntry;
    const word1 = (word >>> 8) | (next << 24);
    if (early < from || src.getInt32(early, true) !== word) {
      const hash1 = Math.imul(word1 ^ ((next >>> 8) << 16), HASH_FACTOR) >>> shift;
      const early1 = head[hash1]! - toEntry;
      head[hash1] = s + 1 + toEntry;
      if (src.getInt32(s + 1 - near, true) === word1) {
        s++;
        early = s - near;
      } else if (early1 >= from && src.getInt32(early1, true) === word1) {
        s++;
        early = early1;
      } else {
        const word2 = (word >>> 16) | (next << 16);
        const hash2 = Math.imul(word2 ^ (next & 0xffff0000), HASH_FACTOR) >>> shift;
        early = head[hash2]! - toEntry;
        head[hash2] = s + 2 + toEntry;
        if (early < from || src.getInt32(early, true) !== word2) {
          s += STEP_BYTES + ((s - emitted) >>> MISSES_SHIFT);
          continue;
        }
        s += 2;
      }
    }
    const offset = s - early;
    const end = matchEnd(src, early + WORD_BYTES, s + WORD_BYTES, to);
    s -= matchBack(src, early, s, from, s - emitted);
    if (d + s - emitted > outEnd) return -1;
    d = emitLiteral(out, d, src, emitted, s);
    d = emitCopy(out, d, offset, end - s, repeat);
    repeat = near = offset;
    emitted = s = end;
    if (end >= last) break;
    const behind = src.getInt32(end - 2, true) ^ (src.getInt32(end + 2, true) << 16);
    head[Math.imul(behind, HASH_FACTOR) >>> shift] = end - 2 + toEntry;
  }
  if (emitted === to) return d;
  return d + to - emitted > outEnd ? -1 : emitLiteral(out, d, src, emitted, to);
}
