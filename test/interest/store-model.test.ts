import { expect, test } from "bun:test";
import fc from "fast-check";
import { bytesOf } from "../../src/base/bytes.ts";
import type { Cursor } from "../../src/interest/cursor.ts";
import { MatchList } from "../../src/interest/match-list.ts";
import { SubjectScan } from "../../src/interest/scan.ts";
import { InterestStore } from "../../src/interest/store.ts";
import { NaiveStore, type Row } from "./naive-store.ts";
import { OneHash } from "./one-hash.ts";

const ACCOUNTS = [1, 2, 70_000];

/** Small alphabets, so that patterns meet; some tokens only look like wildcards. */
const token = fc.constantFrom("a", "b", "longer-token", "*", "*", "a*", ">a", "**");
const pattern = fc
  .tuple(fc.array(token, { maxLength: 4 }), fc.boolean())
  .map(([head, tail]) => (tail || head.length === 0 ? [...head, ">"] : head).join("."));
const literal = fc
  .array(fc.constantFrom("a", "b", "longer-token", "a*", ">a", "**", "*", ">", ""), {
    minLength: 1,
    maxLength: 5,
  })
  .map((tokens) => tokens.join("."));
const account = fc.constantFrom(...ACCOUNTS);
const queue = fc.constantFrom(0, 0, 1, 268_435_455);
const cls = fc.integer({ min: 0, max: 7 });
const owner = fc.integer({ min: 1, max: 4 });
const int = fc.integer();

const op = fc.oneof(
  { weight: 5, arbitrary: fc.record({ op: fc.constant("add"), account, pattern, queue, cls, owner, int }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant("remove"), at: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("match"), account, literal }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant("ask"), at: fc.nat(), owner, mask: fc.nat(255), int }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("open"), account }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("walk"), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("close"), at: fc.nat() }) },
) as fc.Arbitrary<Op>;

type Op =
  | { op: "add"; account: number; pattern: string; queue: number; cls: number; owner: number; int: number }
  | { op: "remove"; at: number }
  | { op: "match"; account: number; literal: string }
  | { op: "ask"; at: number; owner: number; mask: number; int: number }
  | { op: "open"; account: number }
  | { op: "walk" | "close"; at: number };

test("the store does what a list with loops does", () => {
  fc.assert(
    fc.property(int, fc.array(op, { maxLength: 150 }), (seed, ops) => {
      const pair = new Pair(seed);
      for (const step of ops) pair.run(step);
      pair.compareAll();
      pair.removeAll();
    }),
    { numRuns: 1500 },
  );
}, 60_000);

test("many rows, groups and shapes at once are still what a list says", () => {
  const many = fc.array(fc.record({ op: fc.constant("add"), account, pattern, queue, cls, owner, int }), {
    minLength: 300,
    maxLength: 600,
  }) as fc.Arbitrary<Op[]>;
  fc.assert(
    fc.property(int, many, fc.array(op, { minLength: 200, maxLength: 400 }), (seed, adds, ops) => {
      const pair = new Pair(seed);
      for (const step of adds) pair.run(step);
      for (const step of ops) pair.run(step);
      pair.compareAll();
      pair.removeAll();
    }),
    { numRuns: 25 },
  );
}, 60_000);

test("no answer depends on a hash: it stays right when all patterns have the same one", () => {
  fc.assert(
    fc.property(fc.array(op, { maxLength: 120 }), (ops) => {
      const pair = new Pair(1, new OneHash(1));
      for (const step of ops) pair.run(step);
      pair.compareAll();
      pair.removeAll();
    }),
    { numRuns: 500 },
  );
}, 60_000);

/** The two stores, fed alike. */
class Pair {
  readonly #store: InterestStore;
  readonly #naive = new NaiveStore();
  readonly #bytesBefore: number;
  readonly #list = new MatchList();
  readonly #walks: { cursor: Cursor; account: number; serial: number }[] = [];

  constructor(seed: number, scan = new SubjectScan(seed)) {
    this.#store = new InterestStore(seed, scan);
    this.#bytesBefore = this.#store.bytes;
  }

  run(step: Op): void {
    if (step.op === "add") this.#add(step);
    else if (step.op === "remove") this.#remove(step.at);
    else if (step.op === "match") this.#match(step.account, step.literal);
    else if (step.op === "ask") this.#ask(step);
    else if (step.op === "open") {
      this.#walks.push({ cursor: this.#store.cursor(step.account), account: step.account, serial: 0 });
    } else this.#walk(step.op, step.at);
  }

  #add(step: Op & { op: "add" }): void {
    const { account, pattern, queue, cls, owner, int: tag } = step;
    const [buf, from, to] = placed(pattern);
    const id = this.#store.add(account, buf, from, to, queue, cls, owner, tag, ~tag);
    const first = this.#naive.add({ id, account, pattern, queue, cls, owner, tag, weight: ~tag });
    expect(this.#store.first).toBe(first);
  }

