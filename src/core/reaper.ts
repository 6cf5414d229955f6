// Interest of gateways that are gone is taken away little by little: a million rows at once would hold
// everything up. Nobody sees them meanwhile, because answers are compiled from the connections that are open.

import type { Cursor } from "../interest/cursor.ts";
import type { InterestStore } from "../interest/store.ts";
import { Holder } from "../peer/kind.ts";

/** Nodes looked at in one step: a few milliseconds. */
const STEP_NODES = 10_000;

interface Grave {
  readonly owner: number;
  readonly accounts: number[];
  cursor: Cursor | null;
}

export class Reaper {
  readonly #graves: Grave[] = [];

  constructor(private readonly store: InterestStore) {}

  get isIdle(): boolean {
    return this.#graves.length === 0;
  }

  /** All rows of this owner in these accounts are to go. */
  bury(owner: number, accounts: Iterable<number>): void {
    this.#graves.push({ owner, accounts: [...accounts], cursor: null });
  }

  step(): void {
    for (let left = STEP_NODES; left > 0; left--) {
      const grave = this.#graves[0];
      if (grave === undefined) return;
      const account = grave.accounts[0];
      if (account === undefined) {
        this.#graves.shift();
        continue;
      }
      grave.cursor ??= this.store.cursor(account);
      const node = grave.cursor.next();
      if (node !== 0) this.#clear(node, grave.owner);
      else {
        grave.cursor.close();
        grave.cursor = null;
        grave.accounts.shift();
      }
    }
  }

  #clear(node: number, owner: number): void {
    const { store } = this;
    let group = store.nodeFirstGroup(node);
    while (group !== 0) {
      const next = store.nextGroup(group);
      let row = store.groupClass(group) === Holder.Gateway ? store.groupFirstRow(group) : 0;
      while (row !== 0 && store.rowOwner(row) !== owner) row = store.nextRow(row);
      if (row !== 0) store.remove(row);
      group = next;
    }
  }
}
