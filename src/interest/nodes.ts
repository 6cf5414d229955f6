// The patterns of all accounts: found by their bytes or by a subject they match, and listed by account.

import { copyBytes } from "../base/bytes.ts";
import {
  AccountTable,
  FIRST_NODE,
  LAST_NODE,
  NODE_COUNT,
  QUEUE_GROUPS,
  ROW_COUNT,
  SHAPES,
} from "./accounts.ts";
import { BLOCK_COUNT, BLOCK_ENTRIES, BLOCK_OVERFLOW, BucketTable } from "./buckets.ts";
import { Cursor, CursorSet } from "./cursor.ts";
import { firstGroup } from "./groups.ts";
import {
  ACCOUNT,
  ACCOUNT_MAX,
  GROUP_KEY,
  GROUP_NEXT,
  LENGTH,
  NEXT,
  NO_GROUP,
  NODE_BYTES,
  NODE_GROUP,
  PREVIOUS,
  WILD,
} from "./layout.ts";
import type { MatchList } from "./match-list.ts";
import { type Address, PAGE_MASK, PAGE_SHIFT, type PagePool } from "./pages.ts";
import type { SubjectScan } from "./scan.ts";
import {
  addShape,
  LIST_MAX,
  removeShape,
  SHAPE_NEXT,
  SHAPE_STARS,
  SHAPE_TOKENS,
  shapeMatches,
  TABLE_LISTS,
  TABLE_WIDTH,
} from "./shapes.ts";

/** Nodes as `InterestStore` describes them, without a view of what is in their groups. */
export class NodeTable {
  readonly #pool: PagePool;
  /** Apart, so that the many literals do not make probes for the fewer wildcard patterns walk to far
   *  memory. */
  readonly #literals: BucketTable;
  readonly #wilds: BucketTable;
  readonly #accounts: AccountTable;
  readonly #cursors = new CursorSet();
  readonly #scan: SubjectScan;

  constructor(pool: PagePool, scan: SubjectScan) {
    this.#pool = pool;
    this.#literals = new BucketTable(pool);
    this.#wilds = new BucketTable(pool);
    this.#accounts = new AccountTable(pool);
    this.#scan = scan;
  }

  /** Is any cursor open? */
  get isWalked(): boolean {
    return this.#cursors.any;
  }

  get count(): number {
    return this.#literals.nodes + this.#wilds.nodes;
  }

  /** The node of exactly this pattern, or 0. */
  find(account: number, buf: Uint8Array, from: number, to: number): Address {
    const wild = this.#scan.readPattern(buf, from, to);
    return this.#lookup(account, wild, this.#scan.patternHash(account), buf, from, to);
  }

  /** The node of exactly this pattern, made without groups if there is none. */
  open(account: number, buf: Uint8Array, from: number, to: number): Address {
    const wild = this.#scan.readPattern(buf, from, to);
    const hash = this.#scan.patternHash(account);
    const found = this.#lookup(account, wild, hash, buf, from, to);
    return found !== 0 ? found : this.#add(account, wild, hash, buf, from, to);
  }