  #remove(at: number): void {
    const row = pick(this.#naive.rows, at);
    if (row === undefined) return;
    this.#store.remove(row.id);
    expect(this.#store.last).toBe(this.#naive.remove(row));
  }

  #match(account: number, subject: string): void {
    const [buf, from, to] = placed(subject);
    const store = this.#store;
    store.match(account, buf, from, to, this.#list);
    const found: number[] = [];
    for (let i = 0; i < this.#list.length; i++) {
      const group = this.#list.ids[i]!;
      for (let row = store.groupFirstRow(group); row !== 0; row = store.nextRow(row)) found.push(row);
    }
    expect(sorted(found)).toEqual(sorted(this.#naive.match(account, subject).map((row) => row.id)));
  }

  /** About an entry that exists, and for an owner that may not: find, count, weight. */
  #ask(step: Op & { op: "ask" }): void {
    const some = pick(this.#naive.rows, step.at);
    if (some === undefined) return;
    const { account, pattern, queue, cls } = some;
    const [buf, from, to] = placed(pattern);
    const found = this.#store.find(account, buf, from, to, queue, cls, step.owner);
    const candidates = this.#naive.group(some).filter((row) => row.owner === step.owner);
    if (candidates.length === 0) expect(found).toBe(0);
    else expect(candidates.map((row) => row.id)).toContain(found);
    const counted = this.#naive.rows.filter(
      (row) =>
        row.account === account &&
        row.pattern === pattern &&
        row.queue === queue &&
        (step.mask & (1 << row.cls)) !== 0,
    );
    expect(this.#store.count(account, buf, from, to, queue, step.mask)).toBe(counted.length);
    this.#store.setRowWeight(some.id, step.int);
    some.weight = step.int;
  }

  /** A cursor answers the oldest entry of those that came after the one it answered last. */
  #walk(what: "walk" | "close", at: number): void {
    const walk = pick(this.#walks, at);
    if (walk === undefined) return;
    if (what === "close") {
      walk.cursor.close();
      expect(walk.cursor.next()).toBe(0);
      this.#walks.splice(this.#walks.indexOf(walk), 1);
      return;
    }
    const node = walk.cursor.next();
    const expected = this.#naive.entries.find(
      (entry) => entry.account === walk.account && entry.serial > walk.serial,
    );
    if (expected === undefined) expect(node).toBe(0);
    else {
      expect(this.#store.subjectText(node)).toBe(expected.pattern);
      walk.serial = expected.serial;
    }
  }

  compareAll(): void {
    const store = this.#store;
    expect(store.nodes).toBe(this.#naive.entries.length);
    expect(store.rows()).toBe(this.#naive.rows.length);
    const rows: Row[] = [];
    for (const account of ACCOUNTS) {
      const patterns = this.#naive.entries.filter((entry) => entry.account === account);
      expect(store.entries(account)).toBe(patterns.length);
      expect(store.rows(account)).toBe(this.#naive.rows.filter((row) => row.account === account).length);
      const queued = this.#naive.rows.filter((row) => row.account === account && row.queue !== 0);
      const groups = new Set(queued.map(({ pattern, queue, cls }) => `${pattern} ${queue} ${cls}`));
      expect(store.queueGroups(account)).toBe(groups.size);
      const cursor = store.cursor(account);
      for (const { pattern } of patterns) this.#readNode(cursor.next(), account, pattern, rows);
      expect(cursor.next()).toBe(0);
      cursor.close();
    }
    const byId = (a: Row, b: Row) => a.id - b.id;
    expect(rows.sort(byId)).toEqual([...this.#naive.rows].sort(byId));
  }

  #readNode(node: number, account: number, pattern: string, rows: Row[]): void {
    const store = this.#store;
    const target = new Uint8Array(100);
    const end = store.copySubject(node, target, 10);
    expect([...target.subarray(10, end)]).toEqual([...bytesOf(pattern)]);
    expect(store.subjectLength(node)).toBe(end - 10);
    expect(store.subjectText(node)).toBe(pattern);
    expect(store.nodeAccount(node)).toBe(account);
    expect(store.nodeWild(node)).toBe(pattern.split(".").some((part) => part === "*" || part === ">"));
    for (let group = store.nodeFirstGroup(node); group !== 0; group = store.nextGroup(group)) {
      expect(store.groupNode(group)).toBe(node);
      let count = 0;
      for (let id = store.groupFirstRow(group); id !== 0; id = store.nextRow(id)) {
        expect(store.rowGroup(id)).toBe(group);
        const [queue, cls] = [store.groupQueue(group), store.groupClass(group)];
        const [owner, tag, weight] = [store.rowOwner(id), store.rowTag(id), store.rowWeight(id)];
        rows.push({ id, account, pattern, queue, cls, owner, tag, weight });
        count++;
      }
      expect(store.groupCount(group)).toBe(count);
      expect(count).toBeGreaterThan(0);
    }
  }

  removeAll(): void {
    while (this.#naive.rows.length > 0) this.#remove(this.#naive.rows.length >> 1);
    expect(this.#store.nodes).toBe(0);
    expect(this.#store.rows()).toBe(0);
    expect(this.#store.bytes).toBe(this.#bytesBefore);
  }
}

/** The subject between other bytes, so that a look outside of the range shows. */
function placed(text: string): [buf: Uint8Array, from: number, to: number] {
  const buf = bytesOf(`.*.${text}.>`);
  return [buf, 3, buf.length - 2];
}

function pick<T>(items: readonly T[], at: number): T | undefined {
  return items[at % Math.max(1, items.length)];
}

function sorted(ids: number[]): number[] {
  return ids.sort((a, b) => a - b);
}
