import { expect, test } from "bun:test";
import { hash4, hash6 } from "../../src/base/hash6.ts";

test("names hash as nats-server hashes them", () => {
  // Check values of gateway.md §4.2.
  const server = "NDWNVYW6YTG367R7WEQYORVDIRYDJQXAE6ZVATO3EI5X7UFUXNHJMG2D";
  expect(["A", "B", "C", "east", server].map(hash6)).toEqual([
    "NUmM6c",
    "b2oh2L",
    "jZ6RvV",
    "jXch21",
    "zzo0Oc",
  ]);
});

test("the form before 2.1.2 is four hex digits", () => {
  expect(["A", "B"].map(hash4)).toEqual(["559a", "df7e"]); // gateway.md §4.6
});
