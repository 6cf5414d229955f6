// What an operator's accounts are kept in: memory alone, or a directory as well, which other servers are kept
// in step with. Source: client-and-auth.md §4.1, nats-server 2.15.

import { JWT_CHARACTERS_MAX, STORED_ACCOUNTS_MAX, STORED_BYTES_MAX } from "../auth/bounds.ts";
import { isRefusal } from "../auth/refusal.ts";
import {
  answer,
  merge,
  RESOLVER_PACK,
  type ResolverAnswer,
  type ResolverHost,
  resolverRequest,
} from "../auth/resolver-messages.ts";
import { ResolverStore, type StoreKeeper } from "../auth/resolver-store.ts";
import type { Trust } from "../auth/trust.ts";
import { type Millis, NEVER } from "../base/clock.ts";
import { FETCH_MILLIS_MAX } from "../base/limits.ts";
import type { Log } from "../base/log.ts";

/** A directory with the JWTs of accounts. */
export interface ResolverOptions {
  /** full: has every account. cache: has those that were used here, and asks the others for the rest. */
  readonly type: "full" | "cache";
  /** Accounts may be deleted by a request that an operator signed. */
  readonly allowDelete: boolean;
  /** Accounts; null: as many as fit. */
  readonly limit: number | null;
  /** Between two comparisons with other resolvers. */
  readonly intervalMillis: Millis;
  /** How long an account is kept in a cache; null: as long as there is room. */
  readonly ttlMillis: Millis | null;
  /** How long others may take to answer who is asked for. */
  readonly timeoutMillis: Millis;
}

/** A file that may hold an account, or why it is left alone. */
export type AccountFile =
  | { readonly file: string; readonly key: string; readonly jwt: string }
  | { readonly file: string; readonly problem: string };

/** The resolvers of other servers. */
export interface ResolverPeers {
  /** Does any of them hear this? */
  reaches(subject: string): boolean;
  /** Asks all of them; every answer is handed over as it comes. */
  request(subject: string, payload: Uint8Array, onReply: (payload: Uint8Array) => void): void;
}

export interface AccountDisk extends StoreKeeper {
  /** All that is there now. */
  load(): readonly AccountFile[];
}

const MILLIS = 1_000;

export class Resolver {
  readonly store: ResolverStore;
  /** null: nobody can be asked, and nobody asks. */
  peers: ResolverPeers | null = null;
  /** Public keys of accounts whose claims are new, and of those that are gone. */
  onChange: (changed: readonly string[], deleted: readonly string[]) => void = () => {};
  /** When an account came into the cache. */
  readonly #cachedAt = new Map<string, Millis>();
  #packAt: Millis;

  constructor(
    private readonly trust: Trust,
    private readonly options: ResolverOptions | null,
    private readonly disk: AccountDisk | null,
    private readonly server: ResolverHost["server"],
    private readonly log: Log,
    private readonly now: () => Millis,
  ) {
    const accountsMax = Math.min(options?.limit ?? STORED_ACCOUNTS_MAX, STORED_ACCOUNTS_MAX);
    const bounds = { accountsMax, bytesMax: STORED_BYTES_MAX, evicts: options?.type === "cache" };
    this.store = new ResolverStore(bounds, disk);
    this.#packAt = options?.type === "full" ? now() + options.intervalMillis : NEVER;
  }

  /** Reads the directory. Answers the public keys of accounts whose claims are new; what may not be used is
   *  told and left where it is. */
  load(): string[] {
    const changed: string[] = [];
    for (const entry of this.disk?.load() ?? []) {
      const problem = "problem" in entry ? entry.problem : this.#restore(entry.key, entry.jwt, changed);
      if (problem !== null) this.log.error(`Account file ${entry.file} is not used: ${problem}`);
    }
    return changed;
  }

