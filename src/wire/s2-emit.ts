// The elements of an S2 block as bytes: the other half of decodeBlock. Source: leafnode.md §9.4.

const TAG_LITERAL = 0;
const TAG_COPY_1 = 1;
const TAG_COPY_2 = 2;
const TAG_COPY_4 = 3;

const SHORT_LITERAL_MAX = 60;
/** Below this many bytes a loop is cheaper than a call into the engine. */
const LOOP_BYTES = 32;

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

/** The most bytes that emitCopy or emitRepeat write: a copy-4 and a long repeat. */
export const COPY_BYTES_MAX = 10;
/** The most bytes before the bytes of a literal. */
export const LITERAL_HEAD_BYTES_MAX = 5;

/** @hot A decoded length; answers the new end. */
export function emitLength(out: Uint8Array, at: number, length: number): number {
  let d = at;
  let rest = length;
  for (; rest >= 0x80; rest >>>= 7) out[d++] = (rest & 0x7f) | 0x80;
  out[d++] = rest;
  return d;
}

/** @hot src[from, to), not empty, as a literal; answers the new end. */
export function emitLiteral(out: Uint8Array, at: number, src: Uint8Array, from: number, to: number): number {
  const size = to - from;
  let d = at;
  if (size <= SHORT_LITERAL_MAX) {
    out[d++] = ((size - 1) << 2) | TAG_LITERAL;
  } else {
    const more = size <= 1 << 8 ? 1 : size <= 1 << 16 ? 2 : 3;
    out[d++] = ((SHORT_LITERAL_MAX + more - 1) << 2) | TAG_LITERAL;
    for (let i = 0; i < more; i++) out[d++] = (size - 1) >>> (8 * i);
  }
  if (size > LOOP_BYTES) {
    out.set(src.subarray(from, to), d);
    return d + size;
  }
  for (let i = from; i < to; i++) out[d++] = src[i]!;
  return d;
}

/** @hot A copy of `size` bytes, 4 and more, from `offset` back; answers the new end. */
export function emitCopy(out: Uint8Array, at: number, offset: number, size: number): number {
  if (offset < COPY_1_OFFSET_END) {
    if (size < COPY_1_LENGTH_END) return emitCopy1(out, at, offset, size);
    if (size <= COPY_LENGTH_MAX) return emitCopy2(out, at, offset, size);
    return emitRepeat(out, emitCopy1(out, at, offset, REPEAT_1_BASE), size - REPEAT_1_BASE);
  }
  if (size <= COPY_LENGTH_MAX) {
    return offset < COPY_2_OFFSET_END ? emitCopy2(out, at, offset, size) : emitCopy4(out, at, offset, size);
  }
  const first = COPY_LENGTH_MAX - REPEAT_MIN;
  const d =
    offset < COPY_2_OFFSET_END ? emitCopy2(out, at, offset, first) : emitCopy4(out, at, offset, first);
  return emitRepeat(out, d, size - first);
}

/** @hot A copy of `size` bytes, 4 to 2^24, from where the last copy was from; answers the new end. */
export function emitRepeat(out: Uint8Array, at: number, size: number): number {
  if (size < REPEAT_1_MIN) {
    out[at] = ((size - REPEAT_MIN) << 2) | TAG_COPY_1;
    out[at + 1] = 0;
    return at + 2;
  }
  const more = size < REPEAT_2_BASE ? 1 : size < REPEAT_3_BASE ? 2 : 3;
  const rest = size - (more === 1 ? REPEAT_1_BASE : more === 2 ? REPEAT_2_BASE : REPEAT_3_BASE);
  out[at] = ((REPEAT_MIN + more) << 2) | TAG_COPY_1;
  out[at + 1] = 0;
  for (let i = 0; i < more; i++) out[at + 2 + i] = rest >>> (8 * i);
  return at + 2 + more;
}

function emitCopy1(out: Uint8Array, at: number, offset: number, size: number): number {
  out[at] = ((offset >>> 8) << 5) | ((size - REPEAT_MIN) << 2) | TAG_COPY_1;
  out[at + 1] = offset;
  return at + 2;
}

function emitCopy2(out: Uint8Array, at: number, offset: number, size: number): number {
  out[at] = ((size - 1) << 2) | TAG_COPY_2;
  out[at + 1] = offset;
  out[at + 2] = offset >>> 8;
  return at + 3;
}

function emitCopy4(out: Uint8Array, at: number, offset: number, size: number): number {
  out[at] = ((size - 1) << 2) | TAG_COPY_4;
  out[at + 1] = offset;
  out[at + 2] = offset >>> 8;
  out[at + 3] = offset >>> 16;
  out[at + 4] = offset >>> 24;
  return at + 5;
}
