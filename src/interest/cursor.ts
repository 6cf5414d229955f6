// Walks the nodes of one account in slices, between which nodes may come and go.

import { NEXT } from "./layout.ts";
import type { Address, PagePool } from "./pages.ts";

/** Made by `InterestStore.cursor`. Stays registered, at a small cost for each change, until it is closed. */
export class Cursor {
  readonly #pool: PagePool;
  readonly #cursors: CursorSet;

  /** `at` is the node that `next` answers next; the set keeps it true. */
  constructor(
    pool: PagePool,
    cursors: CursorSet,
    readonly account: number,
    public at: Address,
  ) {
    this.#pool = pool;
    this.#cursors = cursors;
  }

  /** The next node, or 0 when all that there are were answered; nodes added later are answered then. */
  next(): Address {
    const node = this.at;
    if (node !== 0) this.at = this.#pool.get(node + NEXT);
    return node;
  }

  close(): void {
    this.#cursors.remove(this);
    this.at = 0;
  }
}

/** The cursors that are open, told of every node that comes or goes. */
export class CursorSet {
  readonly #byAccount = new Map<number, Cursor[]>();

  /** False while nobody walks anything: then nothing needs to be told. */
  get any(): boolean {
    return this.#byAccount.size > 0;
  }

  add(cursor: Cursor): void {
    const others = this.#byAccount.get(cursor.account);
    if (others === undefined) this.#byAccount.set(cursor.account, [cursor]);
    else others.push(cursor);
  }

  remove(cursor: Cursor): void {
    const open = this.#byAccount.get(cursor.account);
    const at = open?.indexOf(cursor) ?? -1;
    if (open === undefined || at < 0) return;
    open.splice(at, 1);
    if (open.length === 0) this.#byAccount.delete(cursor.account);
  }

  /** A node was added at the end of its account's list. */
  appended(account: number, node: Address): void {
    const open = this.#byAccount.get(account);
    if (open === undefined) return;
    for (const cursor of open) if (cursor.at === 0) cursor.at = node;
  }

  /** A node is about to leave the list, in which `next` comes after it. */
  leaving(account: number, node: Address, next: Address): void {
    const open = this.#byAccount.get(account);
    if (open === undefined) return;
    for (const cursor of open) if (cursor.at === node) cursor.at = next;
  }
}
