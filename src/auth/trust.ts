// Whom operator mode believes: operators are given, accounts must be signed by them, and users by accounts.
// Checks that cost nothing come before signatures. Source: client-and-auth.md §4.2.

import { accountFaults } from "./account-rules.ts";
import { isRevoked } from "./activation.ts";
import { isInBlock, parseBlock, parseIp } from "./cidr.ts";
import {
  type AccountClaims,
  type OperatorClaims,
  readClaims,
  timeRefusal,
  type UserClaims,
} from "./claims.ts";
import { isSigned, type Jwt, undecorated, unsigned } from "./jwt.ts";
import { isPublicKey, verifyNonce } from "./nkey.ts";
import { isRefusal, quoted, type Refusal, refuse } from "./refusal.ts";
import { areEmpty, effective, type UserRights } from "./rights.ts";
import { filledIn } from "./scope.ts";
import { openUntil } from "./time-of-day.ts";
import { type LoginAttempt, scopeMark, type UserLogin } from "./user-login.ts";
import { userFaults } from "./user-rules.ts";

export interface TrustOptions {
  /** Read by operatorOf: whoever configured them trusts them. */
  readonly operators: readonly OperatorClaims[];
  /** Public key. */
  readonly systemAccount: string | null;
  /** The only accounts that may be used, beside the system account; null and absent: all. */
  readonly pinnedAccounts?: readonly string[] | null;
}

/** An operator from a configuration: the text of a file, decorated or not. Nobody but he himself vouches for
 *  him, and his expiry is not looked at, as with nats-server. */
export function operatorOf(text: string): OperatorClaims | Refusal {
  const read = readClaims(undecorated(text), "operator");
  if (isRefusal(read)) return read;
  const { jwt, claims } = read;
  const keys = [claims.subject, claims.issuer, ...claims.signingKeys];
  if (!keys.every((key) => isPublicKey(key, "operator"))) {
    return refuse("malformed", "an operator has a key that is no operator public key");
  }
  if (claims.issuer !== claims.subject && !claims.signingKeys.includes(claims.issuer)) {
    return refuse("untrusted", "an operator is not signed by himself");
  }
  return isSigned(jwt) ? claims : unsigned(jwt);
}

/** An operator of whom no more is known than the key that he signs with. */
export function operatorOfKey(key: string): OperatorClaims {
  return {
    kind: "operator",
    version: 2,
    issuer: key,
    subject: key,
    name: key,
    id: "",
    issuedAt: 0,
    notBefore: 0,
    expires: 0,
    tags: [],
    signingKeys: [],
    accountServerUrl: "",
    operatorServiceUrls: [],
    systemAccount: "",
    assertServerVersion: "",
    strictSigningKeyUsage: false,
  };
}

export class Trust {
  readonly operators: readonly OperatorClaims[];
  readonly systemAccount: string | null;
  /** Keys that may sign accounts. */
  readonly #keys = new Set<string>();
  /** Keys that sign accounts whose own key signs no users. */
  readonly #strictKeys = new Set<string>();
  readonly #pinned: ReadonlySet<string> | null;

  constructor({ operators, systemAccount, pinnedAccounts = null }: TrustOptions) {
    this.operators = operators;
    this.systemAccount = systemAccount;
    this.#pinned = pinnedAccounts === null ? null : new Set([...pinnedAccounts, systemAccount ?? ""]);
    for (const { subject, signingKeys, strictSigningKeyUsage } of operators) {
      if (!strictSigningKeyUsage) this.#keys.add(subject);
      for (const key of signingKeys) this.#keys.add(key);
      if (strictSigningKeyUsage) for (const key of signingKeys) this.#strictKeys.add(key);
    }
  }

  /** Does this public key sign accounts here? */
  signsAccounts(key: string): boolean {
    return this.#keys.has(key);
  }

  /**
   * An account JWT that a resolver brought for this key (null: whichever it is for): signed by an operator,
   * well formed, and valid now; or why not.
   */
  account(jwt: string, nowSeconds: number, wanted: string | null = null): AccountClaims | Refusal {
    const claims = this.signedAccount(jwt);
    if (isRefusal(claims)) return claims;
    if (wanted !== null && claims.subject !== wanted) {
      return refuse("wrong-subject", `the JWT of ${claims.subject} came for ${quoted(wanted)}`);
    }
    return timeRefusal(claims, nowSeconds) ?? claims;
  }

