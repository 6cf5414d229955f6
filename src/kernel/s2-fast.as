// The block encoder of s2_fast: looks at two places at a time, and at one earlier place for each. Source:
// leafnode.md §9.4. Where the last copy was from is not looked at: short matches found there hide longer ones,
// and cost seven percent of what is saved.

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
import { HEAD, PLAIN } from "./s2-layout";

const HEAD_BITS: u32 = 15;
/** The step grows by one with so many bytes without a match, as a power of two. */
const MISSES_SHIFT: u32 = 6;
/** Below so many bytes there is so little to find that four bytes are worth a match, and not five. */
const FEW_BYTES_MAX: u32 = 2048;
/** Above so many there is so much that a match begins with six, and not every place is looked at. */
const MANY_BYTES_MIN: u32 = 65536;

/** Encodes `size` bytes at PLAIN to OUT; answers the end, or 0 when it would not become enough shorter. */
export function encodeFast(size: u32): u32 {
  const isLarge = size > MANY_BYTES_MIN;
  const rest: u64 = size < FEW_BYTES_MAX ? 32 : isLarge ? 16 : 24;
  const stride: u32 = isLarge ? 2 : 1;
  const shift: u64 = 64 - bitsOf(size, HEAD_BITS);
  const to = PLAIN + size;
  const toEntry = beginTables(size) - PLAIN;
  const zero = toEntry + PLAIN;
  const outEnd = OUT + size - savedBytesMin(size) - ELEMENT_BYTES_MAX;
  const last = to - TAIL_BYTES;
  let d = emitLength(OUT, size);
  let emitted = PLAIN;
  let repeat: u32 = 0;
  let s = PLAIN + 1;
  while (s < last) {
    const word = load<u64>(s);
    const at = placeOf(word, rest, shift);
    const at1 = placeOf(word >> 8, rest, shift);
    // Entries of earlier blocks become the first place, which is as good as any.
    const early0 = max(load<u32>(at, HEAD), zero) - toEntry;
    const early1 = max(load<u32>(at1, HEAD), zero) - toEntry;
    store<u32>(at, s + toEntry, HEAD);
    store<u32>(at1, s + 1 + toEntry, HEAD);
    let early = early0;
    if (load<u32>(early) != <u32>word) {
      s++;
      early = early1;
      if (load<u32>(early) != <u32>(word >> 8)) {
        s += stride + ((s - emitted) >> MISSES_SHIFT);
        continue;
      }
    }
    const offset = s - early;
    const end = matchEnd(early + 4, s + 4, to);
    s = matchStart(early, s, PLAIN, emitted);
    if (d + s - emitted > outEnd) return 0;
    d = emitLiteral(d, emitted, s);
    d = emitCopy(d, offset, end - s, repeat);
    repeat = offset;
    emitted = s = end;
    if (end >= last) break;
    store<u32>(placeOf(load<u64>(end - 1), rest, shift), end - 1 + toEntry, HEAD);
  }
  if (emitted == to) return d;
  return d + to - emitted > outEnd ? 0 : emitLiteral(d, emitted, to);
}
