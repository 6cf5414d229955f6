// CRC-32C against the vectors of RFC 3720 and against the polynomial, bit by bit.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { crc32c, maskedCrc32c } from "../../src/wire/crc32c.ts";
import { CODEC } from "./s2-support.ts";

const POLYNOMIAL = 0x82f63b78;

function bitByBit(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return ~crc >>> 0;
}

test("the checksum is that of RFC 3720", () => {
  const cases: [Uint8Array, number][] = [
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    [Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    [Buffer.from("123456789"), 0xe3069283],
    [new Uint8Array(0), 0],
  ];
  for (const [bytes, crc] of cases) expect(crc32c(bytes, 0, bytes.length)).toBe(crc);
});

test("any part of a buffer has the checksum that its bytes have one bit at a time", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), fc.nat(100), (bytes, a, b) => {
      const from = Math.min(a, b, bytes.length);
      const to = Math.min(Math.max(a, b), bytes.length);
      expect(crc32c(bytes, from, to)).toBe(bitByBit(bytes.subarray(from, to)));
    }),
    { numRuns: 500 },
  );
});

test("the masked checksum is rotated by 15 bits and shifted", () => {
  // The PING of a leaf connection, and its checksum as nats-server sent it.
  expect(maskedCrc32c(Buffer.from("PING\r\n"), 0, 6)).toBe(0x24cc90ab);
});

test("compiled code has the same checksum for any part of a buffer, short or long", () => {
  const bytes = Uint8Array.from({ length: 40_000 }, (_, i) => Math.imul(i ^ (i >>> 5), 0x9e3779b1) >>> 24);
  fc.assert(
    fc.property(fc.nat(100), fc.oneof(fc.nat(300), fc.nat(bytes.length - 100)), (from, size) => {
      const to = from + size;
      expect(CODEC.checksum(bytes, from, to)).toBe(maskedCrc32c(bytes, from, to));
    }),
    { numRuns: 2_000 },
  );
});
