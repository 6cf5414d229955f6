import { expect, test } from "bun:test";
import { hashBytes, hashStart } from "../../src/base/hash.ts";
import { bytes } from "../support/bytes.ts";

test("one subject in many accounts and under many seeds starts at different places", () => {
  const starts = new Set<number>();
  for (let seed = 0; seed < 30; seed++) {
    for (let account = 0; account < 30; account++) starts.add(hashStart(seed * 0x01000193, account));
  }
  expect(starts.size).toBeGreaterThan(850);
  for (const start of starts) expect(start).toBe(start | 0);
});

test("the hash of a range is that of its bytes, and 32 bits wide", () => {
  const whole = bytes("xx.orders.eu.xx");
  const part = bytes("orders.eu");
  expect(hashBytes(5, whole, 3, 12)).toBe(hashBytes(5, part, 0, part.length));
  expect(hashBytes(5, part, 0, 0)).toBe(5);
  const hash = hashBytes(-1, part, 0, part.length);
  expect(hash).toBe(hash | 0);
});

test("ten thousand numbered subjects hardly ever share a hash", () => {
  const hashes = new Set<number>();
  for (let n = 0; n < 10_000; n++) {
    const subject = bytes(`orders.${n}.created`);
    hashes.add(hashBytes(hashStart(1, 1), subject, 0, subject.length));
  }
  expect(hashes.size).toBeGreaterThan(9_990);
});
