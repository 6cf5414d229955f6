import { expect, test } from "bun:test";
import fc from "fast-check";
import { hashBytes, hashStart } from "../../src/base/hash.ts";
import { InterestCache } from "../../src/interest/cache.ts";
import { Generations } from "../../src/interest/generation.ts";
import { bytes, joined } from "../support/bytes.ts";

const SEED = 11;

class Desk {
  readonly generations = new Generations();
  readonly dropped: string[] = [];
  readonly cache: InterestCache<string>;

  constructor(
    slots = 64,
    readonly hashOf = (account: number, subject: Uint8Array): number =>
      hashBytes(hashStart(SEED, account), subject, 0, subject.length),
  ) {
    this.cache = new InterestCache(slots, this.generations, (answer) => this.dropped.push(answer));
  }

  find(subject: string, account = 1, source = 0): string | undefined {
    const around = joined([bytes("zz"), bytes(subject), bytes("zz")]);
    const hash = this.hashOf(account, bytes(subject));
    return this.cache.find(account, source, hash, around, 2, around.length - 2);
  }

  /** The bytes are scribbled over once they were put. */
  put(subject: string, answer: string, account = 1, source = 0): void {
    const around = joined([bytes("zz"), bytes(subject), bytes("zz")]);
    const hash = this.hashOf(account, bytes(subject));
    this.cache.put(account, source, hash, around, 2, around.length - 2, answer);
    around.fill(0);
  }
}

test("an answer is found by account, source and subject, and by nothing less", () => {
  const desk = new Desk();
  desk.put("orders.eu", "yes", 3, 1);
  expect(desk.find("orders.eu", 3, 1)).toBe("yes");
  expect([desk.find("orders.eu", 3, 0), desk.find("orders.eu", 2, 1), desk.find("orders.e", 3, 1)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("a cached answer is never another subject's, source's or account's, even where all hashes collide", () => {
  const key = fc.record({
    subject: fc.oneof(
      fc.stringMatching(/^[ab.]{1,3}$/),
      fc.constantFrom(63, 64, 65, 200, 511, 512, 513, 2_000).map((length) => "s".repeat(length)),
      fc.constantFrom(64, 65, 513).map((length) => `${"s".repeat(length - 1)}t`),
    ),
    account: fc.integer({ min: 1, max: 3 }),
    source: fc.integer({ min: 0, max: 2 }),
  });
  const hashes = [() => 5, (account: number, subject: Uint8Array) => hashBytes(account, subject, 0, 2)];
  fc.assert(
    fc.property(fc.array(key, { maxLength: 60 }), fc.constantFrom(...hashes), (keys, hashOf) => {
      const desk = new Desk(8, hashOf);
      for (const { subject, account, source } of keys) {
        const answer = `${account}/${source}/${subject}`;
        const found = desk.find(subject, account, source);
        if (found !== undefined) expect(found).toBe(answer);
        else desk.put(subject, answer, account, source);
        expect(desk.find(subject, account, source)).toBe(answer);
      }
    }),
    { numRuns: 200 },
  );
});

test("a change of an account makes its answers stale and no others", () => {
  const desk = new Desk();
  desk.put("a", "one", 1);
  desk.put("a", "two", 2);
  desk.generations.bump(1);
  expect([desk.find("a", 1), desk.find("a", 2)]).toEqual([undefined, "two"]);
  desk.put("a", "new", 1);
  expect(desk.find("a", 1)).toBe("new");
});

test("a change of the topology makes every answer stale", () => {
  const desk = new Desk();
  desk.put("a", "one", 1);
  desk.put("b", "two", 2);
  desk.generations.moved();
  expect([desk.find("a", 1), desk.find("b", 2)]).toEqual([undefined, undefined]);
});

test("accounts beyond the first thousand, changed or not, are cached and go stale like others", () => {
  const desk = new Desk();
  desk.put("a", "far", 5_000);
  expect(desk.find("a", 5_000)).toBe("far");
  desk.generations.bump(5_000);
  expect(desk.find("a", 5_000)).toBeUndefined();
  desk.put("a", "new", 5_000);
  expect([desk.find("a", 5_000), desk.generations.of(4_999), desk.generations.of(5_000)]).toEqual([
    "new",
    0,
    1,
  ]);
});

test("each answer that gives way is told of once, and each that is held is visited", () => {
  const desk = new Desk(4);
  const put = new Set<string>();
  for (let n = 0; n < 100; n++) {
    desk.put(`s${n}`, `a${n}`);
    put.add(`a${n}`);
  }
  const held: string[] = [];
  desk.cache.each((answer) => held.push(answer));
  expect(held.length).toBeLessThanOrEqual(4);
  expect([...desk.dropped, ...held].sort()).toEqual([...put].sort());
});

test("a stale answer gives way before a fresh one", () => {
  const desk = new Desk(2);
  desk.put("old", "old", 1);
  desk.put("kept", "kept", 2);
  desk.generations.bump(1);
  for (let n = 0; n < 5; n++) {
    desk.put(`s${n}`, `n${n}`, 1);
    desk.generations.bump(1);
  }
  expect(desk.find("kept", 2)).toBe("kept");
});

test("an answer from before a change of the topology gives way before one from after it", () => {
  const desk = new Desk(2);
  desk.put("old", "old");
  desk.generations.moved();
  desk.put("new", "new");
  desk.put("newer", "newer");
  expect([desk.find("new"), desk.find("newer")]).toEqual(["new", "newer"]);
});

test("subjects of thousands of bytes are kept in a few slots only", () => {
  const desk = new Desk(4_096);
  for (let n = 0; n < 3_000; n++) desk.put(`${n}.${"x".repeat(2_000)}`, `long${n}`);
  let held = 0;
  desk.cache.each(() => held++);
  expect(held).toBeGreaterThan(100);
  expect(held).toBeLessThanOrEqual(256);
  const last = `2999.${"x".repeat(2_000)}`;
  expect(desk.find(last)).toBe("long2999");
});

test("most of a working set that fits twice is found again", () => {
  const desk = new Desk(2_048);
  for (let n = 0; n < 1_000; n++) desk.put(`orders.${n}`, `${n}`);
  let found = 0;
  for (let n = 0; n < 1_000; n++) if (desk.find(`orders.${n}`) === `${n}`) found++;
  expect(found).toBeGreaterThan(800);
});
