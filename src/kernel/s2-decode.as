// One S2 block, bytes to bytes: the same as decodeBlock of src/wire/s2-block.ts, by vectors.

import { BLOCK, DECODED, PATTERN_STEPS, PATTERNS } from "./s2-layout";

const SHORT_LITERAL_MAX: u32 = 60;
const TAG_LITERAL: u32 = 0;
const TAG_COPY_1: u32 = 1;
const TAG_COPY_2: u32 = 2;
/** From so many bytes on the bulk copy is faster than vectors. */
const BULK_BYTES: u32 = 512;

function makePatterns(): void {
  for (let offset: u32 = 1; offset < 16; offset++) {
    for (let i: u32 = 0; i < 16; i++) store<u8>(PATTERNS + offset * 16 + i, <u8>(i % offset));
    store<u8>(PATTERN_STEPS + offset, <u8>(16 - (16 % offset)));
  }
}

makePatterns();

/** `size` bytes from `offset` before `d`, which overlap. */
function repeatNear(d: u32, offset: u32, size: u32): void {
  const pattern = i8x16.swizzle(v128.load(d - offset), v128.load(PATTERNS + offset * 16));
  const step = <u32>load<u8>(PATTERN_STEPS + offset);
  const end = d + size;
  do {
    v128.store(d, pattern);
    d += step;
  } while (d < end);
}

function copyLong(to: u32, from: u32, size: u32): void {
  if (size >= BULK_BYTES && to - from >= size) {
    memory.copy(to, from, size);
    return;
  }
  const end = to + size;
  do {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  } while (to < end);
}

/** Bytes of one to four. */
function littleEndian(at: u32, bytes: u32): u32 {
  return load<u32>(at) & (<u32>-1 >> (32 - 8 * bytes));
}

function repeatBase(bytes: u32): u32 {
  return bytes == 1 ? 8 : bytes == 2 ? 260 : 65540;
}

/** Decodes `size` bytes of a block, which begins with a valid length, to the `length` that it says. */
export function decodeBlock(size: u32, length: u32): bool {
  let s = BLOCK;
  const end = BLOCK + size;
  while (load<u8>(s) >= 0x80) s++;
  s++;
  let d = DECODED;
  const stop = DECODED + length;
  let offset: u32 = 0;
  while (s < end) {
    const tag = <u32>load<u8>(s);
    const kind = tag & 3;
    let n = (tag >> 2) + 1;
    if (kind == TAG_LITERAL) {
      s++;
      if (n > SHORT_LITERAL_MAX) {
        const more = n - SHORT_LITERAL_MAX;
        if (s + more > end) return false;
        n = littleEndian(s, more) + 1;
        s += more;
        // A literal of 4 GiB.
        if (n == 0) return false;
      }
      if (n > end - s || n > stop - d) return false;
      v128.store(d, v128.load(s));
      if (n > 16) copyLong(d + 16, s + 16, n - 16);
      s += n;
      d += n;
      continue;
    }
    if (kind == TAG_COPY_1) {
      if (s + 2 > end) return false;
      const near = ((tag & 0xe0) << 3) | <u32>load<u8>(s, 1);
      const code = (tag >> 2) & 7;
      s += 2;
      n = code + 4;
      if (near != 0) {
        offset = near;
      } else if (code > 4) {
        const more = code - 4;
        if (s + more > end) return false;
        n = littleEndian(s, more) + repeatBase(more);
        s += more;
      }
    } else if (kind == TAG_COPY_2) {
      if (s + 3 > end) return false;
      offset = <u32>load<u16>(s, 1);
      s += 3;
    } else {
      if (s + 5 > end) return false;
      offset = load<u32>(s, 1);
      s += 5;
    }
    if (offset - 1 >= d - DECODED || n > stop - d) return false;
    // Most copies are no longer than two vectors.
    if (offset >= 32) {
      const from = d - offset;
      v128.store(d, v128.load(from));
      v128.store(d, v128.load(from, 16), 16);
      if (n > 32) copyLong(d + 32, from + 32, n - 32);
    } else if (offset >= 16) copyLong(d, d - offset, n);
    else repeatNear(d, offset, n);
    d += n;
  }
  return d == stop;
}
