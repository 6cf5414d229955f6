import { expect, test } from "bun:test";
import { bytesOf } from "../../src/base/bytes.ts";
import { below, SeededRandom } from "../../src/base/random.ts";
import { MatchList } from "../../src/interest/match-list.ts";
import { InterestStore } from "../../src/interest/store.ts";
import { naiveMatch } from "./naive-store.ts";
import { OneHash } from "./one-hash.ts";

function add(store: InterestStore, pattern: string, owner = 1): number {
  const buf = bytesOf(pattern);
  return store.add(1, buf, 0, buf.length, 0, 0, owner, 0, 1);
}

function matched(store: InterestStore, subject: string, list = new MatchList()): string[] {
  const buf = bytesOf(subject);
  store.match(1, buf, 0, buf.length, list);
  return [...list.ids.subarray(0, list.length)]
    .map((group) => store.subjectText(store.groupNode(group)))
    .sort();
}

test("wildcard characters inside tokens are literal", () => {
  const store = new InterestStore(1);
  for (const pattern of ["foo*bar", "foo.*", "foo.>x", ">>", "foo.**"]) add(store, pattern);
  expect(matched(store, "foo*bar")).toEqual(["foo*bar"]);
  expect(matched(store, "fooxbar")).toEqual([]);
  expect(matched(store, "foo.x")).toEqual(["foo.*"]);
  expect(matched(store, "foo.>x")).toEqual(["foo.*", "foo.>x"]);
  expect(matched(store, "foo.**")).toEqual(["foo.*", "foo.**"]);
  expect(matched(store, ">>")).toEqual([">>"]);
});

test("a literal subject that looks like a pattern finds each pattern once, even if all have one hash", () => {
  for (const store of [new InterestStore(1), new InterestStore(1, new OneHash(1))]) {
    for (const pattern of ["foo.*", "foo.>", "*.*", ">", "*.>", "*", "*.b", "*.foo.>", "*.*.>", "*.>a"])
      add(store, pattern);
    expect(matched(store, "foo.*")).toEqual(["*.*", "*.>", ">", "foo.*", "foo.>"]);
    expect(matched(store, "foo.>")).toEqual(["*.*", "*.>", ">", "foo.*", "foo.>"]);
    expect(matched(store, "*.>.x")).toEqual(["*.*.>", "*.>", ">"]);
    expect(matched(store, "*.b")).toEqual(["*.*", "*.>", "*.b", ">"]);
    expect(matched(store, "*")).toEqual(["*", ">"]);
  }
});

test("a subject with an empty token matches nothing", () => {
  const store = new InterestStore(1);
  for (const pattern of [">", "*", "*.*", "a.*.b", "a.>"]) add(store, pattern);
  for (const subject of ["", ".", "a.", ".a", "a..b"])
    expect([subject, ...matched(store, subject)]).toEqual([subject]);
});

test("subjects of more tokens than anybody uses are matched like others", () => {
  const store = new InterestStore(1);
  const random = new SeededRandom(7);
  const patterns = new Set<string>();
  for (let i = 0; i < 300; i++) {
    const tokens: string[] = Array.from({ length: 60 + below(random, 12) }, () =>
      below(random, 40) === 0 ? "*" : "a",
    );
    if (below(random, 3) === 0) tokens.push(">");
    patterns.add(tokens.join("."));
  }
  for (const pattern of patterns) add(store, pattern);
  let found = 0;
  for (let tokens = 58; tokens < 76; tokens++) {
    for (const token of ["a", "b"]) {
      const subject = `${"a.".repeat(tokens - 1)}${token}`;
      const expected = [...patterns].filter((pattern) => naiveMatch(pattern, subject)).sort();
      expect(matched(store, subject)).toEqual(expected);
      found += expected.length;
    }
  }
  expect(found).toBeGreaterThan(100);
});

test("patterns of up to 65,536 bytes and 32,768 tokens are kept, matched and given back", () => {
  const store = new InterestStore(1);
  const before = store.bytes;
  const head = "a.".repeat(32_766);
  const patterns = [`${head}*.b`, `${head}a.>`, `${"*.".repeat(32_767)}b`, `${head}a.c`, "x".repeat(65_536)];
  for (const pattern of patterns) expect(bytesOf(pattern).length).toBeGreaterThan(65_530);
  const rows = patterns.map((pattern) => add(store, pattern));
  expect(matched(store, `${head}a.b`)).toEqual([patterns[0]!, patterns[1]!, patterns[2]!].sort());
  expect(matched(store, `${head}a.c`)).toEqual([patterns[1]!, patterns[3]!].sort());
  expect(matched(store, "x".repeat(65_536))).toEqual([patterns[4]!]);
  expect(matched(store, "a.b")).toEqual([]);
  for (const row of rows) store.remove(row);
  expect(store.bytes).toBe(before);
});

