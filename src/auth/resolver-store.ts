// The account JWTs that are known here: the MEMORY resolver, and what the full NATS resolver keeps. Holds
// only what somebody verified. Source: client-and-auth.md §4.1.

import { createHash } from "node:crypto";
import { STORED_ACCOUNTS_MAX, STORED_BYTES_MAX } from "./bounds.ts";
import type { AccountClaims } from "./claims.ts";

/** "added" and "changed" are for those who use the account; the others change nothing. "unkept": whoever
 *  keeps the JWTs cannot keep it. */
export type Stored = "added" | "changed" | "same" | "older" | "full" | "unkept";

/** Keeps JWTs beyond the life of this process. */
export interface StoreKeeper {
  /** Throws an Error when it cannot. */
  keep(account: string, jwt: string): void;
  drop(account: string): void;
}

export interface StoreBounds {
  readonly accountsMax: number;
  /** Characters of all JWTs together. */
  readonly bytesMax: number;
  /** What was asked for longest ago makes room for what is new. */
  readonly evicts?: boolean;
}

interface Entry {
  readonly jwt: string;
  readonly claims: AccountClaims;
  readonly digest: Uint8Array;
}

const DIGEST_BYTES = 32;
const BOUNDS = { accountsMax: STORED_ACCOUNTS_MAX, bytesMax: STORED_BYTES_MAX };

export class ResolverStore {
  readonly #entries = new Map<string, Entry>();
  readonly #digest = new Uint8Array(DIGEST_BYTES);
  #bytes = 0;

  constructor(
    private readonly bounds: StoreBounds = BOUNDS,
    private readonly keeper: StoreKeeper | null = null,
  ) {}

  get size(): number {
    return this.#entries.size;
  }

  /** The exclusive or of the SHA-256 of all JWTs: equal stores are equal in it, whatever their order. */
  get digest(): Uint8Array {
    return this.#digest.slice();
  }

  jwt(account: string): string | null {
    return this.#entries.get(account)?.jwt ?? null;
  }

  claims(account: string): AccountClaims | null {
    const entry = this.#entries.get(account);
    if (entry === undefined) return null;
    if (this.bounds.evicts === true) {
      this.#entries.delete(account);
      this.#entries.set(account, entry);
    }
    return entry.claims;
  }

  /** All accounts, those that have expired too. */
  keys(): string[] {
    return [...this.#entries.keys()];
  }

  /**
   * Keeps the JWT of an account, which `claims` are of and which is verified. One that was issued before the
   * one that is kept is "older": otherwise whoever kept an old JWT could bring back what it allowed.
   */
  put(jwt: string, claims: AccountClaims): Stored {
    return this.#put(jwt, claims, this.keeper);
  }

  /** As put, of a JWT that the keeper has. */
  restore(jwt: string, claims: AccountClaims): Stored {
    return this.#put(jwt, claims, null);
  }

  #put(jwt: string, claims: AccountClaims, keeper: StoreKeeper | null): Stored {
    const { subject, issuedAt } = claims;
    const old = this.#entries.get(subject);
    if (old?.jwt === jwt) return "same";
    if (old !== undefined && old.claims.issuedAt > issuedAt) return "older";
    const bytes = this.#bytes - (old?.jwt.length ?? 0) + jwt.length;
    const isNew = old === undefined;
    if (bytes > this.bounds.bytesMax) return "full";
    if (isNew && this.#entries.size >= this.bounds.accountsMax && !this.#evict()) return "full";
    try {
      keeper?.keep(subject, jwt);
    } catch {
      return "unkept";
    }
    this.#forget(old);
    const digest = createHash("sha256").update(jwt).digest();
    this.#entries.set(subject, { jwt, claims, digest });
    this.#mix(digest);
    this.#bytes += jwt.length;
    return isNew ? "added" : "changed";
  }

  #evict(): boolean {
    const [oldest] = this.#entries.keys();
    return this.bounds.evicts === true && oldest !== undefined && this.delete(oldest);
  }

  /** false when it was not there. */
  delete(account: string): boolean {
    const old = this.#entries.get(account);
    if (old === undefined) return false;
    this.keeper?.drop(account);
    this.#forget(old);
    return this.#entries.delete(account);
  }

  /** Public keys in order; accounts that have expired are left out. */
  accounts(nowSeconds: number): string[] {
    const isCurrent = ({ expires }: AccountClaims): boolean => expires <= 0 || expires >= nowSeconds;
    return [...this.#entries]
      .filter(([, { claims }]) => isCurrent(claims))
      .map(([account]) => account)
      .sort();
  }

  #forget(entry: Entry | undefined): void {
    if (entry === undefined) return;
    this.#mix(entry.digest);
    this.#bytes -= entry.jwt.length;
  }

  #mix(digest: Uint8Array): void {
    for (let i = 0; i < DIGEST_BYTES; i++) this.#digest[i]! ^= digest[i]!;
  }
}
