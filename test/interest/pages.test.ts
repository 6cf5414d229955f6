import { expect, test } from "bun:test";
import fc from "fast-check";
import { PAGE_WORDS, PagePool } from "../../src/interest/pages.ts";

const PAGE_BYTES = PAGE_WORDS * 4;

test("slots of all sizes never overlap, and what is freed is free", () => {
  const size = fc.oneof(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 32_768 }));
  const step = fc.record({ words: size, free: fc.option(fc.nat(), { freq: 2 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const pool = new PagePool();
      const taken: { address: number; words: number; mark: number }[] = [];
      steps.forEach(({ words, free }, mark) => {
        if (free !== null && taken.length > 0) {
          const [slot] = taken.splice(free % taken.length, 1);
          pool.free(slot!.address);
          return;
        }
        const address = pool.take(words);
        expect(address).toBeGreaterThan(0);
        expect(pool.slotWords(address)).toBeGreaterThanOrEqual(words);
        expect(pool.slotWords(address)).toBeLessThanOrEqual(words <= 32 ? words : Math.ceil(words * 1.125));
        for (let i = 0; i < words; i++) pool.set(address + i, mark);
        taken.push({ address, words, mark });
      });
      for (const { address, words, mark } of taken) {
        for (let i = 0; i < words; i++) if (pool.get(address + i) !== mark) throw new Error("overwritten");
      }
      for (const { address } of taken) pool.free(address);
      expect(pool.usedWords).toBe(0);
    }),
    { numRuns: 200 },
  );
});

test("empty pages are given back but for the last one of a size", () => {
  const pool = new PagePool();
  const slots: number[] = [];
  const perPage = Math.floor(PAGE_WORDS / 10);
  for (let i = 0; i < perPage * 5; i++) slots.push(pool.take(10));
  expect(pool.reservedBytes).toBe(5 * PAGE_BYTES);
  for (const slot of slots) pool.free(slot);
  expect(pool.reservedBytes).toBe(PAGE_BYTES);
  expect(pool.usedWords).toBe(0);
});

test("pages that were given back serve other sizes", () => {
  const pool = new PagePool();
  for (let round = 1; round <= 20; round++) {
    const slots: number[] = [];
    for (let words = 0; words < PAGE_WORDS * 3; words += round) slots.push(pool.take(round));
    for (const slot of slots) pool.free(slot);
  }
  expect(pool.words.length).toBeLessThan(20 + 6);
});

test("bytes and words of a page are the same memory", () => {
  const pool = new PagePool();
  const address = pool.take(1);
  pool.set(address, -1);
  const page = pool.bytes[Math.floor(address / PAGE_WORDS)]!;
  expect([...page.subarray((address % PAGE_WORDS) * 4, (address % PAGE_WORDS) * 4 + 4)]).toEqual([
    255, 255, 255, 255,
  ]);
});
