import { expect, test } from "bun:test";
import { base62, below, SeededRandom, SystemRandom, shuffled } from "../../src/base/random.ts";
import { makeServerId } from "../../src/base/server-id.ts";

test("a seed gives the same numbers again, and another seed others", () => {
  const draw = (seed: number): number[] => {
    const random = new SeededRandom(seed);
    return Array.from({ length: 50 }, () => random.uint32());
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  for (const value of draw(-5)) expect(value).toBe(value >>> 0);
});

test("numbers below a bound reach every value and no other", () => {
  for (const random of [new SeededRandom(4), new SystemRandom()]) {
    const seen = new Set<number>();
    for (let i = 0; i < 2_000; i++) seen.add(below(random, 7));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  }
});

test("shuffling keeps every item, leaves its source alone, and puts each one everywhere", () => {
  const random = new SeededRandom(9);
  const items = ["a", "b", "c", "d"];
  const firsts = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const mixed = shuffled(random, items);
    expect(mixed.slice().sort()).toEqual(items);
    firsts.add(mixed[0]!);
  }
  expect(firsts.size).toBe(4);
  expect(items).toEqual(["a", "b", "c", "d"]);
});

test("the machine's own numbers do not repeat", () => {
  const random = new SystemRandom();
  const seen = new Set<number>();
  for (let i = 0; i < 1_000; i++) seen.add(random.uint32());
  expect(seen.size).toBeGreaterThan(990);
});

test("a server id has the shape of a public server nkey", () => {
  const random = new SeededRandom(1);
  const first = makeServerId(random);
  expect(first).toMatch(/^N[A-Z2-7]{55}$/);
  expect(makeServerId(random)).not.toBe(first);
  expect(base62(random, 22)).toMatch(/^[0-9A-Za-z]{22}$/);
});
