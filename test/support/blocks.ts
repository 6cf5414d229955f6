// How many blocks an arena has left in its pool: all are taken and given back.

import type { Arena, Block } from "../../src/base/arena.ts";

export function countBlocks(arena: Arena): { small: number; large: number } {
  const count = (large: boolean): number => {
    const taken: Block[] = [];
    for (;;) {
      const block: Block = { buf: new Uint8Array(0), base: -1, from: 0, to: 0, limit: 0 };
      arena.take(block, 1, large);
      if (block.base < 0) break;
      taken.push(block);
    }
    for (const block of taken) arena.giveBack(block);
    return taken.length;
  };
  return { small: count(false), large: count(true) };
}
