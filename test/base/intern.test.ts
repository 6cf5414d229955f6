import { expect, test } from "bun:test";
import fc from "fast-check";
import { hashBytes } from "../../src/base/hash.ts";
import { NameTable } from "../../src/base/intern.ts";
import { bytes, joined } from "../support/bytes.ts";

/** Finds a name between other bytes, so that a look outside of its range shows. */
function find(table: NameTable, name: string): number {
  const around = joined([bytes("zz"), bytes(name), bytes("zz")]);
  return table.find(around, 2, around.length - 2);
}

test("a name keeps the id it got, by text and by bytes, and no other name has it", () => {
  const names = fc.uniqueArray(fc.string({ unit: "grapheme" }), { maxLength: 200 });
  fc.assert(
    fc.property(names, fc.integer(), (names, seed) => {
      const table = new NameTable(seed, 1_000);
      const ids = names.map((name) => table.intern(name));
      expect(ids).toEqual(names.map((_, i) => i + 1));
      expect(table.count).toBe(names.length);
      names.forEach((name, i) => {
        expect([table.intern(name), table.idOf(name), find(table, name)]).toEqual([i + 1, i + 1, i + 1]);
        expect([table.text(i + 1), table.bytes(i + 1)]).toEqual([name, bytes(name)]);
      });
    }),
    { numRuns: 50 },
  );
});

test("an unknown name is 0, and so is one that only begins like a known one", () => {
  const table = new NameTable(7, 10);
  table.intern("ACCOUNT");
  for (const name of ["", "A", "ACCOUN", "ACCOUNTS", "account"]) {
    expect([name, table.idOf(name), find(table, name)]).toEqual([name, 0, 0]);
  }
  expect([table.text(0), table.text(99), table.bytes(99).length]).toEqual(["", "", 0]);
});

test("a full table makes no more ids and keeps those it has", () => {
  const table = new NameTable(7, 3);
  expect(["a", "b", "c", "d", "a"].map((name) => table.intern(name))).toEqual([1, 2, 3, 0, 1]);
  expect([find(table, "d"), find(table, "c"), table.count]).toEqual([0, 3, 3]);
});

test("names whose hashes collide are told apart by their bytes", () => {
  const seed = 99;
  const slotOf = (name: string): number => hashBytes(seed, bytes(name), 0, name.length) & 63;
  const table = new NameTable(seed, 1_000);
  const same: string[] = [];
  for (let n = 0; same.length < 20; n++) if (slotOf(`n${n}`) === slotOf("n0")) same.push(`n${n}`);
  const ids = same.map((_, i) => i + 1);
  expect(same.map((name) => table.intern(name))).toEqual(ids);
  expect(same.map((name) => find(table, name))).toEqual(ids);
});

test("fifty thousand names are all found", () => {
  const table = new NameTable(3, 100_000);
  for (let n = 1; n <= 50_000; n++) table.intern(`account-${n}`);
  for (let n = 1; n <= 50_000; n += 7) expect(find(table, `account-${n}`)).toBe(n);
  expect(find(table, "account-50001")).toBe(0);
});
