// The stock that decoders borrow from: bounded, used again, and given up when nobody asks.

import { expect, test } from "bun:test";
import { S2Buffers } from "../../src/wire/s2-buffers.ts";

test("a buffer is as large as asked, and not twice as large", () => {
  const stock = new S2Buffers();
  for (const bytes of [0, 1, 4_096]) expect(stock.take(bytes).length).toBe(4_096);
  for (const bytes of [4_097, 8_192, 65_537, 5_000_000]) {
    const { length } = stock.take(bytes);
    expect(length).toBeGreaterThanOrEqual(bytes);
    expect(length).toBeLessThan(2 * bytes);
  }
  expect(stock.take(20_000_000).length).toBe(20_000_000);
});

test("what is given back is what is taken next", () => {
  const stock = new S2Buffers();
  const [one, other] = [stock.take(10_000), stock.take(10_000)];
  expect(one).not.toBe(other);
  stock.give(one);
  stock.give(other);
  expect(new Set([stock.take(16_000), stock.take(9_000)])).toEqual(new Set([one, other]));
  expect(stock.waitingBytes).toBe(0);
});

test("no more waits than the stock may hold, and at most two of a size", () => {
  const stock = new S2Buffers(100_000);
  for (let i = 0; i < 10; i++) stock.give(new Uint8Array(32_768));
  expect(stock.waitingBytes).toBe(65_536);
  stock.give(new Uint8Array(65_536));
  expect(stock.waitingBytes).toBe(65_536);
});

test("a size that nobody asks for any more is let go, the others stay", () => {
  const stock = new S2Buffers();
  stock.give(stock.take(4_000_000));
  const small = stock.take(4_096);
  stock.give(small);
  expect(stock.waitingBytes).toBe(4_194_304 + 4_096);
  for (let i = 0; i < 600; i++) stock.give(stock.take(4_096));
  expect(stock.waitingBytes).toBe(4_096);
  expect(stock.take(4_096)).toBe(small);
});
