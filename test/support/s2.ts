// S2 framing for tests, written from leafnode.md §9.3 apart from the product's: only what a hand-driven peer
// needs to speak it, well and badly.

const MASK_DELTA = 0xa282ead8;
const CASTAGNOLI = 0x82f63b78;

export const S2_IDENTIFIER = Buffer.from([0xff, 6, 0, 0, ...Buffer.from("S2sTwO")]);

/** One chunk of any type. */
export function s2Chunk(type: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head[0] = type;
  head.writeUIntLE(body.length, 1, 3);
  return Buffer.concat([head, body]);
}

/** Text as a whole stream of one chunk that is not compressed. */
export function s2Plain(text: string): Buffer {
  const data = Buffer.from(text, "latin1");
  return Buffer.concat([S2_IDENTIFIER, s2Chunk(0x01, Buffer.concat([checksum(data), data]))]);
}

/**
 * A compressed chunk that stands for `size` times the same byte: the smallest input of the largest output.
 */
export function s2Bomb(size: number, byte = 0x20): Buffer {
  const data = Buffer.alloc(size, byte);
  const parts: number[] = [...uvarint(size), 0x00, byte];
  let left = size - 1;
  // The first copy names the distance of one, repeats of it follow: 2^24 bytes take five.
  const first = Math.min(left, 4);
  parts.push(((first - 4) << 2) | 0x01, 1);
  left -= first;
  while (left > 0) {
    const length = Math.min(left, 65_540 + 0xffffff);
    if (length >= 65_540) {
      const more = length - 65_540;
      parts.push((7 << 2) | 0x01, 0, more & 255, (more >> 8) & 255, more >> 16);
    } else if (length >= 260) {
      const more = length - 260;
      parts.push((6 << 2) | 0x01, 0, more & 255, more >> 8);
    } else if (length >= 8) parts.push((5 << 2) | 0x01, 0, length - 8);
    else parts.push(((length - 4) << 2) | 0x01, 0);
    left -= length;
  }
  return s2Chunk(0x00, Buffer.concat([checksum(data), Buffer.from(parts)]));
}

/** Masked CRC-32C of what a chunk stands for, as it comes before its data. */
export function checksum(data: Uint8Array): Buffer {
  let crc = 0xffffffff;
  for (const byte of data) crc = (TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8)) >>> 0;
  crc = (crc ^ 0xffffffff) >>> 0;
  const masked = (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
  const out = Buffer.alloc(4);
  out.writeUInt32LE(masked);
  return out;
}

function uvarint(value: number): number[] {
  const out: number[] = [];
  let left = value;
  for (; left >= 128; left >>>= 7) out.push((left & 127) | 128);
  return [...out, left];
}

const TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let crc = i;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ CASTAGNOLI : crc >>> 1;
  return crc >>> 0;
});
