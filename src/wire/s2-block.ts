// One S2 block, bytes to bytes: literals, copies and repeats. Plain Snappy blocks are S2 blocks without
// repeats. Source: leafnode.md §9.4.

const VARINT_BYTES_MAX = 5;
const UINT32_MAX = 0xffffffff;

const TAG_MASK = 3;
const TAG_LITERAL = 0;
const TAG_COPY_1 = 1;
const TAG_COPY_2 = 2;

/** A literal of at most this many bytes has its length in the tag. */
const SHORT_LITERAL_MAX = 60;
/** Below this many bytes a loop is cheaper than a call into the engine. */
const LOOP_BYTES = 32;
const WORD_BYTES = 4;
/** So far from both ends an element of one tag cannot reach beyond them, not even when it moves by words. */
const MARGIN_BYTES = 72;

const COPY_LENGTH_MAX = 64;

/** Lengths of a repeat: up to code 4 in the tag, then in one, two or three bytes more. */
const REPEAT_SHORT_MAX = 4;
const REPEAT_SHORT_BASE = 4;
const REPEAT_1_BASE = 8;
const REPEAT_2_BASE = 260;
const REPEAT_3_BASE = 65_540;

/** How many bytes a block says it decodes to; -1 when that number is cut, too long or over 32 bits. */
export function decodedLength(block: Uint8Array, from: number, to: number): number {
  let length = 0;
  let scale = 1;
  const end = Math.min(to, from + VARINT_BYTES_MAX);
  for (let i = from; i < end; i++) {
    const byte = block[i]!;
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) return length <= UINT32_MAX ? length : -1;
    scale *= 0x80;
  }
  return -1;
}

/**
 * @hot Decodes block[from, to) to out[0, length); length is what decodedLength answered, and out has room for
 * it. False when the block is broken: an element is cut, reaches before the start or past the length, or the
 * sum is not the length. Bytes of out up to length may then hold anything.
 */
export function decodeBlock(
  block: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  length: number,
): boolean {
  let s = from;
  while (block[s]! >= 0x80) s++;
  s++;
  let d = 0;
  let offset = 0;
  const src = new DataView(block.buffer, block.byteOffset, to);
  const dst = new DataView(out.buffer, out.byteOffset, length);
  const lastIn = to - MARGIN_BYTES;
  const lastOut = length - MARGIN_BYTES;
  while (s < to) {
    const isInside = s < lastIn && d < lastOut;
    const tag = block[s]!;
    const kind = tag & TAG_MASK;
    let size = (tag >>> 2) + 1;
    if (kind === TAG_LITERAL) {
      s++;
      const isShort = isInside && size <= SHORT_LITERAL_MAX;
      if (size > SHORT_LITERAL_MAX) {
        const more = size - SHORT_LITERAL_MAX;
        if (s + more > to) return false;
        size = littleEndian(block, s, more) + 1;
        s += more;
      }
      if (size > to - s || size > length - d) return false;
      if (isShort) {
        for (let i = 0; i < size; i += WORD_BYTES) dst.setInt32(d + i, src.getInt32(s + i, true), true);
      } else out.set(block.subarray(s, s + size), d);
      s += size;
      d += size;
      continue;
    }
    if (kind === TAG_COPY_1) {
      if (s + 2 > to) return false;
      const near = ((tag & 0xe0) << 3) | block[s + 1]!;
      const code = (tag >>> 2) & 7;
      s += 2;
      size = code + REPEAT_SHORT_BASE;
      if (near !== 0) {
        offset = near;
      } else if (code > REPEAT_SHORT_MAX) {
        const more = code - REPEAT_SHORT_MAX;
        if (s + more > to) return false;
        size = littleEndian(block, s, more) + repeatBase(more);
        s += more;
      }
    } else if (kind === TAG_COPY_2) {
      if (s + 3 > to) return false;
      offset = src.getUint16(s + 1, true);
      s += 3;
    } else {
      if (s + 5 > to) return false;
      offset = src.getUint32(s + 1, true);
      s += 5;
    }
    if (offset === 0 || offset > d || size > length - d) return false;
    if (isInside && size <= COPY_LENGTH_MAX && offset >= WORD_BYTES) copyWords(dst, d, offset, size);
    else copyBack(out, d, offset, size);
    d += size;
  }
  return d === length;
}

/** Bytes of one to four, the low one first; 0 … 2^32 - 1. */
function littleEndian(buf: Uint8Array, at: number, bytes: number): number {
  let value = buf[at]!;
  if (bytes > 1) value |= buf[at + 1]! << 8;
  if (bytes > 2) value |= buf[at + 2]! << 16;
  if (bytes > 3) value |= buf[at + 3]! << 24;
  return value >>> 0;
}

function repeatBase(bytes: number): number {
  if (bytes === 1) return REPEAT_1_BASE;
  return bytes === 2 ? REPEAT_2_BASE : REPEAT_3_BASE;
}

/** The same as copyBack by words, and at least four, where what is behind the copy is still to be written and
 *  no word reaches into itself. */
function copyWords(out: DataView, at: number, offset: number, size: number): void {
  const from = at - offset;
  out.setInt32(at, out.getInt32(from, true), true);
  out.setInt32(at + 4, out.getInt32(from + 4, true), true);
  out.setInt32(at + 8, out.getInt32(from + 8, true), true);
  out.setInt32(at + 12, out.getInt32(from + 12, true), true);
  for (let i = 16; i < size; i += WORD_BYTES) out.setInt32(at + i, out.getInt32(from + i, true), true);
}

/** Copies `size` bytes from `offset` before `at`, forwards: where they overlap, what was copied is copied
 *  again, and each round has twice as much. */
function copyBack(out: Uint8Array, at: number, offset: number, size: number): void {
  const from = at - offset;
  const end = at + size;
  if (size <= LOOP_BYTES) {
    for (let i = from, to = at; to < end; i++, to++) out[to] = out[i]!;
    return;
  }
  for (let to = at; to < end; ) {
    const part = Math.min(to - from, end - to);
    out.copyWithin(to, from, from + part);
    to += part;
  }
}
