// So many in a second and no more, whenever they come.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { RateWindow } from "../../src/net/rate-window.ts";

test("after a second as many may begin again, and the refused ones are told", () => {
  const rate = new RateWindow(2);
  const told: number[] = [];
  const takes = (now: number) => rate.takes(now, (refused) => told.push(refused));
  expect([0, 1, 2, 3, 999].map(takes)).toEqual([true, true, false, false, false]);
  expect(told).toEqual([]);
  expect([1_000, 1_500, 1_999, 2_000].map(takes)).toEqual([true, true, false, true]);
  expect(told).toEqual([3, 1]);
});

test("no second takes more than twice as many, wherever it begins, and none is refused below the bound", () => {
  const steps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 100 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 5 }), (gaps, max) => {
      const rate = new RateWindow(max);
      let now = 0;
      const all = gaps.map((gap) => {
        now += gap;
        return { at: now, taken: rate.takes(now, () => {}) };
      });
      return all.every(({ at, taken }) => {
        const before = all.filter((other) => other.at > at - 1_000 && other.at <= at);
        const count = before.filter((other) => other.taken).length;
        return count <= 2 * max && (taken || before.length > max);
      });
    }),
  );
});
