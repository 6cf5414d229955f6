// What every block encoder does with two places of the same bytes: how far they agree. Also the one way in
// which they hash.

/** Odd, and as many ones as zeros, well mixed (the golden ratio and a constant of MurmurHash). */
export const HASH_FACTOR = 0x9e3779b1 | 0;
export const FAR_HASH_FACTOR = 0x85ebca6b | 0;

export const WORD_BYTES = 4;
/** So close to its end a block is not searched: what is looked at from a place on, and the words that a
 *  literal is copied by. */
export const TAIL_BYTES = 20;

/** Bytes compared at a time. */
const STRIDE_BYTES = 16;

/**
 * @hot The bytes from `early` on are those from `at` on, up to the answer; at most up to `to`. Where they differ
 * within a stride is found without a branch: one that is guessed wrong costs as much as the stride.
 */
export function matchEnd(src: DataView, early: number, at: number, to: number): number {
  const back = at - early;
  let end = at;
  for (const last = to - STRIDE_BYTES; end <= last; end += STRIDE_BYTES) {
    const from = end - back;
    const first = sameBytes(src.getInt32(from, true) ^ src.getInt32(end, true));
    const second = sameBytes(src.getInt32(from + 4, true) ^ src.getInt32(end + 4, true));
    const third = sameBytes(src.getInt32(from + 8, true) ^ src.getInt32(end + 8, true));
    const fourth = sameBytes(src.getInt32(from + 12, true) ^ src.getInt32(end + 12, true));
    // Four of the first make way for the second, and so on.
    const size = first + (-(first >>> 2) & (second + (-(second >>> 2) & (third + (-(third >>> 2) & fourth)))));
    if (size < STRIDE_BYTES) return end + size;
  }
  while (end < to && src.getUint8(end - back) === src.getUint8(end)) end++;
  return end;
}

/** How many of the low bytes of two words are the same, by what differs; 0 … 4. */
function sameBytes(differ: number): number {
  return (32 - Math.clz32((differ & -differ) - 1)) >>> 3;
}

/**
 * @hot How many bytes before `at` are those before `early`; at most `most`, and none before `from`.
 */
export function matchBack(src: DataView, early: number, at: number, from: number, most: number): number {
  if (early - WORD_BYTES >= from) {
    const differ = src.getInt32(early - WORD_BYTES, true) ^ src.getInt32(at - WORD_BYTES, true);
    if (differ !== 0) return Math.min(most, Math.clz32(differ) >>> 3);
  }
  const room = Math.min(most, early - from);
  let size = 0;
  while (size < room && src.getUint8(early - 1 - size) === src.getUint8(at - 1 - size)) size++;
  return size;
}

/** A block that would not come out shorter by so many bytes leaves as it is: the far end would spend more time
 *  on it than the bytes are worth. The reference encoder draws the same line. */
export function savedBytesMin(size: number): number {
  return size >>> 5;
}