  /** As account, whatever the time is: what a resolver may keep. */
  signedAccount(text: string): AccountClaims | Refusal {
    const read = readClaims(text, "account");
    if (isRefusal(read)) return read;
    const { claims } = read;
    const distrust = this.distrust(read);
    if (distrust !== null) return distrust;
    const fault = accountFaults(claims)[0];
    return fault === undefined ? claims : refuse("malformed", `account ${claims.subject}: ${fault}`);
  }

  /** Why an account that was read is not one that an operator signed, or null. */
  distrust({ jwt, claims }: { readonly jwt: Jwt; readonly claims: AccountClaims }): Refusal | null {
    const { subject, issuer } = claims;
    if (!isPublicKey(subject, "account")) return refuse("malformed", "subject is not an account public key");
    if (this.#keys.has(issuer)) return isSigned(jwt) ? null : unsigned(jwt);
    const isStrict = this.operators.some((operator) => operator.subject === issuer);
    const why = "operator requires issuer to be a signing key";
    return refuse("untrusted", isStrict ? why : `account ${subject} is not signed by a trusted operator`);
  }

  /**
   * Public key of the account that must be resolved before user() can be asked; null when there is none that
   * could be. Nothing is verified: anybody can name any account, so bound how often you ask for one.
   */
  issuerAccountOf(userJwt: string): string | null {
    const read = readClaims(userJwt, "user");
    if (isRefusal(read)) return null;
    const account = accountOf(read.claims);
    return isPublicKey(account, "account") && this.#isPinned(account) ? account : null;
  }

  /** A user who connects, and the claims of his account as account() answered them. */
  user(text: string, account: AccountClaims, login: LoginAttempt): UserLogin | Refusal {
    const read = readClaims(text, "user");
    if (isRefusal(read)) return read;
    const { jwt, claims } = read;
    const stranger = this.#stranger(claims, account);
    if (stranger !== null) return stranger;
    if (!isSigned(jwt)) return unsigned(jwt);
    const fault = userFaults(claims)[0];
    if (fault !== undefined) return refuse("malformed", `user ${claims.subject}: ${fault}`);
    const untimely = timeRefusal(claims, login.nowSeconds) ?? accountTime(account, login.nowSeconds);
    if (untimely !== null) return untimely;
    const rights = rightsOf(claims, account);
    if (isRefusal(rights)) return rights;
    const refusal = asked(claims, rights, account, login);
    if (refusal !== null) return refusal;
    const { sources, times, timeZone } = rights;
    if (!comesFrom(sources, login.sourceIp)) {
      return refuse("source-address", `user ${claims.subject} may not come from ${quoted(login.sourceIp)}`);
    }
    const until = times.length === 0 ? 0 : openUntil(times, timeZone, login.nowSeconds);
    if (until === null) return refuse("time-of-day", `user ${claims.subject} is outside of his hours`);
    return loginOf(claims, rights, account, until);
  }

  /**
   * Somebody who is connected, and the newest claims of his account: null when he may stay. "revoked" is told
   * as `User Authentication Revoked`, "account-expired" as `Account Authentication Expired`, the others as
   * `Authorization Violation`.
   */
  review(login: UserLogin, account: AccountClaims, nowSeconds: number): Refusal | null {
    const expired = accountTime(account, nowSeconds);
    if (expired !== null) return expired;
    const { userKey, issuer } = login;
    if (!this.#mayIssue(account, issuer) || scopeMark(account, issuer) !== login.scope) {
      return refuse("untrusted", `the signing key of user ${userKey} is gone or has another scope`);
    }
    return revocation(login, account) ?? bearerRefusal(login, account);
  }

  #isPinned(account: string): boolean {
    return this.#pinned === null || this.#pinned.has(account);
  }

  #mayIssue(account: AccountClaims, issuer: string): boolean {
    if (account.signingKeys.has(issuer)) return true;
    return issuer === account.subject && !this.#strictKeys.has(account.issuer);
  }

  /** Why this user has nothing to do with this account, or the account nothing with us; null when they do. */
  #stranger(claims: UserClaims, account: AccountClaims): Refusal | null {
    const name = accountOf(claims);
    if (name !== account.subject) {
      return refuse("account-unknown", `user ${quoted(claims.subject)} is of account ${quoted(name)}`);
    }
    if (!this.#isPinned(name)) return refuse("not-pinned", `account ${name} is not a pinned account`);
    if (!this.#keys.has(account.issuer)) {
      return refuse("untrusted", `account ${name} is not signed by a trusted operator`);
    }
    if (this.#mayIssue(account, claims.issuer)) return null;
    const who = `user ${quoted(claims.subject)}`;
    return refuse("untrusted", `${who} is signed by a key that is none of account ${name}`);
  }
}

