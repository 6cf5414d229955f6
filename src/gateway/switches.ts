// What the log says of accounts that were switched to interest-only. A remote switches a thousand of them in
// a few milliseconds, and a thousand lines would take longer than that: what ends at a time is told in one.

import type { OutboundAccount } from "./outbound-account.ts";

export class Switches {
  #count = 0;
  #subjects = 0;
  #millis = 0;
  #last: OutboundAccount | null = null;

  /** The list of an account is complete. */
  ended(state: OutboundAccount): void {
    this.#count++;
    this.#subjects += state.plainRows;
    this.#millis = Math.max(this.#millis, state.transitionMillis);
    this.#last = state;
  }

  /** What ended since the last time, for people; null for nothing. */
  take(nameOf: (account: number) => string): string | null {
    const last = this.#last;
    if (last === null) return null;
    const what = this.#count === 1 ? `account "${nameOf(last.account)}"` : `${this.#count} accounts`;
    const said = `switched ${what} to interest-only (${this.#subjects} subjects, ${this.#millis.toFixed(1)} ms)`;
    this.#count = this.#subjects = this.#millis = 0;
    this.#last = null;
    return said;
  }
}
