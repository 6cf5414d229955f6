import { expect, test } from "bun:test";
import fc from "fast-check";
import { Arena } from "../../src/base/arena.ts";
import { DirtyList, Egress } from "../../src/peer/egress.ts";
import { countBlocks } from "../support/blocks.ts";
import { bytes, joined, latin } from "../support/bytes.ts";

const POOL_BYTES = 1024 * 1024;
const KIB = 1024;

function fresh(pendingMax = 1e9, arena = new Arena(POOL_BYTES)) {
  const dirties = new DirtyList();
  return { arena, dirties, egress: new Egress(arena, dirties, pendingMax) };
}

/** The transport takes up to `limit` bytes in one write; answers what it took. */
function write(egress: Egress, limit: number): Uint8Array {
  const head = egress.head();
  if (head === null) return new Uint8Array(0);
  const count = Math.min(limit, head.to - head.from);
  const taken = head.buf.slice(head.from, head.from + count);
  egress.consumed(count);
  return taken;
}

type Step = { put: number } | { reserve: number; use: number } | { take: number };

const size = fc.oneof(fc.nat(40), fc.nat(5_000), fc.nat(300_000));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ put: size }),
  fc.tuple(size, fc.double({ min: 0, max: 1, noNaN: true })).map(([reserve, share]) => ({
    reserve,
    use: Math.floor(reserve * share),
  })),
  fc.record({ take: fc.oneof(size, fc.integer({ min: 1, max: 1e6 })) }),
);

test("what is put in comes out in order, whatever the transport takes at a time", () => {
  const arena = new Arena(POOL_BYTES);
  const before = countBlocks(arena);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { egress } = fresh(1e9, arena);
      const put: Uint8Array[] = [];
      const came: Uint8Array[] = [];
      let count = 0;
      const piece = (length: number): Uint8Array => {
        const out = Uint8Array.from({ length }, () => count++ * 7 + (count >>> 8));
        put.push(out);
        return out;
      };
      for (const step of steps) {
        if ("put" in step) egress.bytes(piece(step.put));
        else if ("reserve" in step) {
          const at = egress.reserve(step.reserve);
          expect(egress.limit - at).toBeGreaterThanOrEqual(step.reserve);
          egress.buf.set(piece(step.use), at);
          egress.to = at + step.use;
          egress.mark();
        } else came.push(write(egress, step.take));
        const sent = came.reduce((sum, { length }) => sum + length, 0);
        expect([egress.pendingBytes, egress.sentBytes, egress.position]).toEqual([count - sent, sent, count]);
      }
      while (egress.head() !== null) came.push(write(egress, 100_000));
      expect(Buffer.compare(joined(came), joined(put))).toBe(0);
      expect(egress.pendingBytes).toBe(0);
      egress.clear();
      expect(countBlocks(arena)).toEqual(before);
    }),
    { numRuns: 150 },
  );
});

test("a peer that is gone gives back every block, wherever its writes had got to", () => {
  const arena = new Arena(POOL_BYTES);
  const before = countBlocks(arena);
  fc.assert(
    fc.property(fc.array(size, { maxLength: 12 }), fc.nat(400_000), (sizes, take) => {
      const { egress } = fresh(1e9, arena);
      for (const length of sizes) egress.bytes(new Uint8Array(length));
      write(egress, take);
      egress.clear();
      expect([egress.pendingBytes, egress.head()]).toEqual([0, null]);
      expect(countBlocks(arena)).toEqual(before);
      egress.bytes(bytes("again"));
      expect(latin(write(egress, 100))).toBe("again");
      expect(countBlocks(arena)).toEqual(before);
    }),
    { numRuns: 100 },
  );
});

test("a quiet peer holds no block", () => {
  const { arena, egress } = fresh();
  const before = countBlocks(arena);
  egress.text("PING\r\n");
  expect(countBlocks(arena)).toEqual({ ...before, small: before.small - 1 });
  write(egress, 100);
  expect([countBlocks(arena), egress.head(), egress.limit]).toEqual([before, null, 0]);
});

test("two peers that fill and drain in turn keep their bytes apart", () => {
  const arena = new Arena(POOL_BYTES);
  const sides = [fresh(1e9, arena).egress, fresh(1e9, arena).egress];
  const came = ["", ""];
  for (let i = 0; i < 500; i++) {
    sides.forEach((egress, side) => {
      egress.text(`${side}:${i} `.repeat(1 + (i % 9)));
      if (i % 3 === side) came[side] += latin(write(egress, 777));
    });
  }
  sides.forEach((egress, side) => {
    while (egress.head() !== null) came[side] += latin(write(egress, 5_000));
    let expected = "";
    for (let i = 0; i < 500; i++) expected += `${side}:${i} `.repeat(1 + (i % 9));
    expect(came[side]).toBe(expected);
  });
});

test("a piece that is reserved in one go lies in one block", () => {
  const { egress } = fresh();
  egress.bytes(new Uint8Array(4 * KIB - 10));
  egress.bytes(new Uint8Array(100).fill(1));
  expect(egress.head()!.to - egress.head()!.from).toBe(4 * KIB - 10);
  write(egress, 1e6);
  expect(write(egress, 1e6)).toEqual(new Uint8Array(100).fill(1));
});

test("a peer stands on the list of its turn once, until the driver takes it off", () => {
  const { egress, dirties } = fresh();
  egress.text("a");
  egress.text("b");
  egress.mark();
  expect(dirties.list).toEqual([egress]);
  dirties.list.length = 0;
  egress.dirty = false;
  egress.text("c");
  expect(dirties.list).toEqual([egress]);
});

test("more than may wait is noticed when a block is sealed, and over once enough has left", () => {
  const { egress } = fresh(600 * KIB);
  const isFull = (): boolean => egress.full;
  let put = 0;
  while (!isFull()) {
    egress.bytes(new Uint8Array(1_000));
    put += 1_000;
    expect(put).toBeLessThan(1_000_000);
  }
  expect(egress.pendingBytes).toBeGreaterThan(600 * KIB);
  while (egress.pendingBytes > 600 * KIB) {
    expect(isFull()).toBe(true);
    write(egress, 10_000);
  }
  expect(isFull()).toBe(false);
});
