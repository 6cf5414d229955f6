// Who wants what, for the whole appliance: patterns of accounts, and the rows of those that want them.
// Everything lives in paged typed arrays, so that millions of entries cost the collector nothing and no
// change and no match makes an object.

import { assert } from "../base/assert.ts";
import { copyBytes, textOf } from "../base/bytes.ts";
import type { Cursor } from "./cursor.ts";
import {
  addGroup,
  addRow,
  findGroup,
  firstGroup,
  firstRow,
  groupOf,
  nodeOf,
  removeGroup,
  removeRow,
  rowCount,
} from "./groups.ts";
import {
  ACCOUNT,
  ACCOUNT_MAX,
  CLASS_BITS,
  CLASS_MASK,
  GROUP_KEY,
  GROUP_NEXT,
  LENGTH,
  QUEUE_MAX,
  ROW_NEXT,
  ROW_OWNER,
  ROW_TAG,
  ROW_WEIGHT,
} from "./layout.ts";
import type { MatchList } from "./match-list.ts";
import { bytesAt, NodeTable } from "./nodes.ts";
import { type Address, PAGE_SHIFT, PagePool } from "./pages.ts";
import { SubjectScan } from "./scan.ts";

/**
 * A *node* is a pattern of an account. It has *groups*, one for each queue and class of owners, and these
 * have *rows*, one for each owner that wants it. All ids are integers above 0, which stands for none; an id
 * is valid until what it names is removed. Classes are 0 … 7 and belong to the caller. Patterns are valid
 * subjects of at most 65,536 bytes; accounts are integers below 2^24, queues below 2^28 with 0 for no queue,
 * owners above 0.
 */
export class InterestStore {
  /** After `add`: the row is the first one of its group. */
  first = false;
  /** After `remove`: the row was the last one of its group, which has gone with it. */
  last = false;

  readonly #pool = new PagePool();
  readonly #nodes: NodeTable;
  #rows = 0;

  /**
   * The seed decides in which bucket a pattern lies and nothing else; draw it by chance and keep it to
   * yourself. Another `scan` is for tests, which must see that no answer depends on a hash.
   */
  constructor(seed: number, scan = new SubjectScan(seed)) {
    this.#nodes = new NodeTable(this.#pool, scan);
  }

  /** Adds a row and answers it. An owner may have more than one row in a group. */
  add(
    account: number,
    buf: Uint8Array,
    from: number,
    to: number,
    queue: number,
    cls: number,
    owner: number,
    tag: number,
    weight: number,
  ): Address {
    return this.#add(account, buf, from, to, queue, cls, owner, tag, weight, false);
  }

  /** The same, unless the owner has a row in the group already: then 0 is answered. */
  addOnce(
    account: number,
    buf: Uint8Array,
    from: number,
    to: number,
    queue: number,
    cls: number,
    owner: number,
    tag: number,
    weight: number,
  ): Address {
    return this.#add(account, buf, from, to, queue, cls, owner, tag, weight, true);
  }

