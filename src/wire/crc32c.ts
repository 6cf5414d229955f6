// CRC-32C (Castagnoli), by which every S2 chunk is checked: the runtime only has the IEEE polynomial. Four
// words a step, each as if it were alone and with three lookups: none waits for the one before, which takes
// half the time of the usual eight bytes with eight tables. Source: leafnode.md §9.3.

/** The polynomial 0x1EDC6F41, its bits reversed. */
const POLYNOMIAL = 0x82f63b78;
const MASK_DELTA = 0xa282ead8;

const STEP_BYTES = 16;
const LOW_BITS = 11;
const LOW_MASK = (1 << LOW_BITS) - 1;
const HIGH_SHIFT = 2 * LOW_BITS;

/** What a byte does to the checksum at the byte behind it. */
const BYTE = makeTable(8, 1);
/** What the low, middle and high bits of a word do to the checksum a step behind its first byte, and right
 *  behind the word. */
const STEP_LOW = makeTable(LOW_BITS, STEP_BYTES);
const STEP_MIDDLE = makeTable(LOW_BITS, STEP_BYTES, LOW_BITS);
const STEP_HIGH = makeTable(32 - HIGH_SHIFT, STEP_BYTES, HIGH_SHIFT);

/** @hot The checksum of buf[from, to), 0 … 2^32 - 1. */
export function crc32c(buf: Uint8Array, from: number, to: number): number {
  let crc = -1;
  let i = from;
  if (to - from >= 2 * STEP_BYTES) {
    const view = new DataView(buf.buffer, buf.byteOffset, to);
    let first = crc;
    let second = 0;
    let third = 0;
    let fourth = 0;
    for (const last = to - 2 * STEP_BYTES; i <= last; i += STEP_BYTES) {
      first = stepped(first ^ view.getInt32(i, true));
      second = stepped(second ^ view.getInt32(i + 4, true));
      third = stepped(third ^ view.getInt32(i + 8, true));
      fourth = stepped(fourth ^ view.getInt32(i + 12, true));
    }
    // Each is what it adds to its word of the step that is left.
    crc = word(first ^ view.getInt32(i, true));
    crc = word(crc ^ second ^ view.getInt32(i + 4, true));
    crc = word(crc ^ third ^ view.getInt32(i + 8, true));
    crc = word(crc ^ fourth ^ view.getInt32(i + 12, true));
    i += STEP_BYTES;
  }
  for (; i < to; i++) crc = (crc >>> 8) ^ BYTE[(crc ^ buf[i]!) & 0xff]!;
  return ~crc >>> 0;
}

/** @hot The same as it stands in a chunk: rotated and shifted, so that a checksum over data that holds
 *  checksums is still worth something. */
export function maskedCrc32c(buf: Uint8Array, from: number, to: number): number {
  const crc = crc32c(buf, from, to);
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

function stepped(bits: number): number {
  return (
    STEP_LOW[bits & LOW_MASK]! ^
    STEP_MIDDLE[(bits >>> LOW_BITS) & LOW_MASK]! ^
    STEP_HIGH[bits >>> HIGH_SHIFT]!
  );
}

function word(bits: number): number {
  let crc = bits;
  for (let byte = 0; byte < 4; byte++) crc = (crc >>> 8) ^ BYTE[crc & 0xff]!;
  return crc;
}

/** For each value of `bits` bits, shifted left by `shift`: the checksum behind it and zeros, so many bytes in
 *  all. That of a value is the sum of those of its bits. */
function makeTable(bits: number, bytes: number, shift = 0): Int32Array {
  const table = new Int32Array(1 << bits);
  for (let value = 1; value < table.length; value++) {
    const rest = value & (value - 1);
    table[value] = rest === 0 ? behindZeros(value << shift, bytes) : table[rest]! ^ table[value ^ rest]!;
  }
  return table;
}

function behindZeros(start: number, bytes: number): number {
  let crc = start;
  for (let bit = 0; bit < 8 * bytes; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  return crc;
}
