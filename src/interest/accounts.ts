// What the store knows of an account as a whole: its nodes as a list, how many they are, and its wildcard
// shapes.

import { assert } from "../base/assert.ts";
import { ACCOUNT_MAX } from "./layout.ts";
import type { Address, PagePool } from "./pages.ts";

/** An account that has nodes. */
export const FIRST_NODE = 0;
export const LAST_NODE = 1;
export const NODE_COUNT = 2;
export const ROW_COUNT = 3;
/** Table of shapes (shapes.ts), 0 without wildcards. */
export const SHAPES = 4;
/** Groups of a queue. */
export const QUEUE_GROUPS = 5;
const ACCOUNT_WORDS = 6;

const BLOCK_SHIFT = 10;
const BLOCK_ACCOUNTS = 1 << BLOCK_SHIFT;
const BLOCK_MASK = BLOCK_ACCOUNTS - 1;
const BLOCKS = (ACCOUNT_MAX + 1) >>> BLOCK_SHIFT;

/** From account to the address of its words, in blocks that exist while one of their accounts does. */
export class AccountTable {
  readonly #pool: PagePool;
  readonly #blocks = new Int32Array(BLOCKS);
  readonly #blockCounts = new Int32Array(BLOCKS);

  constructor(pool: PagePool) {
    this.#pool = pool;
  }

  /** @hot The account's words, or 0 when it has no nodes. */
  find(account: number): Address {
    const block = this.#blocks[account >>> BLOCK_SHIFT]!;
    return block === 0 ? 0 : this.#pool.get(block + (account & BLOCK_MASK));
  }

  /** The account's words, made if it has none. 0 ≤ account ≤ ACCOUNT_MAX. */
  open(account: number): Address {
    const found = this.find(account);
    if (found !== 0) return found;
    const pool = this.#pool;
    const index = account >>> BLOCK_SHIFT;
    assert(index < BLOCKS, "an account id is above its bound");
    let block = this.#blocks[index]!;
    if (block === 0) {
      block = pool.take(BLOCK_ACCOUNTS);
      for (let i = 0; i < BLOCK_ACCOUNTS; i++) pool.set(block + i, 0);
      this.#blocks[index] = block;
    }
    const record = pool.take(ACCOUNT_WORDS);
    for (let i = 0; i < ACCOUNT_WORDS; i++) pool.set(record + i, 0);
    pool.set(block + (account & BLOCK_MASK), record);
    this.#blockCounts[index]!++;
    return record;
  }

  /** Forgets an account whose last node has gone. */
  close(account: number): void {
    const pool = this.#pool;
    const index = account >>> BLOCK_SHIFT;
    const block = this.#blocks[index]!;
    pool.free(pool.get(block + (account & BLOCK_MASK)));
    pool.set(block + (account & BLOCK_MASK), 0);
    if (--this.#blockCounts[index]! > 0) return;
    pool.free(block);
    this.#blocks[index] = 0;
  }
}