test("the seed changes nothing that anybody can see", () => {
  const seeds = [0, 1, -1, 0xdeadbeef, 2 ** 31].map((seed) => new InterestStore(seed));
  const random = new SeededRandom(3);
  const draw = (last: string[]) =>
    [...Array.from({ length: below(random, 3) }, () => ["a", "b", "c", "*"][below(random, 4)]!)]
      .concat(last[below(random, last.length)]!)
      .join(".");
  for (let i = 0; i < 300; i++) {
    const pattern = draw(["a", "b", "*", ">"]);
    for (const store of seeds) add(store, pattern);
  }
  for (let i = 0; i < 200; i++) {
    const subject = draw(["a", "b", "c"]).replaceAll("*", "d");
    const answers = seeds.map((store) => matched(store, subject));
    for (const answer of answers) expect(answer).toEqual(answers[0]!);
  }
});

test("accounts do not see each other", () => {
  const store = new InterestStore(5);
  const buf = bytesOf("a.>");
  const list = new MatchList();
  const subject = bytesOf("a.b");
  for (const account of [1, 1025, 0xffffff]) store.add(account, buf, 0, buf.length, 0, 0, account, 0, 1);
  for (const account of [1, 1025, 0xffffff]) {
    store.match(account, subject, 0, 3, list);
    expect(list.length).toBe(1);
    expect(store.rowOwner(store.groupFirstRow(list.ids[0]!))).toBe(account);
  }
  store.match(2, subject, 0, 3, list);
  expect(list.length).toBe(0);
  expect(store.entries(2)).toBe(0);
  expect(store.rows(2)).toBe(0);
});

test("a match list is used again without growing", () => {
  const store = new InterestStore(1);
  for (let owner = 1; owner <= 8; owner++) {
    const buf = bytesOf("a");
    for (let queue = 0; queue < 20; queue++) store.add(1, buf, 0, 1, queue, owner - 1, owner, 0, 1);
  }
  const list = new MatchList();
  expect(matched(store, "a", list).length).toBe(160);
  const ids = list.ids;
  expect(matched(store, "a", list).length).toBe(160);
  expect(list.ids).toBe(ids);
  expect(matched(store, "b", list)).toEqual([]);
});

test("two hundred thousand entries that come and go again and again take no more memory than once", () => {
  const store = new InterestStore(9);
  const before = store.bytes;
  const rows = new Int32Array(200_000);
  const fill = (round: number) => {
    for (let i = 0; i < rows.length; i++) {
      const text =
        i % 500 === 0 ? `in.*.r${(i + round * 13) % 90}.${i}.>` : `in.${(i * 7 + round) % 900}.${i}`;
      const buf = bytesOf(text);
      rows[i] = store.add(1 + (i % 50), buf, 0, buf.length, i % 3, i % 8, 1 + (i % 9), i, 1);
    }
  };
  fill(0);
  const used = store.bytes;
  const reserved = store.reservedBytes;
  for (let round = 1; round <= 3; round++) {
    for (const row of rows) store.remove(row);
    expect(store.bytes).toBe(before);
    expect(store.reservedBytes).toBeLessThan(reserved / 2);
    fill(round);
    expect(store.bytes).toBeLessThan(used * 1.02);
    expect(store.reservedBytes).toBeLessThan(reserved * 1.02 + 1_000_000);
  }
});

test("entries that are replaced one by one, in no order, take no more memory the longer it goes on", () => {
  const store = new InterestStore(9);
  const rows = Array.from({ length: 100_000 }, (_, at) => add(store, `in.${at % 900}.${at}`));
  const random = new SeededRandom(4);
  const replace = (times: number) => {
    for (let i = 0; i < times; i++) {
      const at = below(random, rows.length);
      store.remove(rows[at]!);
      rows[at] = add(store, i % 300 === 0 ? `in.${i % 10_000}.*.>` : `in.${i % 900}.${at}`, 1 + (i % 3));
    }
  };
  replace(200_000);
  const used = store.bytes;
  const reserved = store.reservedBytes;
  replace(400_000);
  expect(store.rows()).toBe(rows.length);
  expect(store.bytes).toBeLessThan(used * 1.01);
  expect(store.reservedBytes).toBeLessThan(reserved * 1.02);
});

test("an entry of a literal of twenty bytes with one row weighs at most eighty bytes", () => {
  const store = new InterestStore(11);
  const before = store.bytes;
  const count = 100_000;
  for (let i = 0; i < count; i++) add(store, `orders.eu.${String(i).padStart(10, "0")}`);
  expect((store.bytes - before) / count).toBeLessThan(80);
});
