import { expect, test } from "bun:test";
import fc from "fast-check";
import { BLOCK_COUNT, BLOCK_ENTRIES, BLOCK_OVERFLOW, BucketTable } from "../../src/interest/buckets.ts";
import { PagePool } from "../../src/interest/pages.ts";

function nodesOf(pool: PagePool, table: BucketTable, hash: number): number[] {
  const nodes: number[] = [];
  for (let block = table.block(hash); block !== 0; block = pool.get(block + BLOCK_OVERFLOW)) {
    for (let i = 0; i < pool.get(block + BLOCK_COUNT); i++) {
      if (pool.get(block + i) === hash) nodes.push(pool.get(block + i + BLOCK_ENTRIES));
    }
  }
  return nodes.sort((a, b) => a - b);
}

test("every node is found by its hash and nothing else is, whatever came and went", () => {
  const hash = fc.oneof(fc.integer(), fc.integer({ min: 0, max: 7 }), fc.constant(-1));
  const step = fc.record({ hash, times: fc.integer({ min: 1, max: 60 }), removal: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const pool = new PagePool();
      const table = new BucketTable(pool);
      const before = pool.usedWords;
      const held: { hash: number; node: number }[] = [];
      let node = 0;
      for (const { hash, times, removal } of steps) {
        for (let i = 0; i < times; i++) {
          const spread = times % 2 === 0 ? hash : (hash + Math.imul(i, 0x9e3779b1)) | 0;
          if (!removal) {
            held.push({ hash: spread, node: ++node });
            table.insert(spread, node);
          } else if (held.length > 0) {
            const [gone] = held.splice((spread >>> 1) % held.length, 1);
            table.remove(gone!.hash, gone!.node);
          }
        }
      }
      expect(table.nodes).toBe(held.length);
      for (const { hash } of held) {
        const expected = held.filter((entry) => entry.hash === hash).map((entry) => entry.node);
        expect(nodesOf(pool, table, hash)).toEqual(expected.sort((a, b) => a - b));
      }
      expect(nodesOf(pool, table, 123_456_789)).toEqual([]);
      for (const entry of held) table.remove(entry.hash, entry.node);
      expect(table.nodes).toBe(0);
      expect(pool.usedWords).toBe(before);
    }),
    { numRuns: 200 },
  );
});

test("a hundred thousand nodes that come and go leave the table as it was", () => {
  const pool = new PagePool();
  const table = new BucketTable(pool);
  const before = pool.usedWords;
  const hashOf = (n: number) => Math.imul(n, 0x9e3779b1);
  for (let n = 1; n <= 100_000; n++) table.insert(hashOf(n), n);
  for (let n = 1; n <= 100_000; n++) expect(nodesOf(pool, table, hashOf(n))).toEqual([n]);
  for (let n = 1; n <= 100_000; n++) table.remove(hashOf(n), n);
  expect(pool.usedWords).toBe(before);
});
