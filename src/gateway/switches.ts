// What the log says of accounts that were switched to interest-only. A remote switches a thousand of them in
// a few milliseconds, and a thousand lines would take longer than that: what ends at a time is told in one.

import { type Millis, NEVER } from "../base/clock.ts";
import type { OutboundAccount } from "./outbound-account.ts";

/** How long after a line the next one may come, in milliseconds. */
const GAP_MILLIS = 100;

export class Switches {
  #quietUntil: Millis = 0;
  #count = 0;
  #subjects = 0;
  #millis = 0;
  #last: OutboundAccount | null = null;

  /** The list of an account is complete. */
  ended(state: OutboundAccount): void {
    this.#count++;
    this.#subjects += state.plainRows;
    this.#millis = Math.max(this.#millis, state.transitions.lastMillis);
    this.#last = state;
  }

  /** When there is something to tell. */
  get dueAt(): Millis {
    return this.#last === null ? NEVER : this.#quietUntil;
  }

  /** What ended since the last time, for people; null for nothing, or nothing yet. */
  take(now: Millis, nameOf: (account: number) => string): string | null {
    const last = this.#last;
    if (last === null || now < this.#quietUntil) return null;
    this.#quietUntil = now + GAP_MILLIS;
    const what = this.#count === 1 ? `account "${nameOf(last.account)}"` : `${this.#count} accounts`;
    const said = `switched ${what} to interest-only (${this.#subjects} subjects, ${this.#millis.toFixed(1)} ms)`;
    this.#count = this.#subjects = this.#millis = 0;
    this.#last = null;
    return said;
  }
}
