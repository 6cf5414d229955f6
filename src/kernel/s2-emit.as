// What every block encoder shares: the tables' beginning, how far two places agree, and elements as bytes.
// What lies behind the end of what was written is written to as well.

import { CHUNK, CHUNK_HEAD_BYTES, FAR_HEAD, HEAD, HEAD_BITS_MAX } from "./s2-layout";

const HEAD_BITS_MIN: u32 = 12;
/** Positions must stay below 2^32. */
const BASE_END: u32 = 0xc0000000;

const TAG_COPY_1: u32 = 1;
const TAG_COPY_2: u32 = 2;
const TAG_COPY_4: u32 = 3;
const SHORT_LITERAL_MAX: u32 = 60;
const COPY_1_OFFSET_END: u32 = 2048;
const COPY_1_LENGTH_END: u32 = 12;
const COPY_2_OFFSET_END: u32 = 65536;
const COPY_LENGTH_MAX: u32 = 64;
/** Repeats: from 4 in the tag, from 8, 260 and 65,540 in one, two and three bytes more. */
const REPEAT_MIN: u32 = 4;
const REPEAT_1_BASE: u32 = 8;
const REPEAT_1_MIN: u32 = 9;
const REPEAT_2_BASE: u32 = 260;
const REPEAT_3_BASE: u32 = 65540;
const BULK_BYTES: u32 = 512;

/** Where blocks are written to. */
export const OUT: u32 = CHUNK + CHUNK_HEAD_BYTES;
/** The most bytes that a literal and a copy write besides the literal's own. */
export const ELEMENT_BYTES_MAX: u32 = 15;
/** So close to its end a block is not searched: two words and a bit are looked at from a place on. */
export const TAIL_BYTES: u32 = 12;
/** Odd, and as many ones as zeros, well mixed: the golden ratio. */
const MIX: u64 = 0x9e3779b97f4a7c15;

let base: u32 = 1;

/** For a block of `size` bytes. Answers what a position in it counts from, more than any entry of an earlier
 *  block, so that nothing must be cleared between two. */
export function beginTables(size: u32): u32 {
  if (base > BASE_END) {
    memory.fill(HEAD, 0, 4 << HEAD_BITS_MAX);
    memory.fill(FAR_HEAD, 0, 4 << HEAD_BITS_MAX);
    base = 1;
  }
  const zero = base;
  base += size;
  return zero;
}

/** A power of two of which a block of `size` bytes has not many more positions. */
export function bitsOf(size: u32, most: u32): u32 {
  return min(max(32 - clz(size - 1), HEAD_BITS_MIN), most);
}

/** A block that would not come out shorter by so many bytes leaves as it is. The reference encoder draws the
 *  same line. */
export function savedBytesMin(size: u32): u32 {
  return size >> 5;
}

/** Where a table has the hash of the first bytes of a word: all of them but `rest` bits. `shift` is 64 less the
 *  bits of the hash. */
// @ts-ignore: decorator
@inline
export function placeOf(word: u64, rest: u64, shift: u64): u32 {
  return <u32>(((word << rest) * MIX) >> shift) << 2;
}

/** The bytes from `early` on are those from `at` on, up to the answer; at most up to `to`. */
// @ts-ignore: decorator
@inline
export function matchEnd(early: u32, at: u32, to: u32): u32 {
  while (at < to) {
    const differ = load<u64>(early) ^ load<u64>(at);
    if (differ != 0) return min(at + (<u32>ctz(differ) >> 3), to);
    early += 8;
    at += 8;
  }
  return to;
}

/** Up to where before `at`, down to `to`, the bytes are those before `early`, down to `from`. */
// @ts-ignore: decorator
@inline
export function matchStart(early: u32, at: u32, from: u32, to: u32): u32 {
  while (at > to && early > from && load<u8>(at - 1) == load<u8>(early - 1)) {
    at--;
    early--;
  }
  return at;
}

