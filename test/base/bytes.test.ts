import { expect, test } from "bun:test";
import fc from "fast-check";
import { bytesOf, copyBytes, rangeEquals, textOf } from "../../src/base/bytes.ts";

test("a copy is the same bytes at the new place, between two buffers or within one", () => {
  const any = fc.record({ length: fc.nat(80), from: fc.nat(20), at: fc.nat(20), within: fc.boolean() });
  fc.assert(
    fc.property(any, ({ length, from, at, within }) => {
      const source = Uint8Array.from({ length: 300 }, (_, i) => i & 0xff);
      const target = within ? source : new Uint8Array(300);
      const to = from + length;
      const place = within ? 120 + at : at;
      const expected = target.slice();
      expected.set(source.slice(from, to), place);
      expect(copyBytes(source, from, to, target, place)).toBe(place + length);
      expect(target).toEqual(expected);
    }),
  );
});

test("ranges are equal when every byte is, and no other bytes are looked at", () => {
  const any = fc.uint8Array({ maxLength: 12 });
  fc.assert(
    fc.property(any, any, fc.nat(4), (a, b, before) => {
      const around = new Uint8Array([...new Array(before).fill(7), ...a, 7, 7]);
      const equal = a.length === b.length && a.every((byte, i) => byte === b[i]);
      expect(rangeEquals(around, before, before + a.length, b)).toBe(equal);
      expect(rangeEquals(around, before, before + a.length, a)).toBe(true);
    }),
  );
});

test("text becomes UTF-8 and comes back, and bytes that are no text are marked", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => textOf(bytesOf(text)) === text));
  expect(textOf(new Uint8Array([0x61, 0xff, 0x62]), 0, 3)).toBe("a\ufffdb");
  expect(textOf(bytesOf("hello"), 1, 3)).toBe("el");
});
