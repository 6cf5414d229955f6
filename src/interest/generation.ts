// Counters that make cached answers stale. A change bumps; a lookup compares; nothing is ever cleared by
// hand.

const FIRST_CAPACITY = 1024;

/** @hot One counter an account and one for the topology: which gateways there are, and in which order. */
export class Generations {
  topology = 1;
  accounts = new Int32Array(FIRST_CAPACITY);

  /** All answers for this account are stale. */
  bump(account: number): void {
    if (account >= this.accounts.length) {
      const grown = new Int32Array(Math.max(account + 1, this.accounts.length * 2));
      grown.set(this.accounts);
      this.accounts = grown;
    }
    this.accounts[account]!++;
  }

  of(account: number): number {
    return this.accounts[account] ?? 0;
  }
}
