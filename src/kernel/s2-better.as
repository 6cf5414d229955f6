// The block encoder of s2_better: looks at each place, and at two earlier places for it, the last with the
// same eight bytes and the last with the same four or five. Source: leafnode.md §9.4. What a match covers is not
// remembered but for its ends: it costs a third of the time and saves nothing.

import {
  beginTables,
  bitsOf,
  ELEMENT_BYTES_MAX,
  emitCopy,
  emitLength,
  emitLiteral,
  matchEnd,
  matchStart,
  OUT,
  placeOf,
  savedBytesMin,
  TAIL_BYTES,
} from "./s2-emit";
import { FAR_HEAD, HEAD, HEAD_BITS_MAX, PLAIN } from "./s2-layout";

/** The step grows by one with so many bytes without a match, as a power of two. */
const MISSES_SHIFT: u32 = 5;
/** From so far back a short match costs more than it saves, as it also ends what is repeated. */
const FAR_OFFSET: u32 = 2048;
const FARTHER_OFFSET: u32 = 65536;
/** Above so many bytes five are worth a match, and not four. */
const MANY_BYTES_MIN: u32 = 65536;
/** So long a match is good from anywhere. */
const SURE_BYTES: u32 = 7;

/** How long a match must be; `cuts` when it cuts a literal in two. */
// @ts-ignore: decorator
@inline
function leastBytes(offset: u32, cuts: bool): u32 {
  if (offset >= FARTHER_OFFSET) return SURE_BYTES;
  return cuts && offset >= FAR_OFFSET ? 5 : 4;
}

/** Encodes `size` bytes at PLAIN to OUT; answers the end, or 0 when it would not become enough shorter. */
export function encodeBetter(size: u32): u32 {
  const shift: u64 = 64 - bitsOf(size, HEAD_BITS_MAX);
  const rest: u64 = size > MANY_BYTES_MIN ? 24 : 32;
  const to = PLAIN + size;
  const toEntry = beginTables(size) - PLAIN;
  const zero = toEntry + PLAIN;
  const outEnd = OUT + size - savedBytesMin(size) - ELEMENT_BYTES_MAX;
  const last = to - TAIL_BYTES;
  let d = emitLength(OUT, size);
  let emitted = PLAIN;
  // The offset of the last copy, 0 before the first.
  let repeat: u32 = 0;
  let s = PLAIN + 1;
  while (s < last) {
    const word = load<u64>(s);
    const at = placeOf(word, rest, shift);
    const farAt = placeOf(word, 0, shift);
    // Entries of earlier blocks become the first place, which is as good as any.
    let early = max(load<u32>(farAt, FAR_HEAD), zero) - toEntry;
    const close = max(load<u32>(at, HEAD), zero) - toEntry;
    store<u32>(farAt, s + toEntry, FAR_HEAD);
    store<u32>(at, s + toEntry, HEAD);
    if (load<u32>(early) != <u32>word) {
      early = close;
      if (load<u32>(close) != <u32>word) {
        s += 1 + ((s - emitted) >> MISSES_SHIFT);
        continue;
      }
      const word1 = load<u64>(s + 1);
      const farAt1 = placeOf(word1, 0, shift);
      const early1 = max(load<u32>(farAt1, FAR_HEAD), zero) - toEntry;
      if (load<u32>(early1) == <u32>word1) {
        s++;
        store<u32>(farAt1, s + toEntry, FAR_HEAD);
        early = early1;
      }
    }
    const found = s;
    const offset = s - early;
    const end = matchEnd(early + 4, s + 4, to);
    if (s > emitted) s = matchStart(early, s, PLAIN, emitted);
    if (end - s < SURE_BYTES && end - s < leastBytes(offset, s > emitted)) {
      s = found + 1;
      continue;
    }
    if (d + s - emitted > outEnd) return 0;
    d = emitLiteral(d, emitted, s);
    d = emitCopy(d, offset, end - s, repeat);
    repeat = offset;
    emitted = s = end;
    if (end >= last) break;
    const first = load<u64>(found + 1);
    store<u32>(placeOf(first, rest, shift), found + 1 + toEntry, HEAD);
    store<u32>(placeOf(first, 0, shift), found + 1 + toEntry, FAR_HEAD);
    const final = load<u64>(end - 1);
    store<u32>(placeOf(final, rest, shift), end - 1 + toEntry, HEAD);
    store<u32>(placeOf(final, 0, shift), end - 1 + toEntry, FAR_HEAD);
  }
  if (emitted == to) return d;
  return d + to - emitted > outEnd ? 0 : emitLiteral(d, emitted, to);
}