  #restore(key: string, jwt: string, changed: string[]): string | null {
    // Not verified once more: a reload looks at every file, and there may be a hundred thousand.
    if (this.store.jwt(key) === jwt) return null;
    const claims = this.trust.signedAccount(jwt);
    if (isRefusal(claims)) return claims.text;
    if (claims.subject !== key) return `it holds the account ${claims.subject}`;
    const stored = this.store.restore(jwt, claims);
    if (stored === "full") return "there is no room for another account";
    if (stored === "older") return "a newer JWT of this account is known";
    if (stored !== "same") changed.push(key);
    this.cached(key);
    return null;
  }

  /** What a message on this subject of the system account is answered; null when it is no request for a
   *  resolver. `payload` comes without headers. */
  asked(subject: string, payload: Uint8Array): ResolverAnswer | null {
    const request = resolverRequest(subject);
    if (request === null) return null;
    const isCache = this.options?.type === "cache";
    if (isCache && (request.ask === "pack" || request.ask === "lookup")) return null;
    const { trust, store, server } = this;
    const allowDelete = isCache || (this.options?.allowDelete ?? false);
    const host = { trust, store, server, isCache, allowDelete };
    const answered = answer(request, payload, host, Math.floor(this.now() / MILLIS));
    this.#tell(answered.changed, answered.deleted);
    return answered;
  }

  /** It has every account there is. */
  get isFull(): boolean {
    return this.options?.type === "full";
  }

  /** There are others that can be asked for an account that is not here. */
  looksUp(key: string): boolean {
    return this.options !== null && (this.peers?.reaches(lookupSubject(key)) ?? false);
  }

  get lookupMillis(): Millis {
    return this.options?.timeoutMillis ?? FETCH_MILLIS_MAX;
  }

  /** Asks the others; `found` is told of the first that has it. */
  lookUp(key: string, found: (jwt: string) => void): void {
    let isOver = false;
    this.peers?.request(lookupSubject(key), new Uint8Array(0), (payload) => {
      if (isOver || payload.length === 0) return;
      isOver = true;
      found(textOf(payload));
    });
  }

  get deadline(): Millis {
    const { ttlMillis } = this.options ?? { ttlMillis: null };
    const [oldest] = this.#cachedAt.values();
    const ends = ttlMillis === null || oldest === undefined ? NEVER : oldest + ttlMillis;
    return Math.min(ends, this.peers === null ? NEVER : this.#packAt);
  }

  tick(now: Millis): void {
    this.#expire(now);
    if (this.peers === null || this.options === null || now < this.#packAt) return;
    this.#packAt = now + this.options.intervalMillis;
    this.peers.request(RESOLVER_PACK.subject, this.store.digest, (payload) => this.#merge(payload));
  }

  /** An empty message ends a pack. */
  #merge(payload: Uint8Array): void {
    if (payload.length > 0) this.#tell(merge(textOf(payload), { trust: this.trust, store: this.store }), []);
  }

  /** An account came from somewhere else and is in the store. */
  cached(key: string): void {
    this.#cachedAt.delete(key);
    if (this.options?.ttlMillis != null) this.#cachedAt.set(key, this.now());
  }

  #expire(now: Millis): void {
    const { ttlMillis } = this.options ?? { ttlMillis: null };
    if (ttlMillis === null) return;
    for (const [key, at] of this.#cachedAt) {
      if (at + ttlMillis > now) return;
      this.#cachedAt.delete(key);
      this.store.delete(key);
    }
  }

  #tell(changed: readonly string[], deleted: readonly string[]): void {
    for (const key of changed) this.cached(key);
    for (const key of deleted) this.#cachedAt.delete(key);
    if (changed.length + deleted.length > 0) this.onChange(changed, deleted);
  }
}

function lookupSubject(key: string): string {
  return `$SYS.REQ.ACCOUNT.${key}.CLAIMS.LOOKUP`;
}

/** JWTs are ASCII: what is not is refused as such. A line of a pack has a key beside it. */
function textOf(payload: Uint8Array): string {
  return Buffer.from(payload.subarray(0, 2 * JWT_CHARACTERS_MAX)).toString("latin1");
}
