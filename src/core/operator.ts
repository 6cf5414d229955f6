// Operator mode: who logs in to accounts that are JWTs, and what becomes of connections when those change.
// Source: client-and-auth.md §4.

import type { AccountClaims } from "../auth/claims.ts";
import type { LoginAnswer } from "../auth/login.ts";
import { isRefusal, type Refusal } from "../auth/refusal.ts";
import type { Stored } from "../auth/resolver-store.ts";
import { Trust, type TrustOptions } from "../auth/trust.ts";
import { connectionLimits, defaultPermissions } from "../auth/user-login.ts";
import { type Millis, NEVER } from "../base/clock.ts";
import { FETCHES_MAX, WAITING_LOGINS_MAX } from "../base/limits.ts";
import type { Arrival } from "../peer/arrival.ts";
import type { CloseReason } from "../peer/close.ts";
import { AccountImports } from "./account-imports.ts";
import { answerClaims } from "./claims-requests.ts";
import type { Core } from "./core.ts";
import { connectionTypeOf, type Member } from "./members.ts";
import { Resolver, type ResolverOptions } from "./resolver.ts";
import { SystemPeers } from "./resolver-peers.ts";

export interface OperatorOptions {
  readonly trust: TrustOptions;
  /** JWTs of accounts that are known from the start. */
  readonly preload: readonly string[];
  /** The JWT of who comes without one; absent and null: he is refused. */
  readonly sentinel?: string | null;
  /** The directory that accounts are kept in, which the world brings; absent and null: in memory. */
  readonly directory?: ResolverOptions | null;
}

export interface KnownAccount {
  readonly claims: AccountClaims;
  readonly jwt: string;
  readonly takenAt: Millis;
}

interface Awaited {
  readonly until: Millis;
  readonly arrivals: Arrival[];
}

const MILLIS = 1_000;

export class Operator {
  readonly #trust: Trust;
  /** Where accounts are kept, and who is asked for others. */
  readonly resolver: Resolver;
  readonly #imports: AccountImports;
  /** Accounts that are being fetched, and who waits for them. */
  readonly #awaited = new Map<string, Awaited>();
  #waitingCount = 0;
  /** When the newest JWT of an account came. */
  readonly #takenAt = new Map<string, Millis>();
  /** Public keys of the accounts that are ours. */
  readonly #known = new Set<string>();
  /** When accounts end, of those that do. */
  readonly #ends = new Map<string, Millis>();
  /** The account that could not be fetched, while those who waited for it are told. */
  #missing = "";

