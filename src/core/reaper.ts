// Interest of connections that are gone is taken away little by little: a million rows at once would hold
// everything up. Nobody sees them meanwhile, because answers are compiled from the connections that are open.

import type { Cursor } from "../interest/cursor.ts";
import type { InterestStore } from "../interest/store.ts";
import { Holder } from "../peer/kind.ts";
import type { InterestPort } from "../peer/ports.ts";

/** Places looked at in one step: a few milliseconds. */
const STEP_PLACES = 10_000;

/** Takes one row away, or looks at one place where it may be; false when there is nothing left. */
type Grave = () => boolean;

export class Reaper {
  readonly #graves: Grave[] = [];

  constructor(
    private readonly store: InterestStore,
    private readonly interest: InterestPort,
  ) {}

  get isIdle(): boolean {
    return this.#graves.length === 0;
  }

  /** All rows of this gateway in these accounts are to go. */
  buryGateway(owner: number, accounts: Iterable<number>): void {
    const left = [...accounts];
    let cursor: Cursor | null = null;
    this.#graves.push(() => {
      const account = left[0];
      if (account === undefined) return false;
      cursor ??= this.store.cursor(account);
      const node = cursor.next();
      if (node !== 0) this.#clear(node, owner);
      else {
        cursor.close();
        cursor = null;
        left.shift();
      }
      return true;
    });
  }

  /** All rows that `next` answers are to go, until it answers 0; then `done` is called. */
  buryRows(next: () => number, done: () => void): void {
    this.#graves.push(() => {
      const row = next();
      if (row !== 0) this.interest.remove(row);
      else done();
      return row !== 0;
    });
  }

  step(): void {
    for (let left = STEP_PLACES; left > 0 && this.#graves.length > 0; left--) {
      if (!this.#graves[0]!()) this.#graves.shift();
    }
  }

  #clear(node: number, owner: number): void {
    const { store } = this;
    let group = store.nodeFirstGroup(node);
    while (group !== 0) {
      const next = store.nextGroup(group);
      let row = store.groupClass(group) === Holder.Gateway ? store.groupFirstRow(group) : 0;
      while (row !== 0 && store.rowOwner(row) !== owner) row = store.nextRow(row);
      if (row !== 0) this.interest.remove(row);
      group = next;
    }
  }
}
