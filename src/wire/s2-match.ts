// What every block encoder does with two places of the same bytes: how far they agree. Also the one way in
// which they hash.

/** Odd, and as many ones as zeros, well mixed (the golden ratio and a constant of MurmurHash). */
export const HASH_FACTOR = 0x9e3779b1 | 0;
export const FAR_HASH_FACTOR = 0x85ebca6b | 0;

export const WORD_BYTES = 4;
/** So close to its end a block is not searched: two words and a bit are looked at from a place on. */
export const TAIL_BYTES = 12;

/** @hot The bytes from `early` on are those from `at` on, up to the answer; at most up to `to`. */
export function matchEnd(src: DataView, early: number, at: number, to: number): number {
  const last = to - WORD_BYTES;
  let from = early;
  let end = at;
  for (; end <= last; from += WORD_BYTES, end += WORD_BYTES) {
    const differ = src.getInt32(from, true) ^ src.getInt32(end, true);
    // The lowest bit that differs is in the first byte that does.
    if (differ !== 0) return end + ((31 - Math.clz32(differ & -differ)) >>> 3);
  }
  while (end < to && src.getUint8(from) === src.getUint8(end)) {
    from++;
    end++;
  }
  return end;
}

/** @hot Up to where before `at`, down to `to`, the bytes are those before `early`, down to `from`. */
export function matchStart(src: DataView, early: number, at: number, from: number, to: number): number {
  let start = at;
  for (let i = early; start > to && i > from && src.getUint8(start - 1) === src.getUint8(i - 1); i--) start--;
  return start;
}

/** A block that would not come out shorter by so many bytes leaves as it is: the far end would spend more on
 *  it than they are worth. The reference encoder draws the same line. */
export function savedBytesMin(size: number): number {
  return size >>> 5;
}
