// What accounts of operator mode get from each other, kept up to date: when a JWT of either end changes, and
// when an activation ends.

import type { AccountClaims } from "../auth/claims.ts";
import { type Millis, NEVER } from "../base/clock.ts";
import { trafficOf } from "./account-traffic.ts";
import type { Core } from "./core.ts";

const MILLIS = 1_000;

export class AccountImports {
  /** When an activation ends first, by the account that imports. */
  readonly #ends = new Map<string, Millis>();
  /** Who imports from an account. */
  readonly #importers = new Map<string, Set<string>>();

  constructor(
    private readonly core: Core,
    private readonly claimsOf: (key: string) => AccountClaims | null,
    /** The account is imported from and not known. */
    private readonly want: (key: string) => void,
  ) {}

  /** The JWT of this account is new. */
  changed(key: string): void {
    this.#tie(key);
    for (const importer of this.#importers.get(key) ?? []) if (importer !== key) this.#tie(importer);
  }

  get deadline(): Millis {
    let earliest = NEVER;
    for (const at of this.#ends.values()) earliest = Math.min(earliest, at);
    return earliest;
  }

  tick(now: Millis): void {
    for (const [key, at] of this.#ends) if (at <= now) this.#tie(key);
  }

  #tie(key: string): void {
    const claims = this.claimsOf(key);
    if (claims === null) return;
    const { clock, log } = this.core.world;
    for (const { account } of claims.imports) this.#imports(key, account);
    const nowSeconds = Math.floor(clock.now() / MILLIS);
    const { options, until, refused } = trafficOf(claims, this.claimsOf, nowSeconds);
    for (const why of refused) log.warn(`Account ${key}: ${why}`);
    if (until > 0) this.#ends.set(key, until * MILLIS);
    else this.#ends.delete(key);
    this.core.traffic.set(options);
    this.core.stale(this.core.accounts.idOf(key));
  }

  #imports(importer: string, exporter: string): void {
    let importers = this.#importers.get(exporter);
    if (importers === undefined) {
      importers = new Set();
      this.#importers.set(exporter, importers);
    }
    importers.add(importer);
    if (this.claimsOf(exporter) === null) this.want(exporter);
  }
}
