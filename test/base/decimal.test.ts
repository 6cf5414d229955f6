import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseDecimal, writeDecimal } from "../../src/base/decimal.ts";
import { bytes, latin } from "../support/bytes.ts";

const parse = (text: string): number => parseDecimal(bytes(`9${text}9`), 1, 1 + text.length);

test("numbers of one to nine digits are read, whatever stands around them", () => {
  fc.assert(
    fc.property(fc.nat(999_999_999), fc.nat(8), (value, zeros) => {
      const text = `${value}`.padStart(Math.min(9, `${value}`.length + zeros), "0");
      expect(parse(text)).toBe(value);
    }),
  );
  expect([parse("0"), parse("999999999")]).toEqual([0, 999_999_999]);
});

test("what is not a number of at most nine digits is -1", () => {
  for (const text of [
    "",
    "1000000000",
    "0000000000",
    "-1",
    "+1",
    " 1",
    "1 ",
    "1.0",
    "1e3",
    "0x1",
    "/",
    ":",
    "\0",
  ]) {
    expect([text, parse(text)]).toEqual([text, -1]);
  }
});

test("a written number is its decimal text, and nothing beside it is touched", () => {
  fc.assert(
    fc.property(fc.oneof(fc.nat(1_000), fc.nat(), fc.maxSafeNat()), (value) => {
      const target = new Uint8Array(30).fill(0x7e);
      const end = writeDecimal(value, target, 5);
      expect(latin(target)).toBe(`~~~~~${value}`.padEnd(30, "~"));
      expect(end).toBe(5 + `${value}`.length);
    }),
  );
  for (let bound = 1; bound <= 1e12; bound *= 10) {
    for (const value of [bound - 1, bound, bound + 1]) {
      const target = new Uint8Array(30);
      expect(latin(target, 0, writeDecimal(value, target, 0))).toBe(`${value}`);
    }
  }
});