/** A decoded length; answers the new end. */
export function emitLength(at: u32, length: u32): u32 {
  for (; length >= 0x80; length >>= 7) store<u8>(at++, (length & 0x7f) | 0x80);
  store<u8>(at, length);
  return at + 1;
}

/** A literal, and nothing if it is empty; answers the new end. */
// @ts-ignore: decorator
@inline
export function emitLiteral(at: u32, from: u32, to: u32): u32 {
  const size = to - from;
  if (size > 16) return emitLongLiteral(at, from, size);
  store<u8>(at, (size - 1) << 2);
  v128.store(at, v128.load(from), 1);
  return at + size + <u32>(size != 0);
}

function emitLongLiteral(at: u32, from: u32, size: u32): u32 {
  if (size <= SHORT_LITERAL_MAX) {
    store<u8>(at++, (size - 1) << 2);
  } else {
    const more: u32 = size <= 1 << 8 ? 1 : size <= 1 << 16 ? 2 : 3;
    store<u8>(at, (SHORT_LITERAL_MAX + more - 1) << 2);
    store<u32>(at, size - 1, 1);
    at += 1 + more;
  }
  const end = at + size;
  if (size >= BULK_BYTES) {
    memory.copy(at, from, size);
    return end;
  }
  do {
    v128.store(at, v128.load(from));
    at += 16;
    from += 16;
  } while (at < end);
  return end;
}

/** A copy of `size` bytes, 4 and more, from `offset` back, where the last one was from `repeat`, 0 before the
 *  first; answers the new end. */
// @ts-ignore: decorator
@inline
export function emitCopy(at: u32, offset: u32, size: u32, repeat: u32): u32 {
  if (size <= COPY_LENGTH_MAX && offset < COPY_2_OFFSET_END) {
    const isShort = <u32>(size < COPY_1_LENGTH_END) & <u32>(offset < COPY_1_OFFSET_END);
    const short = ((offset & 0xff) << 8) | copy1Tag(offset, size);
    const long = (offset << 8) | ((size - 1) << 2) | TAG_COPY_2;
    store<u32>(at, select<u32>(short, long, isShort));
    return at + 3 - isShort;
  }
  return offset == repeat ? emitRepeat(at, size) : emitLongCopy(at, offset, size);
}

function emitLongCopy(at: u32, offset: u32, size: u32): u32 {
  if (size > COPY_LENGTH_MAX && offset < COPY_1_OFFSET_END) {
    store<u16>(at, <u16>(((offset & 0xff) << 8) | copy1Tag(offset, REPEAT_1_BASE)));
    return emitRepeat(at + 2, size - REPEAT_1_BASE);
  }
  const first = size > COPY_LENGTH_MAX ? COPY_LENGTH_MAX - REPEAT_MIN : size;
  let d = at + 3;
  store<u32>(at, offset, 1);
  if (offset < COPY_2_OFFSET_END) {
    store<u8>(at, ((first - 1) << 2) | TAG_COPY_2);
  } else {
    store<u8>(at, ((first - 1) << 2) | TAG_COPY_4);
    d = at + 5;
  }
  return first == size ? d : emitRepeat(d, size - first);
}

/** `size` bytes, 4 to 2^24, from where the last copy was from. */
function emitRepeat(at: u32, size: u32): u32 {
  if (size < REPEAT_1_MIN) {
    store<u16>(at, <u16>copy1Tag(0, size));
    return at + 2;
  }
  const more: u32 = size < REPEAT_2_BASE ? 1 : size < REPEAT_3_BASE ? 2 : 3;
  const rest = size - (more == 1 ? REPEAT_1_BASE : more == 2 ? REPEAT_2_BASE : REPEAT_3_BASE);
  store<u16>(at, <u16>copy1Tag(0, REPEAT_1_BASE + more));
  store<u32>(at, rest, 2);
  return at + 2 + more;
}

/** With offset 0 it stands for the last one. */
// @ts-ignore: decorator
@inline
function copy1Tag(offset: u32, size: u32): u32 {
  return ((offset >> 8) << 5) | ((size - REPEAT_MIN) << 2) | TAG_COPY_1;
}
