// Which rows a leaf holds: each has its place as its tag, whatever was forgotten before.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { OwnedRows } from "../../src/leaf/rows.ts";

test("rows are forgotten by their tag, and the one that moves is told, whatever the order", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 99 }), { maxLength: 200 }), (steps) => {
      const rows = new OwnedRows();
      const tags = new Map<number, number>();
      let last = 1_000;
      for (const step of steps) {
        const row = [...tags.keys()][step];
        if (row === undefined) {
          tags.set(++last, rows.nextTag);
          rows.add(last);
          continue;
        }
        const tag = tags.get(row)!;
        tags.delete(row);
        const moved = rows.forget(tag);
        if (moved !== 0) tags.set(moved, tag);
      }
      expect(rows.count).toBe(tags.size);
      expect([...tags.values()].sort((a, b) => a - b)).toEqual([...tags.keys()].map((_row, at) => at));
      const left: number[] = [];
      for (let row = rows.pop(); row !== 0; row = rows.pop()) left.push(row);
      expect(left.sort()).toEqual([...tags.keys()].sort());
      expect([rows.count, rows.pop(), rows.nextTag]).toEqual([0, 0, 0]);
    }),
  );
});

test("the last row and the only row move nothing", () => {
  const rows = new OwnedRows();
  for (const row of [7, 8, 9]) rows.add(row);
  expect([rows.forget(2), rows.forget(0), rows.forget(0), rows.count]).toEqual([0, 8, 0, 0]);
});

test("there is room for any number of rows", () => {
  const rows = new OwnedRows();
  for (let row = 1; row <= 10_000; row++) rows.add(row);
  for (let row = 10_000; row >= 1; row--) expect(rows.pop()).toBe(row);
});
