// The memory of S2 from within: whatever a block says, nothing is written but what it becomes.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { S2_BLOCK_BYTES, S2_BLOCK_BYTES_MAX } from "../../src/base/limits.ts";
import { S2_CODE } from "../../src/kernel/s2-code.ts";
import { encodedBytesMax } from "../../src/wire/s2-frame.ts";

interface Exports {
  decode(size: number, length: number): number;
  encode(size: number, level: number): number;
}

const PAGES = 208;
const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
const module = new WebAssembly.Module(Uint8Array.fromBase64(S2_CODE));
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
const code = exports as unknown as Exports;
const bytes = new Uint8Array(memory.buffer);

/** A place or a size, as s2-layout.as has it. */
function layout(name: string): number {
  return Number((exports[name] as WebAssembly.Global).value);
}

const [BLOCK, DECODED, PLAIN, CHUNK] = ["BLOCK", "DECODED", "PLAIN", "CHUNK"].map(layout) as [
  number,
  number,
  number,
  number,
];
const SLACK = layout("SLACK_BYTES");
const GUARD = 0xa5;

test("places in the memory do not overlap, and each holds the largest block that may come or go", () => {
  expect(layout("BLOCK_BYTES")).toBe(encodedBytesMax(S2_BLOCK_BYTES_MAX));
  expect(layout("DECODED_BYTES")).toBe(S2_BLOCK_BYTES_MAX);
  expect(layout("PLAIN_BYTES")).toBe(S2_BLOCK_BYTES);
  // Places are rounded down to vectors.
  expect(BLOCK + layout("BLOCK_BYTES") + SLACK - 16).toBeLessThan(DECODED);
  expect(DECODED + S2_BLOCK_BYTES_MAX + SLACK).toBeLessThanOrEqual(PLAIN);
  expect(PLAIN + S2_BLOCK_BYTES + SLACK).toBeLessThanOrEqual(CHUNK);
  expect(CHUNK + layout("CHUNK_HEAD_BYTES") + S2_BLOCK_BYTES + SLACK).toBeLessThanOrEqual(bytes.length);
});

test("a block writes nothing before its room and no more than the slack behind it, whatever it says", () => {
  const near = 8_192;
  const element = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 70 }).map((data) => [(data.length - 1) << 2, ...data]),
    fc.tuple(fc.nat(255), fc.nat(40)).map(([n, offset]) => [((n & 63) << 2) | 2, offset, n >>> 7]),
    fc.tuple(fc.nat(7), fc.nat(40)).map(([n, offset]) => [(n << 2) | 1, offset, 3, 1, 0]),
    fc.uint8Array({ maxLength: 8 }).map((data) => [...data]),
  );
  let held = 0;
  fc.assert(
    fc.property(fc.nat(2_000), fc.array(element, { maxLength: 30 }), (length, elements) => {
      const block = [(length & 0x7f) | 0x80, length >>> 7, ...elements.flat()];
      bytes.fill(GUARD, DECODED - SLACK, DECODED + near);
      bytes.set(block, BLOCK);
      if (code.decode(block.length, length) === 1) held++;
      expect(bytes.subarray(DECODED - SLACK, DECODED).every((byte) => byte === GUARD)).toBe(true);
      const behind = bytes.subarray(DECODED + length + SLACK, DECODED + near);
      expect(behind.every((byte) => byte === GUARD)).toBe(true);
    }),
    { numRuns: 3_000 },
  );
  expect(held).toBeGreaterThan(0);
});

test("a chunk is never longer than one that is uncompressed, and is written nowhere else", () => {
  const head = layout("CHUNK_HEAD_BYTES");
  for (let size = 0; size < 3_000; size += 1 + (size >>> 4)) {
    for (const level of [0, 1, 2, 3]) {
      bytes.fill(GUARD, CHUNK - SLACK, CHUNK + head + size + 2 * SLACK);
      for (let i = 0; i < size; i++) bytes[PLAIN + i] = Math.imul(i % 97, i >>> 8) >>> 3;
      expect(code.encode(size, level)).toBeLessThanOrEqual(head + size);
      expect(bytes.subarray(CHUNK - SLACK, CHUNK).every((byte) => byte === GUARD)).toBe(true);
      const behind = bytes.subarray(CHUNK + head + size + SLACK, CHUNK + head + size + 2 * SLACK);
      expect(behind.every((byte) => byte === GUARD)).toBe(true);
    }
  }
});
