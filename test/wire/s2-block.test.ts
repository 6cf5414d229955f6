// A block by itself: every element at the borders of its lengths, and every way to break it.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { S2_BLOCK_BYTES_MAX } from "../../src/base/limits.ts";
import { decodedLength } from "../../src/wire/s2-block.ts";
import { CODECS, chunksOf, ELEMENTS, naiveBlock, vectors } from "./s2-support.ts";

describe.each([...CODECS])("%s", (_name, codec) => {
  /** What our decoder makes of a block; null when it is broken. */
  function ours(block: Uint8Array): Uint8Array | null {
    const length = decodedLength(block, 0, block.length);
    if (length < 0 || length > S2_BLOCK_BYTES_MAX) return null;
    return codec.decode(block, 0, block.length, length)?.slice() ?? null;
  }

  function varint(value: number): number[] {
    return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(Math.floor(value / 0x80))];
  }

  function little(value: number, bytes: number): number[] {
    return Array.from({ length: bytes }, (_, i) => Math.floor(value / 2 ** (8 * i)) & 0xff);
  }

  /** "abcd", then a copy of 4 from 3 back, then the given element; `length` is that of the element. */
  function afterCopy(length: number, element: readonly number[]): Uint8Array {
    return Uint8Array.from([...varint(8 + length), 0x0c, 0x61, 0x62, 0x63, 0x64, 0x01, 0x03, ...element]);
  }

  test("a repeat has each of its lengths in each of its forms", () => {
    const forms: [number, number[]][] = [
      ...[4, 5, 6, 7, 8].map((n): [number, number[]] => [n, [((n - 4) << 2) | 1, 0]]),
      ...[8, 9, 263].map((n): [number, number[]] => [n, [0x15, 0, ...little(n - 8, 1)]]),
      ...[260, 261, 65_795].map((n): [number, number[]] => [n, [0x19, 0, ...little(n - 260, 2)]]),
      ...[65_540, 65_541, 4_000_000].map((n): [number, number[]] => [n, [0x1d, 0, ...little(n - 65_540, 3)]]),
    ];
    for (const [length, element] of forms) {
      const out = ours(afterCopy(length, element))!;
      expect(Buffer.from(out).toString("latin1")).toBe(`a${"bcd".repeat(length)}`.slice(0, 8 + length));
    }
  });

  test("a literal has each of its lengths in each of its forms", () => {
    const forms: [number, number[]][] = [
      ...[1, 2, 32, 33, 60].map((n): [number, number[]] => [n, [(n - 1) << 2]]),
      ...[1, 61, 256].map((n): [number, number[]] => [n, [60 << 2, ...little(n - 1, 1)]]),
      ...[1, 257, 65_536].map((n): [number, number[]] => [n, [61 << 2, ...little(n - 1, 2)]]),
      ...[1, 65_537, 300_000].map((n): [number, number[]] => [n, [62 << 2, ...little(n - 1, 3)]]),
      ...[1, 65_537].map((n): [number, number[]] => [n, [63 << 2, ...little(n - 1, 4)]]),
    ];
    for (const [length, element] of forms) {
      const data = Buffer.alloc(length, "0123456789abcdefg");
      const out = ours(Uint8Array.from([...varint(length), ...element, ...data]))!;
      expect(Buffer.compare(out, data)).toBe(0);
    }
  });

  test("copies reach back as far as their offsets do, also over themselves", () => {
    const far = Buffer.alloc(70_000, "how far is far");
    const literal = [...varint(70_064), 62 << 2, ...little(69_999, 3), ...far];
    for (const offset of [1, 2, 31, 63, 64, 2_047, 2_048, 65_535, 65_536, 70_000]) {
      const out = ours(Uint8Array.from([...literal, (63 << 2) | 3, ...little(offset, 4)]))!;
      for (let i = 70_000; i < out.length; i++) expect(out[i]).toBe(out[i - offset]!);
      if (offset > 65_535) continue;
      const near = ours(Uint8Array.from([...literal, (63 << 2) | 2, ...little(offset, 2)]))!;
      expect(Buffer.compare(near, out)).toBe(0);
    }
  });

  test("a broken block is refused", () => {
    const broken: Record<string, Uint8Array> = {
      "no length": Uint8Array.of(),
      "a cut length": Uint8Array.of(0x80),
      "a length of six bytes": Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x00),
      "a length over 32 bits": Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x1f),
      "nothing where something is announced": Uint8Array.of(1),
      "something where nothing is announced": Uint8Array.of(0, 0x00, 0x61),
      "a cut literal": Uint8Array.of(4, 0x0c, 0x61),
      "a literal past the length": Uint8Array.of(1, 0x04, 0x61, 0x62),
      "a cut length of a literal": Uint8Array.of(4, 61 << 2, 0x00),
      "a literal of 4 GiB": Uint8Array.of(4, 63 << 2, 0xff, 0xff, 0xff, 0xff, 0x61),
      "a repeat before any copy": Uint8Array.of(5, 0x00, 0x61, 0x01, 0x00),
      "a copy from before the start": Uint8Array.of(5, 0x00, 0x61, 0x01, 0x02),
      "a copy-2 from nowhere": Uint8Array.of(2, 0x00, 0x61, 0x02, 0x00, 0x00),
      "a copy-4 from nowhere": Uint8Array.of(2, 0x00, 0x61, 0x03, 0x00, 0x00, 0x00, 0x00),
      "a copy-4 from 4 GiB before": Uint8Array.of(2, 0x00, 0x61, 0x03, 0xff, 0xff, 0xff, 0xff),
      "a copy past the length": Uint8Array.of(4, 0x00, 0x61, 0x01, 0x01),
      "a cut copy-1": Uint8Array.of(5, 0x00, 0x61, 0x01),
      "a cut copy-2": Uint8Array.of(5, 0x00, 0x61, 0x0e, 0x01),
      "a cut copy-4": Uint8Array.of(5, 0x00, 0x61, 0x0f, 0x01, 0x00, 0x00),
      "a repeat past the length": afterCopy(4, [0x1d, 0, 0xff, 0xff, 0xff]),
      "a cut length of a repeat": afterCopy(300, [0x19, 0, 0x00]),
      "too few bytes": afterCopy(1, []),
    };
    const accepted = Object.entries(broken).filter(([, block]) => ours(block) !== null);
    expect(accepted.map(([name]) => name)).toEqual([]);
    for (const block of Object.values(broken)) expect(naiveBlock(block)).toBeNull();
  });

  test("a length may have more digits than it needs", () => {
    expect(ours(Uint8Array.of(0x81, 0x00, 0x00, 0x61))).toEqual(Uint8Array.of(0x61));
  });

  test("what comes after the block is never read as part of it", () => {
    expect(codec.decode(Uint8Array.of(4, 0x0c, 0x61, 0x62, 0x63, 0x64), 0, 4, 4)).toBeNull();
    expect(decodedLength(Uint8Array.of(0x80, 0x01), 0, 1)).toBe(-1);
  });

  test("the vectors hold every element, repeats of all forms and offsets over 64 KiB", () => {
    const seen = new Set<string>();
    for (const { name, stream } of vectors()) {
      // Their elements are those of the others, and the naive decoder is slow.
      if (name.includes("4m")) continue;
      for (const { type, body } of chunksOf(stream)) {
        if (type !== 0) continue;
        const block = body.subarray(4);
        const plain = naiveBlock(block, (element, length, offset) => {
          seen.add(element);
          if (element === "repeat")
            seen.add(length < 9 ? "r0" : length < 260 ? "r1" : length < 65_540 ? "r2" : "r3");
          if (offset > 65_535) seen.add("far");
        });
        expect(Buffer.compare(ours(block)!, plain!)).toBe(0);
      }
    }
    expect([...seen].sort()).toEqual([...ELEMENTS, "r0", "r1", "r2", "r3", "far"].sort());
  });

  test("any bytes are decoded as the naive decoder decodes them, or refused as it refuses them", () => {
    // Small numbers make elements that hold; a short length in front makes blocks that could be right.
    const byte = fc.oneof(fc.nat(255), fc.nat(20), fc.constantFrom(0x01, 0x05, 0x0c, 0x11, 0x15));
    let held = 0;
    fc.assert(
      fc.property(fc.nat(40), fc.array(byte, { maxLength: 24 }), (length, elements) => {
        const block = Uint8Array.from([length, ...elements]);
        const expected = naiveBlock(block);
        expect(ours(block)).toEqual(expected);
        if (expected !== null) held++;
      }),
      { numRuns: 20_000 },
    );
    expect(held).toBeGreaterThan(20);
  });

  test("a block made of elements that hold is decoded as the naive decoder decodes it", () => {
    const element = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 60 }).map((data) => [(data.length - 1) << 2, ...data]),
      fc.tuple(fc.nat(7), fc.integer({ min: 1, max: 40 })).map(([n, offset]) => [(n << 2) | 1, offset]),
      fc.tuple(fc.nat(63), fc.integer({ min: 1, max: 40 })).map(([n, offset]) => [(n << 2) | 2, offset, 0]),
      fc.nat(255).map((n) => [0x15, 0, n]),
    );
    fc.assert(
      fc.property(fc.array(element, { maxLength: 20 }), (elements) => {
        const start = [(39 << 2) | 0, ...Array.from({ length: 40 }, (_, i) => i), 0x01, 0x07];
        const body = [...start, ...elements.flat()];
        let length = 0;
        naiveBlock(Uint8Array.from([...varint(2 ** 31), ...body]), (_, size) => {
          length += size;
        });
        const block = Uint8Array.from([...varint(length), ...body]);
        const expected = naiveBlock(block)!;
        expect(expected).not.toBeNull();
        expect(ours(block)).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});
