import { expect, test } from "bun:test";
import { Arena, type Block } from "../../src/base/arena.ts";
import { LARGE_BLOCK_BYTES, SMALL_BLOCK_BYTES } from "../../src/base/limits.ts";
import { countBlocks } from "../support/blocks.ts";

const POOL_BYTES = 2 * 1024 * 1024;

function blank(): Block {
  return { buf: new Uint8Array(0), base: -1, from: 0, to: 0, limit: 0 };
}

function taken(arena: Arena, size: number, large: boolean): Block {
  const block = blank();
  arena.take(block, size, large);
  return block;
}

test("blocks of the pool lie behind the receive window and never overlap", () => {
  const arena = new Arena(POOL_BYTES);
  const blocks: Block[] = [];
  for (const large of [false, true]) {
    for (let block = taken(arena, 1, large); block.base >= 0; block = taken(arena, 1, large)) {
      blocks.push(block);
    }
  }
  blocks.sort((a, b) => a.base - b.base);
  expect(blocks[0]!.base).toBeGreaterThan(arena.inputBytes);
  blocks.forEach((block, i) => {
    expect(block.limit).toBeLessThanOrEqual(blocks[i + 1]?.base ?? arena.bytes.length);
    expect([block.buf === arena.bytes, block.from, block.to]).toEqual([true, block.base, block.base]);
  });
  expect(countBlocks(arena)).toEqual({ small: 0, large: 0 });
  for (const block of blocks) arena.giveBack(block);
  const again = countBlocks(arena);
  expect(again.small + again.large).toBe(blocks.length);
  expect(again).toEqual({
    small: POOL_BYTES / 8 / SMALL_BLOCK_BYTES,
    large: Math.floor((POOL_BYTES * 7) / 8 / LARGE_BLOCK_BYTES),
  });
});

test("an empty pool, and more than a block holds, are served by memory of their own", () => {
  const arena = new Arena(POOL_BYTES);
  const huge = taken(arena, LARGE_BLOCK_BYTES + 1, true);
  expect([huge.base, huge.limit, huge.buf === arena.bytes]).toEqual([-1, LARGE_BLOCK_BYTES + 1, false]);
  const before = countBlocks(arena);
  arena.giveBack(huge);
  expect(countBlocks(arena)).toEqual(before);
  for (let i = 0; i < before.small; i++) taken(arena, 1, false);
  expect(taken(arena, 1, false)).toMatchObject({ base: -1, from: 0, to: 0, limit: SMALL_BLOCK_BYTES });
});

test("a block that is given back twice is taken back once", () => {
  const arena = new Arena(POOL_BYTES);
  const before = countBlocks(arena);
  const block = taken(arena, 100, false);
  arena.giveBack(block);
  arena.giveBack(block);
  expect(countBlocks(arena)).toEqual(before);
});

test("what does not fit into a small block is given a large one", () => {
  const arena = new Arena(POOL_BYTES);
  expect(taken(arena, SMALL_BLOCK_BYTES, false)).toHaveProperty("base");
  const small = taken(arena, SMALL_BLOCK_BYTES, false);
  const large = taken(arena, SMALL_BLOCK_BYTES + 1, false);
  expect([small.limit - small.base, large.limit - large.base]).toEqual([
    SMALL_BLOCK_BYTES,
    LARGE_BLOCK_BYTES,
  ]);
});