  constructor(
    private readonly core: Core,
    { trust, preload, directory = null }: OperatorOptions,
  ) {
    const { clock, log, accountDisk = null } = core.world;
    this.#trust = new Trust(trust);
    const now = () => clock.now();
    this.resolver = new Resolver(this.#trust, directory, accountDisk, () => this.#server(), log, now);
    this.resolver.onChange = (changed, deleted) => this.#resolved(changed, deleted);
    const claimsOf = (key: string) => this.resolver.store.claims(key);
    this.#imports = new AccountImports(core, claimsOf, (key) => this.#want(key));
    this.#preload(preload);
    answerClaims(core.system, this.resolver, log);
    if (directory !== null) this.resolver.peers = new SystemPeers(core.system, core.world.random);
  }

  /** The directory is another one, and these accounts are configured now. */
  reconfigure(preload: readonly string[]): void {
    for (const key of this.#known) this.core.directory.own.add(this.core.accounts.idOf(key));
    this.#preload(preload);
  }

  /** All of them are kept before any of them looks for the others. */
  #preload(preload: readonly string[]): void {
    const taken: { key: string; stored: Stored }[] = this.resolver
      .load()
      .filter((key) => this.#took(this.resolver.store.claims(key)!))
      .map((key) => ({ key, stored: "changed" }));
    for (const jwt of preload) {
      const claims = this.#trust.signedAccount(jwt);
      if (isRefusal(claims)) this.core.world.log.error(`Account not taken: ${claims.text}`);
      else taken.push({ key: claims.subject, stored: this.#keep(jwt, claims) });
    }
    for (const { key, stored } of taken) this.#changed(key, stored);
  }

  /** The account with this public key; null when it is not known. */
  account(key: string): KnownAccount | null {
    const claims = this.resolver.store.claims(key);
    const jwt = this.resolver.store.jwt(key);
    return claims === null || jwt === null ? null : { claims, jwt, takenAt: this.#takenAt.get(key) ?? 0 };
  }

  login(asked: { readonly jwt: string; readonly sig: string }, from: Member): LoginAnswer {
    const jwt = asked.jwt === "" ? (this.core.options.accounts.operator?.sentinel ?? "") : asked.jwt;
    if (jwt === "") return null;
    const key = this.#trust.issuerAccountOf(jwt);
    if (key === null) return this.#refused(from, "the JWT names no account that may be used");
    const claims = this.#claims(key);
    if (claims === null) return this.#ask(key, from);
    const nowSeconds = this.#nowSeconds();
    const user = this.#trust.user(jwt, claims, {
      nonce: from.nonce,
      signature: asked.sig,
      connectionType: connectionTypeOf(from),
      sourceIp: from.remote.ip,
      nowSeconds,
    });
    if (isRefusal(user)) return this.#refused(from, user.text);
    const account = this.#own(claims);
    if (account === 0) return this.#refused(from, "there is no room for another account");
    const isFull = !this.core.members.admit(from, key, claims.limits);
    const { publish, subscribe } = user;
    const limits = connectionLimits(user, claims);
    return {
      account,
      user: user.userKey,
      publish,
      subscribe,
      limits,
      isFull,
      identity: { user, jwt },
    };
  }

  /** What fetchAccount asked for came, or `why` not. */
  fetched(key: string, jwt: string | null, why: string): void {
    const waiting = this.#awaited.get(key);
    if (waiting === undefined) return;
    const problem = jwt === null ? why : this.#take(jwt, key);
    if (problem !== null) this.core.world.log.warn(`Account ${key} cannot be used: ${problem}`);
    this.#settle(key, waiting, problem !== null);
  }

  /** A newer JWT of an account: takes effect on its connections. Answers why it does not, or null. */
  updated(jwt: string): string | null {
    return this.#take(jwt, null);
  }

  /** As answers of servers name the box. */
  #server(): Readonly<Record<string, unknown>> {
    const { serverName: name, serverId: id, version: ver, host, cluster } = this.core.options.client;
    return { name, host, id, cluster, ver, jetstream: false };
  }

  /** The store has other claims of these accounts. */
  #resolved(changed: readonly string[], deleted: readonly string[]): void {
    for (const key of changed) {
      const claims = this.resolver.store.claims(key);
      if (claims !== null && this.#took(claims)) this.#changed(key, "changed");
    }
    for (const key of deleted) this.#deleted(key);
  }

  /** Nobody stays in an account that is no more. Source: nats-server 2.15, removeCb. */
  #deleted(key: string): void {
    const { core } = this;
    this.#takenAt.delete(key);
    this.#ends.delete(key);
    this.#known.delete(key);
    core.directory.own.delete(core.accounts.idOf(key));
    core.world.log.warn(`Account ${key} was deleted`);
    core.members.closeAll(key, "Authentication Expired", "Account Authentication Expired");
    this.#imports.changed(key);
  }

  /** When tick wants to be called next. */
  get deadline(): Millis {
    let earliest = NEVER;
    for (const at of this.#ends.values()) earliest = Math.min(earliest, at);
    for (const { until } of this.#awaited.values()) earliest = Math.min(earliest, until);
    return Math.min(earliest, this.#imports.deadline, this.resolver.deadline);
  }

  tick(now: Millis): void {
    this.#imports.tick(now);
    this.resolver.tick(now);
    for (const [key, at] of this.#ends) {
      if (at > now) continue;
      this.#ends.delete(key);
      this.#review(key);
    }
    for (const [key, { until }] of this.#awaited) if (until <= now) this.fetched(key, null, "no answer");
  }

  #nowSeconds(): number {
    return Math.floor(this.core.world.clock.now() / MILLIS);
  }

  #refused({ name }: Arrival, why: string): null {
    this.core.world.log.warn(`${name} - ${why}`);
    return null;
  }

  /** What is known of an account; a resolver is asked again for one that has expired. */
  #claims(key: string): AccountClaims | null {
    const claims = this.resolver.store.claims(key);
    const isOver = claims !== null && claims.expires > 0 && claims.expires <= this.#nowSeconds();
    return isOver && key !== this.#missing && this.#canFetch(key) ? null : claims;
  }

  /** Anybody can name any account: those who wait, and what they make us fetch, are bounded. */
  #ask(key: string, from: Arrival): LoginAnswer {
    if (!this.#canFetch(key) || key === this.#missing) {
      return this.#refused(from, `account ${key} is unknown`);
    }
    const awaited = this.#waitingCount < WAITING_LOGINS_MAX ? this.#want(key) : null;
    if (awaited === null) return this.#refused(from, "too many logins wait for their accounts");
    awaited.arrivals.push(from);
    this.#waitingCount++;
    return "waits";
  }

  #canFetch(key: string): boolean {
    return this.core.world.fetchAccount !== undefined || this.resolver.looksUp(key);
  }