const accountOf = ({ issuer, issuerAccount }: UserClaims): string =>
  issuerAccount === "" ? issuer : issuerAccount;

/** An account ends with the second that it names, a user after it. */
function accountTime(account: AccountClaims, nowSeconds: number): Refusal | null {
  const { subject, expires, notBefore } = account;
  if (expires > 0 && expires <= nowSeconds)
    return refuse("account-expired", `account ${subject} has expired`);
  if (notBefore <= nowSeconds) return null;
  return refuse("account-not-yet-valid", `account ${subject} is not yet valid`);
}

/** His own, or those of his signing key's template. */
function rightsOf(claims: UserClaims, account: AccountClaims): UserRights | Refusal {
  const scope = account.signingKeys.get(claims.issuer) ?? null;
  if (scope === null) return claims.rights;
  if (areEmpty(claims.rights)) return filledIn(scope.template, claims, account);
  const why = "scoped users require no permissions or limits set";
  return refuse("scoped-permissions", `user ${claims.subject}: ${why}`);
}

/** Why this user may not come in this way, or null. */
function asked(
  claims: UserClaims,
  rights: UserRights,
  account: AccountClaims,
  login: LoginAttempt,
): Refusal | null {
  const who = `user ${claims.subject}`;
  const { users } = account.authorization;
  if (rights.proxyRequired) return refuse("proxy-required", `${who} must come through a proxy`);
  if (users.length > 0 && !users.includes(claims.subject)) {
    return refuse("callout-required", `${who} must be authorized by a service, which is not supported`);
  }
  const bearer = { userKey: claims.subject, bearer: rights.bearer };
  const forbidden = bearerRefusal(bearer, account);
  if (forbidden !== null) return forbidden;
  const types = rights.connectionTypes.map((type) => type.toUpperCase());
  if (types.length > 0 && !types.includes(login.connectionType)) {
    return refuse("connection-type", `${who} may not connect as ${login.connectionType}`);
  }
  if (!rights.bearer && !verifyNonce(claims.subject, login.nonce, login.signature)) {
    return refuse("bad-nonce-signature", `${who} did not sign the nonce`);
  }
  return revocation({ userKey: claims.subject, issuedAt: claims.issuedAt }, account);
}

function bearerRefusal(
  { userKey, bearer }: Pick<UserLogin, "userKey" | "bearer">,
  { limits }: AccountClaims,
): Refusal | null {
  if (!bearer || !limits.bearerForbidden) return null;
  return refuse("bearer-forbidden", `the account of user ${userKey} does not allow bearer tokens`);
}

function revocation(
  { userKey, issuedAt }: Pick<UserLogin, "userKey" | "issuedAt">,
  { revocations }: AccountClaims,
): Refusal | null {
  if (!isRevoked(revocations, userKey, issuedAt)) return null;
  return refuse("revoked", `user ${userKey} is revoked`);
}

function comesFrom(sources: readonly string[], sourceIp: string): boolean {
  if (sources.length === 0) return true;
  const ip = parseIp(sourceIp);
  if (ip === null) return false;
  for (const source of sources) {
    const block = parseBlock(source);
    if (block === null) return false; // A template may hold what is none.
    if (isInBlock(block, ip)) return true;
  }
  return false;
}

/** `until`: the end of his hours, in seconds; 0: none. */
function loginOf(claims: UserClaims, rights: UserRights, account: AccountClaims, until: number): UserLogin {
  const own = effective(rights.permissions);
  const permissions = own ?? effective(account.defaultPermissions);
  const ends = [claims.expires, until].filter((end) => end > 0);
  return {
    userKey: claims.subject,
    accountKey: account.subject,
    name: claims.name,
    publish: permissions?.publish ?? null,
    subscribe: permissions?.subscribe ?? null,
    allowResponses: permissions?.allowResponses ?? null,
    expiresAt: ends.length === 0 ? 0 : Math.min(...ends),
    limits: { subs: rights.subs, payload: rights.payload, data: rights.data },
    tags: claims.tags,
    issuer: claims.issuer,
    issuedAt: claims.issuedAt,
    bearer: rights.bearer,
    usesDefaults: own === null,
    scope: scopeMark(account, claims.issuer),
  };
}
