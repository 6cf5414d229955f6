// CRC-32C (Castagnoli), by which every S2 chunk is checked: the runtime only has the IEEE polynomial.
// Eight bytes a step with eight tables. Source: leafnode.md §9.3.

/** The polynomial 0x1EDC6F41, its bits reversed. */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;
const MASK_DELTA = 0xa282ead8;

/** Row k: what a byte does to the checksum k bytes further on. */
const TABLES = makeTables();
const T0 = TABLES[0]!;
const T1 = TABLES[1]!;
const T2 = TABLES[2]!;
const T3 = TABLES[3]!;
const T4 = TABLES[4]!;
const T5 = TABLES[5]!;
const T6 = TABLES[6]!;
const T7 = TABLES[7]!;

/** @hot The checksum of buf[from, to), 0 … 2^32 - 1. */
export function crc32c(buf: Uint8Array, from: number, to: number): number {
  let crc = -1;
  let i = from;
  for (const last = to - SLICES; i <= last; i += SLICES) {
    const low = crc ^ (buf[i]! | (buf[i + 1]! << 8) | (buf[i + 2]! << 16) | (buf[i + 3]! << 24));
    crc =
      T7[low & 0xff]! ^
      T6[(low >>> 8) & 0xff]! ^
      T5[(low >>> 16) & 0xff]! ^
      T4[low >>> 24]! ^
      T3[buf[i + 4]!]! ^
      T2[buf[i + 5]!]! ^
      T1[buf[i + 6]!]! ^
      T0[buf[i + 7]!]!;
  }
  for (; i < to; i++) crc = (crc >>> 8) ^ T0[(crc ^ buf[i]!) & 0xff]!;
  return ~crc >>> 0;
}

/** @hot The same as it stands in a chunk: rotated and shifted, so that a checksum over data that holds
 *  checksums is still worth something. */
export function maskedCrc32c(buf: Uint8Array, from: number, to: number): number {
  const crc = crc32c(buf, from, to);
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

function makeTables(): readonly Int32Array[] {
  const tables = Array.from({ length: SLICES }, () => new Int32Array(256));
  const first = tables[0]!;
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    first[byte] = crc;
  }
  for (let slice = 1; slice < SLICES; slice++) {
    const last = tables[slice - 1]!;
    for (let byte = 0; byte < 256; byte++) {
      tables[slice]![byte] = (last[byte]! >>> 8) ^ first[last[byte]! & 0xff]!;
    }
  }
  return tables;
}
