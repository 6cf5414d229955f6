// The elements of an S2 block as bytes: the other half of decodeBlock. Source: leafnode.md §9.4.

const TAG_COPY_1 = 1;
const TAG_COPY_2 = 2;
const TAG_COPY_4 = 3;

const SHORT_LITERAL_MAX = 60;
/** Up to so many bytes a literal is copied as whole words, whatever its length, for lack of a guess. */
const WORDS_BYTES = 16;

const COPY_1_OFFSET_END = 2_048;
const COPY_1_LENGTH_END = 12;
const COPY_2_OFFSET_END = 65_536;
const COPY_LENGTH_MAX = 64;
/** Repeats: from 4 in the tag, from 8, 260 and 65,540 in one, two and three bytes more. */
const REPEAT_MIN = 4;
const REPEAT_1_BASE = 8;
const REPEAT_1_MIN = 9;
const REPEAT_2_BASE = 260;
const REPEAT_3_BASE = 65_540;

/** The most bytes that a literal and a copy write besides the literal's own: its tag and length, a copy-4 and
 *  a long repeat. */
export const ELEMENT_BYTES_MAX = 15;

/** @hot A decoded length; answers the new end. */
export function emitLength(out: DataView, at: number, length: number): number {
  let d = at;
  let rest = length;
  for (; rest >= 0x80; rest >>>= 7) out.setUint8(d++, (rest & 0x7f) | 0x80);
  out.setUint8(d++, rest);
  return d;
}

/** @hot src[from, to) as a literal, and nothing if it is empty; answers the new end. What lies behind it in
 *  out may be written to, for it is still to be. */
export function emitLiteral(out: DataView, at: number, src: DataView, from: number, to: number): number {
  const size = to - from;
  if (size === 0) return at;
  if (size > WORDS_BYTES || from + WORDS_BYTES > src.byteLength || at + WORDS_BYTES >= out.byteLength) {
    return emitLongLiteral(out, at, src, from, to);
  }
  out.setUint8(at, (size - 1) << 2);
  out.setInt32(at + 1, src.getInt32(from, true), true);
  if (size > 4) {
    out.setInt32(at + 5, src.getInt32(from + 4, true), true);
    if (size > 8) {
      out.setInt32(at + 9, src.getInt32(from + 8, true), true);
      out.setInt32(at + 13, src.getInt32(from + 12, true), true);
    }
  }
  return at + 1 + size;
}

function emitLongLiteral(out: DataView, at: number, src: DataView, from: number, to: number): number {
  const size = to - from;
  let d = at;
  if (size <= SHORT_LITERAL_MAX) {
    out.setUint8(d++, (size - 1) << 2);
  } else {
    const more = size <= 1 << 8 ? 1 : size <= 1 << 16 ? 2 : 3;
    out.setUint8(d++, (SHORT_LITERAL_MAX + more - 1) << 2);
    for (let i = 0; i < more; i++) out.setUint8(d++, (size - 1) >>> (8 * i));
  }
  const bytes = new Uint8Array(src.buffer, src.byteOffset + from, size);
  new Uint8Array(out.buffer, out.byteOffset + d, size).set(bytes);
  return d + size;
}

/** @hot A copy of `size` bytes, 4 and more, from `offset` back, where the last one was from `repeat`, 0
 *  before the first; answers the new end, behind which a byte may be written to. */
export function emitCopy(out: DataView, at: number, offset: number, size: number, repeat: number): number {
  if (size < COPY_1_LENGTH_END && offset < COPY_1_OFFSET_END) {
    out.setUint16(at, ((offset & 0xff) << 8) | copy1Tag(offset, size), true);
    return at + 2;
  }
  if (size <= COPY_LENGTH_MAX && offset < COPY_2_OFFSET_END) {
    out.setInt32(at, (offset << 8) | ((size - 1) << 2) | TAG_COPY_2, true);
    return at + 3;
  }
  return offset === repeat ? emitRepeat(out, at, size) : emitLongCopy(out, at, offset, size);
}

function emitLongCopy(out: DataView, at: number, offset: number, size: number): number {
  if (size > COPY_LENGTH_MAX && offset < COPY_1_OFFSET_END) {
    out.setUint16(at, ((offset & 0xff) << 8) | copy1Tag(offset, REPEAT_1_BASE), true);
    return emitRepeat(out, at + 2, size - REPEAT_1_BASE);
  }
  const first = size > COPY_LENGTH_MAX ? COPY_LENGTH_MAX - REPEAT_MIN : size;
  let d = at + 3;
  if (offset < COPY_2_OFFSET_END) {
    out.setUint8(at, ((first - 1) << 2) | TAG_COPY_2);
    out.setUint16(at + 1, offset, true);
  } else {
    out.setUint8(at, ((first - 1) << 2) | TAG_COPY_4);
    out.setInt32(at + 1, offset, true);
    d = at + 5;
  }
  return first === size ? d : emitRepeat(out, d, size - first);
}

/** `size` bytes, 4 to 2^24, from where the last copy was from. */
function emitRepeat(out: DataView, at: number, size: number): number {
  if (size < REPEAT_1_MIN) {
    out.setUint16(at, copy1Tag(0, size), true);
    return at + 2;
  }
  const more = size < REPEAT_2_BASE ? 1 : size < REPEAT_3_BASE ? 2 : 3;
  const rest = size - (more === 1 ? REPEAT_1_BASE : more === 2 ? REPEAT_2_BASE : REPEAT_3_BASE);
  out.setUint16(at, copy1Tag(0, REPEAT_1_BASE + more), true);
  for (let i = 0; i < more; i++) out.setUint8(at + 2 + i, rest >>> (8 * i));
  return at + 2 + more;
}

/** With offset 0 it stands for the last one. */
function copy1Tag(offset: number, size: number): number {
  return ((offset >>> 8) << 5) | ((size - REPEAT_MIN) << 2) | TAG_COPY_1;
}