  /** The node has lost its last group. */
  remove(node: Address): void {
    const pool = this.#pool;
    const account = pool.get(node + ACCOUNT) & ACCOUNT_MAX;
    const record = this.#accounts.find(account);
    const previous = pool.get(node + PREVIOUS);
    const next = pool.get(node + NEXT);
    if (this.#cursors.any) this.#cursors.leaving(account, node, next);
    pool.set(previous === 0 ? record + FIRST_NODE : previous + NEXT, next);
    pool.set(next === 0 ? record + LAST_NODE : next + PREVIOUS, previous);
    const from = bytesAt(node);
    const bytes = pool.bytes[node >>> PAGE_SHIFT]!;
    const wild = this.#scan.readPattern(bytes, from, from + pool.get(node + LENGTH));
    (wild ? this.#wilds : this.#literals).remove(this.#scan.patternHash(account), node);
    if (wild) pool.set(record + SHAPES, removeShape(pool, pool.get(record + SHAPES), this.#scan));
    pool.free(node);
    const nodes = pool.get(record + NODE_COUNT) - 1;
    pool.set(record + NODE_COUNT, nodes);
    if (nodes === 0) this.#accounts.close(account);
  }

  /**
   * @hot Fills `into` with all groups whose pattern matches the literal subject buf[from, to), each once, in
   * no particular order. A subject with an empty token matches nothing.
   */
  match(account: number, buf: Uint8Array, from: number, to: number, into: MatchList): void {
    into.length = 0;
    const record = this.#accounts.find(account);
    if (record === 0) return;
    const scan = this.#scan;
    scan.read(buf, from, to);
    if (scan.broken) return;
    const literal = this.#lookup(account, false, scan.literalHash(account), buf, from, to);
    if (literal !== 0) this.#collect(literal, into);
    const shapes = this.#pool.get(record + SHAPES);
    if (shapes !== 0) this.#matchShapes(account, shapes, buf, from, to, into);
  }

  /** The number of nodes of an account. */
  entries(account: number): number {
    const record = this.#accounts.find(account);
    return record === 0 ? 0 : this.#pool.get(record + NODE_COUNT);
  }

  /** The number of rows of an account, as counted by `countRows`. */
  rows(account: number): number {
    const record = this.#accounts.find(account);
    return record === 0 ? 0 : this.#pool.get(record + ROW_COUNT);
  }

  /** The account must have nodes. */
  countRows(account: number, change: number): void {
    const at = this.#accounts.find(account) + ROW_COUNT;
    this.#pool.set(at, this.#pool.get(at) + change);
  }

  /** Groups of an account that are of a queue, as counted by `countQueueGroups`. */
  queueGroups(account: number): number {
    const record = this.#accounts.find(account);
    return record === 0 ? 0 : this.#pool.get(record + QUEUE_GROUPS);
  }

  /** The account must have nodes. */
  countQueueGroups(account: number, change: number): void {
    const at = this.#accounts.find(account) + QUEUE_GROUPS;
    this.#pool.set(at, this.#pool.get(at) + change);
  }

  /** Walks the nodes of an account from the oldest to the newest, those included that are added meanwhile. */
  cursor(account: number): Cursor {
    const record = this.#accounts.find(account);
    const first = record === 0 ? 0 : this.#pool.get(record + FIRST_NODE);
    const cursor = new Cursor(this.#pool, this.#cursors, account, first);
    this.#cursors.add(cursor);
    return cursor;
  }

  /** @hot */
  #lookup(account: number, wild: boolean, hash: number, buf: Uint8Array, from: number, to: number): Address {
    const pool = this.#pool;
    const accountWord = wild ? account | WILD : account;
    for (let block = (wild ? this.#wilds : this.#literals).block(hash); block !== 0; ) {
      const page = pool.words[block >>> PAGE_SHIFT]!;
      const at = block & PAGE_MASK;
      const end = at + page[at + BLOCK_COUNT]!;
      for (let i = at; i < end; i++) {
        if (page[i] !== hash) continue;
        const node = page[i + BLOCK_ENTRIES]!;
        if (this.#isNode(node, accountWord, buf, from, to)) return node;
      }
      block = page[at + BLOCK_OVERFLOW]!;
    }
    return 0;
  }

  /** @hot True when the node is that of this pattern; `accountWord` is the account, with WILD if it has
   *  wildcards. */
  #isNode(node: Address, accountWord: number, buf: Uint8Array, from: number, to: number): boolean {
    const words = this.#pool.words[node >>> PAGE_SHIFT]!;
    const at = node & PAGE_MASK;
    if (words[at + ACCOUNT] !== accountWord || words[at + LENGTH] !== to - from) return false;
    const bytes = this.#pool.bytes[node >>> PAGE_SHIFT]!;
    for (let i = from, j = (at + NODE_BYTES) << 2; i < to; i++, j++) if (bytes[j] !== buf[i]) return false;
    return true;
  }

  /** @hot Probes once for each shape that fits the subject which the scan has read. */
  #matchShapes(
    account: number,
    table: Address,
    buf: Uint8Array,
    from: number,
    to: number,
    into: MatchList,
  ): void {
    const pool = this.#pool;
    const tokens = this.#scan.tokens;
    const page = pool.words[table >>> PAGE_SHIFT]!;
    const at = table & PAGE_MASK;
    const width = page[at + TABLE_WIDTH]!;
    const exact = at + TABLE_LISTS;
    const list = Math.min(tokens, LIST_MAX);
    let shape = list < width ? page[exact + list]! : 0;
    for (; shape !== 0; shape = pool.get(shape + SHAPE_NEXT)) {
      if (pool.get(shape + SHAPE_TOKENS) === tokens) this.#probe(account, shape, false, buf, from, to, into);
    }
    const end = exact + width + Math.min(tokens, width);
    for (let tail = exact + width; tail < end; tail++) {
      for (shape = page[tail]!; shape !== 0; shape = pool.get(shape + SHAPE_NEXT)) {
        if (pool.get(shape + SHAPE_TOKENS) < tokens) this.#probe(account, shape, true, buf, from, to, into);
      }
    }
  }

  /** @hot */
  #probe(
    account: number,
    shape: Address,
    tail: boolean,
    buf: Uint8Array,
    from: number,
    to: number,
    into: MatchList,
  ): void {
    const pool = this.#pool;
    const words = pool.words[shape >>> PAGE_SHIFT]!;
    const at = shape & PAGE_MASK;
    const hash = this.#scan.shapeHash(account, words[at + SHAPE_TOKENS]!, tail, words, at + SHAPE_STARS);
    for (let block = this.#wilds.block(hash); block !== 0; ) {
      const page = pool.words[block >>> PAGE_SHIFT]!;
      const first = block & PAGE_MASK;
      const end = first + page[first + BLOCK_COUNT]!;
      for (let i = first; i < end; i++) {
        if (page[i] !== hash) continue;
        const node = page[i + BLOCK_ENTRIES]!;
        if (pool.get(node + ACCOUNT) !== (account | WILD)) continue;
        const bytes = pool.bytes[node >>> PAGE_SHIFT]!;
        const length = pool.get(node + LENGTH);
        if (shapeMatches(pool, shape, tail, bytes, bytesAt(node), length, buf, from, to)) {
          this.#collect(node, into);
        }
      }
      block = page[first + BLOCK_OVERFLOW]!;
    }
  }

  /** @hot */
  #collect(node: Address, into: MatchList): void {
    let group = firstGroup(this.#pool, node);
    for (; group !== 0; group = this.#pool.get(group + GROUP_NEXT)) into.push(group);
  }

  /** A node without groups for the pattern that the scan has read. */
  #add(account: number, wild: boolean, hash: number, buf: Uint8Array, from: number, to: number): Address {
    const pool = this.#pool;
    const record = this.#accounts.open(account);
    const node = pool.take(NODE_BYTES + ((to - from + 3) >>> 2));
    const before = pool.get(record + LAST_NODE);
    pool.set(node + ACCOUNT, wild ? account | WILD : account);
    pool.set(node + LENGTH, to - from);
    pool.set(node + PREVIOUS, before);
    pool.set(node + NEXT, 0);
    pool.set(node + NODE_GROUP + GROUP_NEXT, 0);
    pool.set(node + NODE_GROUP + GROUP_KEY, NO_GROUP);
    copyBytes(buf, from, to, pool.bytes[node >>> PAGE_SHIFT]!, bytesAt(node));
    pool.set(before === 0 ? record + FIRST_NODE : before + NEXT, node);
    pool.set(record + LAST_NODE, node);
    pool.set(record + NODE_COUNT, pool.get(record + NODE_COUNT) + 1);
    if (wild) pool.set(record + SHAPES, addShape(pool, pool.get(record + SHAPES), this.#scan));
    (wild ? this.#wilds : this.#literals).insert(hash, node);
    if (this.#cursors.any) this.#cursors.appended(account, node);
    return node;
  }
}

/** Where in the bytes of its page the pattern of a node begins. */
export function bytesAt(node: Address): number {
  return ((node & PAGE_MASK) + NODE_BYTES) << 2;
}