  /** Asks the resolver, unless it is asked already; null when it cannot be. */
  #want(key: string): Awaited | null {
    const { world } = this.core;
    const known = this.#awaited.get(key);
    if (known !== undefined) return known;
    if (!this.#canFetch(key) || this.#awaited.size >= FETCHES_MAX) return null;
    const awaited = { until: world.clock.now() + this.resolver.lookupMillis, arrivals: [] };
    this.#awaited.set(key, awaited);
    if (world.fetchAccount !== undefined) world.fetchAccount(key);
    else this.resolver.lookUp(key, (jwt) => this.fetched(key, jwt, ""));
    return awaited;
  }

  #settle(key: string, { arrivals }: Awaited, isMissing: boolean): void {
    this.#awaited.delete(key);
    this.#waitingCount -= arrivals.length;
    const now = this.core.world.clock.now();
    this.#missing = isMissing ? key : "";
    for (const arrival of arrivals) arrival.resume(now);
    this.#missing = "";
  }

  /** Takes up a JWT that came from somewhere. `wanted`: whose it must be; null: anybody's. */
  #take(jwt: string, wanted: string | null): string | null {
    const claims = this.#trust.account(jwt, this.#nowSeconds(), wanted);
    if (isRefusal(claims)) return claims.text;
    const stored = this.#keep(jwt, claims);
    if (stored === "full") return "there is no room for another account";
    if (stored === "older") return "a newer JWT of this account is known";
    if (stored === "unkept") return "its JWT cannot be written";
    this.#changed(claims.subject, stored);
    return null;
  }

  #changed(key: string, stored: Stored): void {
    if (stored === "added" || stored === "changed") this.#imports.changed(key);
    if (stored === "changed") this.#review(key);
  }

  #keep(jwt: string, claims: AccountClaims): Stored {
    const stored = this.resolver.store.put(jwt, claims);
    if (stored !== "added" && stored !== "changed") return stored;
    this.resolver.cached(claims.subject);
    return this.#took(claims) ? stored : "full";
  }

  /** The claims are in the store: false when there is no room for another account. */
  #took(claims: AccountClaims): boolean {
    this.#takenAt.set(claims.subject, this.core.world.clock.now());
    if (claims.expires > 0) this.#ends.set(claims.subject, claims.expires * MILLIS);
    else this.#ends.delete(claims.subject);
    return this.#own(claims) !== 0;
  }

  /** The id of an account, which is ours from now on; 0 when there is no room. */
  #own({ subject: key }: AccountClaims): number {
    const { accounts, directory, generations } = this.core;
    const account = accounts.intern(key);
    if (account === 0) return 0;
    this.#known.add(key);
    if (directory.own.has(account)) return account;
    directory.own.add(account);
    generations.bump(account);
    this.core.gateways?.accountAdded(account);
    return account;
  }

  /** What is said of an account now, to its connections. */
  #review(key: string): void {
    const claims = this.resolver.store.claims(key);
    if (claims === null) return;
    this.core.members.review(
      key,
      claims.limits,
      (member) => this.#stays(member, claims),
      (member) => this.#regrant(member, claims),
    );
  }

  #stays(member: Member, claims: AccountClaims): boolean {
    if (member.identity === null) return false;
    const refusal = this.#trust.review(member.identity.user, claims, this.#nowSeconds());
    if (refusal === null) return true;
    this.core.world.log.warn(`${member.name} - ${refusal.text}`);
    member.close(...farewell(refusal));
    return false;
  }

  #regrant(member: Member, claims: AccountClaims): void {
    const { user } = member.identity!;
    const permissions = user.usesDefaults ? defaultPermissions(claims) : null;
    member.regrant(connectionLimits(user, claims), permissions);
  }
}

/** How the connection ends of somebody who may not stay. */
function farewell({ code }: Refusal): [CloseReason, string] {
  if (code === "revoked") return ["Credentials Revoked", "User Authentication Revoked"];
  if (code === "account-expired") return ["Authentication Expired", "Account Authentication Expired"];
  return ["Authentication Failure", "Authorization Violation"];
}