  /** @hot */
  #add(
    account: number,
    buf: Uint8Array,
    from: number,
    to: number,
    queue: number,
    cls: number,
    owner: number,
    tag: number,
    weight: number,
    once: boolean,
  ): Address {
    assert(account >= 0 && account <= ACCOUNT_MAX, "an account id is out of bounds");
    assert(
      queue >= 0 && queue <= QUEUE_MAX && cls === (cls & CLASS_MASK),
      "a queue or class is out of bounds",
    );
    assert(owner > 0, "a row needs an owner");
    const pool = this.#pool;
    const node = this.#nodes.open(account, buf, from, to);
    const key = (queue << CLASS_BITS) | cls;
    let group = findGroup(pool, node, key);
    if (once && group !== 0 && this.#rowOf(group, owner) !== 0) return 0;
    this.first = group === 0;
    if (group === 0) {
      group = addGroup(pool, node, key);
      if (queue !== 0) this.#nodes.countQueueGroups(account, 1);
    }
    this.#nodes.countRows(account, 1);
    this.#rows++;
    return addRow(pool, group, owner, tag, weight);
  }

  /** Removes a row, and with it its group and its node when they are left empty. */
  remove(row: Address): void {
    const pool = this.#pool;
    const group = groupOf(pool, row);
    const node = nodeOf(pool, group);
    const account = this.nodeAccount(node);
    const isQueued = this.groupQueue(group) !== 0;
    this.#nodes.countRows(account, -1);
    this.#rows--;
    this.last = removeRow(pool, group, row);
    if (this.last && isQueued) this.#nodes.countQueueGroups(account, -1);
    if (this.last && removeGroup(pool, node, group)) this.#nodes.remove(node);
  }

  /** A row of this owner in the group, or 0. Takes time in the number of the group's rows. */
  find(
    account: number,
    buf: Uint8Array,
    from: number,
    to: number,
    queue: number,
    cls: number,
    owner: number,
  ): Address {
    const pool = this.#pool;
    const node = this.node(account, buf, from, to);
    if (node === 0) return 0;
    const group = findGroup(pool, node, (queue << CLASS_BITS) | cls);
    return group === 0 ? 0 : this.#rowOf(group, owner);
  }

  #rowOf(group: Address, owner: number): Address {
    const pool = this.#pool;
    let row = firstRow(pool, group);
    while (row !== 0 && pool.get(row + ROW_OWNER) !== owner) row = pool.get(row + ROW_NEXT);
    return row;
  }

  /** The node of exactly this pattern, or 0. */
  node(account: number, buf: Uint8Array, from: number, to: number): Address {
    return this.#nodes.find(account, buf, from, to);
  }

  /** Rows of exactly this pattern and queue in the groups whose class c has the bit 1 << c in `classMask`. */
  count(
    account: number,
    buf: Uint8Array,
    from: number,
    to: number,
    queue: number,
    classMask: number,
  ): number {
    const pool = this.#pool;
    const node = this.node(account, buf, from, to);
    if (node === 0) return 0;
    let rows = 0;
    for (let group = this.nodeFirstGroup(node); group !== 0; group = pool.get(group + GROUP_NEXT)) {
      const key = pool.get(group + GROUP_KEY);
      if (key >> CLASS_BITS !== queue || (classMask & (1 << (key & CLASS_MASK))) === 0) continue;
      rows += rowCount(pool, group);
    }
    return rows;
  }

  /**
   * @hot Fills `into` with all groups whose pattern matches the literal subject buf[from, to), each once, in
   * no particular order. A subject with an empty token matches nothing.
   */
  match(account: number, buf: Uint8Array, from: number, to: number, into: MatchList): void {
    this.#nodes.match(account, buf, from, to, into);
  }

  groupQueue(group: Address): number {
    return this.#pool.get(group + GROUP_KEY) >> CLASS_BITS;
  }

  groupClass(group: Address): number {
    return this.#pool.get(group + GROUP_KEY) & CLASS_MASK;
  }

  groupNode(group: Address): Address {
    return nodeOf(this.#pool, group);
  }

  /** The number of its rows. */
  groupCount(group: Address): number {
    return rowCount(this.#pool, group);
  }

  groupFirstRow(group: Address): Address {
    return firstRow(this.#pool, group);
  }

  /** The next row of the same group, or 0. */
  nextRow(row: Address): Address {
    return this.#pool.get(row + ROW_NEXT);
  }

  rowOwner(row: Address): number {
    return this.#pool.get(row + ROW_OWNER);
  }

  rowTag(row: Address): number {
    return this.#pool.get(row + ROW_TAG);
  }

  rowWeight(row: Address): number {
    return this.#pool.get(row + ROW_WEIGHT);
  }

  setRowTag(row: Address, tag: number): void {
    this.#pool.set(row + ROW_TAG, tag);
  }

  setRowWeight(row: Address, weight: number): void {
    this.#pool.set(row + ROW_WEIGHT, weight);
  }

  rowGroup(row: Address): Address {
    return groupOf(this.#pool, row);
  }

  nodeAccount(node: Address): number {
    return this.#pool.get(node + ACCOUNT) & ACCOUNT_MAX;
  }

  /** True when the node's pattern has wildcards. */
  nodeWild(node: Address): boolean {
    return this.#pool.get(node + ACCOUNT) > ACCOUNT_MAX;
  }

  nodeFirstGroup(node: Address): Address {
    return firstGroup(this.#pool, node);
  }

  /** The next group of the same node, or 0. */
  nextGroup(group: Address): Address {
    return this.#pool.get(group + GROUP_NEXT);
  }

  /** Bytes of the node's pattern. */
  subjectLength(node: Address): number {
    return this.#pool.get(node + LENGTH);
  }

  /** @hot Copies the node's pattern to target[at, …); answers the new end. */
  copySubject(node: Address, target: Uint8Array, at: number): number {
    const from = bytesAt(node);
    const to = from + this.#pool.get(node + LENGTH);
    return copyBytes(this.#pool.bytes[node >>> PAGE_SHIFT]!, from, to, target, at);
  }

  /** The node's pattern for a person to read. */
  subjectText(node: Address): string {
    const from = bytesAt(node);
    return textOf(this.#pool.bytes[node >>> PAGE_SHIFT]!, from, from + this.#pool.get(node + LENGTH));
  }

  /** The number of nodes of an account. */
  entries(account: number): number {
    return this.#nodes.entries(account);
  }

  /** The number of groups of an account that are of a queue. */
  queueGroups(account: number): number {
    return this.#nodes.queueGroups(account);
  }

  /** The number of rows of an account, or of all. */
  rows(account?: number): number {
    return account === undefined ? this.#rows : this.#nodes.rows(account);
  }

  /** Is a cursor open? Each costs a little at every add and remove until it is closed. */
  get isWalked(): boolean {
    return this.#nodes.isWalked;
  }

  /** The number of nodes of all accounts. */
  get nodes(): number {
    return this.#nodes.count;
  }

  /** Bytes that what is stored takes up. */
  get bytes(): number {
    return this.#pool.usedBytes;
  }

  /** Bytes of all pages, also where they are free. */
  get reservedBytes(): number {
    return this.#pool.reservedBytes;
  }

  /** Walks the nodes of an account from the oldest to the newest, those included that are added meanwhile. */
  cursor(account: number): Cursor {
    return this.#nodes.cursor(account);
  }
}
