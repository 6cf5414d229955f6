// Counters that make cached answers stale. A change bumps; a lookup compares; nothing is ever cleared by
// hand.

const FIRST_CAPACITY = 1024;
/** No account has this number. */
const TOPOLOGY = 0;

/** @hot One counter an account and one for the topology: which gateways there are, and in which order. */
export class Generations {
  /** `accounts` are zeros; they are replaced by more when they are not enough. */
  constructor(public accounts: Int32Array = new Int32Array(FIRST_CAPACITY)) {
    accounts[TOPOLOGY] = 1;
  }

  get topology(): number {
    return this.accounts[TOPOLOGY]!;
  }

  /** All answers that name a gateway are stale. */
  moved(): void {
    this.accounts[TOPOLOGY]!++;
  }

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
