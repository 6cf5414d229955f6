// What nats-servers and tools ask a full NATS resolver over the system account, and what they are answered:
// text in, text out. Source: client-and-auth.md §4.1, nats-server 2.15.

import { accountFaults } from "./account-rules.ts";
import { JWT_CHARACTERS_MAX } from "./bounds.ts";
import { fieldsOf } from "./claim-reader.ts";
import { type AccountClaims, readClaims, readGeneric, timeRefusal } from "./claims.ts";
import { isSigned, unsigned } from "./jwt.ts";
import { isPublicKey } from "./nkey.ts";
import { isRefusal, type Refusal, refuse } from "./refusal.ts";
import type { ResolverStore } from "./resolver-store.ts";
import type { Trust } from "./trust.ts";

/** What a resolver subscribes to in the system account. */
export const RESOLVER_SUBJECTS = [
  "$SYS.REQ.CLAIMS.UPDATE",
  "$SYS.REQ.CLAIMS.LIST",
  "$SYS.REQ.CLAIMS.DELETE",
  "$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP",
  "$SYS.ACCOUNT.*.CLAIMS.UPDATE",
  "$SYS.REQ.ACCOUNT.*.CLAIMS.UPDATE",
] as const;

/** The same, but of all resolvers only one answers: it is subscribed to in this queue group. */
export const RESOLVER_PACK = { subject: "$SYS.REQ.CLAIMS.PACK", queue: "responder" } as const;

export type ResolverRequest =
  | { readonly ask: "update" /** null: whichever the JWT is for. */; readonly account: string | null }
  | { readonly ask: "list" }
  | { readonly ask: "delete" }
  | { readonly ask: "pack" }
  | { readonly ask: "lookup"; readonly account: string };

/** What is asked by a message on this subject; null when it is nothing of ours. */
export function resolverRequest(subject: string): ResolverRequest | null {
  switch (subject) {
    case "$SYS.REQ.CLAIMS.UPDATE":
      return { ask: "update", account: null };
    case "$SYS.REQ.CLAIMS.LIST":
      return { ask: "list" };
    case "$SYS.REQ.CLAIMS.DELETE":
      return { ask: "delete" };
    case RESOLVER_PACK.subject:
      return { ask: "pack" };
  }
  const [, account, what] =
    /^\$SYS\.(?:REQ\.)?ACCOUNT\.([^.]+)\.CLAIMS\.(UPDATE|LOOKUP)$/.exec(subject) ?? [];
  if (account === undefined) return null;
  if (what === "UPDATE") return { ask: "update", account };
  return subject.startsWith("$SYS.REQ.") ? { ask: "lookup", account } : null;
}

export interface ResolverHost {
  readonly trust: Trust;
  readonly store: ResolverStore;
  /** Takes only what is newer of accounts that it knows, and answers nobody who looks for an account. */
  readonly isCache?: boolean;
  /** Nobody may delete accounts unless the configuration says so. */
  readonly allowDelete: boolean;
  /** What is wrong with claims beyond what they say themselves, such as mappings that cannot be compiled. */
  readonly faultOf?: (claims: AccountClaims) => string | null;
  /** Who answers, as system events say it. */
  server(): Readonly<Record<string, unknown>>;
}

export interface ResolverAnswer {
  /** What is sent to the reply subject, in order, when there is one. "" is an empty message. */
  readonly replies: readonly string[];
  /** Accounts whose claims are new in the store. */
  readonly changed: readonly string[];
  /** Accounts that are in the store no more. */
  readonly deleted: readonly string[];
  /** For the log, when something was refused. */
  readonly refusal: Refusal | null;
}

const NOTHING_CHANGED = { changed: [], deleted: [], refusal: null } as const;

/** Does what is asked and says what is answered. `payload` comes without headers. */
export function answer(
  request: ResolverRequest,
  payload: Uint8Array,
  host: ResolverHost,
  nowSeconds: number,
): ResolverAnswer {
  // JWTs are ASCII: what is not is refused as such. One character too many is enough to be too long.
  const text = Buffer.from(payload.subarray(0, JWT_CHARACTERS_MAX + 1)).toString("latin1");
  switch (request.ask) {
    case "update":
      return update(request.account, text, host);
    case "delete":
      return remove(text, host, nowSeconds);
    case "lookup":
      return { replies: [host.store.jwt(request.account) ?? ""], ...NOTHING_CHANGED };
    case "list":
      return { replies: [list(host, nowSeconds)], ...NOTHING_CHANGED };
    case "pack":
      return { replies: pack(payload, host.store, nowSeconds), ...NOTHING_CHANGED };
  }
}

function list(host: ResolverHost, nowSeconds: number): string {
  return JSON.stringify({ data: host.store.accounts(nowSeconds), server: host.server() });
}

/** One message an account and an empty one at the end; the end alone when both have the same. */
function pack(theirs: Uint8Array, store: ResolverStore, nowSeconds: number): string[] {
  if (Buffer.compare(theirs, store.digest) === 0) return [""];
  return [...store.accounts(nowSeconds).map((account) => `${account}|${store.jwt(account)}`), ""];
}

/** As nats-server says it, and as a resolver of type cache says it there. */
const WORDS = {
  notUpdated: "jwt update resulted in error",
  notValid: "jwt validation failed",
  updated: "jwt updated",
};
const CACHE_WORDS: typeof WORDS = {
  notUpdated: "jwt update cache resulted in error",
  notValid: "jwt update cache validation failed",
  updated: "jwt updated cache",
};
const SKIPPED = "jwt update cache skipped";

function update(wanted: string | null, jwt: string, host: ResolverHost): ResolverAnswer {
  const { trust, store, isCache = false } = host;
  const { notUpdated, notValid, updated } = isCache ? CACHE_WORDS : WORDS;
  const read = readClaims(jwt, "account");
  if (isRefusal(read)) return failed(host, "n/a", notUpdated, read);
  const { claims } = read;
  const distrust = trust.distrust(read);
  if (distrust !== null) {
    const isKey = distrust.code === "untrusted" && isPublicKey(claims.subject, "account");
    return failed(host, isKey ? claims.subject : "n/a", notUpdated, distrust);
  }
  if (isCache && store.jwt(claims.subject) === null) {
    return { replies: [success(host, claims.subject, SKIPPED)], ...NOTHING_CHANGED };
  }
  const faults = accountFaults(claims);
  const fault = faults.length > 0 ? `validation errors: [${faults.join(" ")}]` : host.faultOf?.(claims);
  if (fault != null) return failed(host, claims.subject, notValid, refuse("malformed", fault));
  const account = wanted ?? claims.subject;
  const deny = (refusal: Refusal): ResolverAnswer => failed(host, account, notUpdated, refusal);
  if (claims.subject !== account) {
    return deny(refuse("wrong-subject", "subject does not match jwt content"));
  }
  const stored = store.put(jwt, claims);
  if (stored === "full") return deny(refuse("too-large", "jwt store is full"));
  if (stored === "older") return deny(refuse("expired", "a newer jwt is known"));
  if (stored === "unkept") return deny(refuse("too-large", "the jwt cannot be written"));
  const changed = stored === "same" ? [] : [account];
  return { replies: [success(host, account, updated)], changed, deleted: [], refusal: null };
}

/**
 * Takes over what another resolver sent of its store in answer to a request for a pack: lines of an account
 * and its JWT. What is wrong or older is left out. Answers whose claims are new.
 */
export function merge(payload: string, { trust, store }: Pick<ResolverHost, "trust" | "store">): string[] {
  const changed: string[] = [];
  for (const line of payload.split("\n")) {
    const [account = "", jwt = ""] = line.split("|", 2);
    if (account === "" || store.jwt(account) === jwt) continue;
    const claims = trust.signedAccount(jwt);
    if (isRefusal(claims) || claims.subject !== account) continue;
    const stored = store.put(jwt, claims);
    if (stored === "added" || stored === "changed") changed.push(account);
  }
  return changed;
}

function remove(text: string, host: ResolverHost, nowSeconds: number): ResolverAnswer {
  const { store } = host;
  const asked = deletion(text, host, nowSeconds);
  if (isRefusal(asked)) {
    const by = `delete accounts request by ${asked.by} failed`;
    return failed(host, "", by, refuse(asked.code, asked.text));
  }
  const deleted = asked.accounts.filter((account) => store.delete(account));
  const message = `deleted ${asked.accounts.length} accounts`;
  return { replies: [success(host, "", message)], changed: [], deleted, refusal: null };
}

/** The accounts that an operator wants deleted; or why not, and by whom it was asked. */
function deletion(
  text: string,
  { trust, allowDelete }: ResolverHost,
  nowSeconds: number,
): { readonly accounts: readonly string[] } | (Refusal & { readonly by: string }) {
  const read = readGeneric(text);
  if (isRefusal(read)) return { ...read, by: "" };
  const { jwt, head } = read;
  if (!isSigned(jwt)) return { ...unsigned(jwt), by: "" };
  const deny = (why: string, code: Refusal["code"] = "untrusted"): Refusal & { by: string } => ({
    ...refuse(code, why),
    by: head.subject,
  });
  if (!allowDelete) return deny("delete must be enabled in server config");
  if (head.subject !== head.issuer) return deny("not self signed");
  if (!trust.signsAccounts(head.issuer)) return deny("not trusted");
  const untimely = timeRefusal(head, nowSeconds);
  if (untimely !== null) return { ...untimely, by: head.subject };
  const accounts = fieldsOf(jwt.fields.get("nats"))?.get("accounts");
  if (!Array.isArray(accounts)) return deny("malformed request", "malformed");
  for (const account of accounts) {
    if (typeof account !== "string" || !isPublicKey(account, "account")) {
      return deny("malformed request", "malformed");
    }
    if (account === trust.systemAccount) return deny("not allowed to delete system account");
  }
  return { accounts };
}

function success(host: ResolverHost, account: string, message: string): string {
  const data = { ...(account === "" ? {} : { account }), code: 200, message };
  return JSON.stringify({ server: host.server(), data });
}

function failed(host: ResolverHost, account: string, message: string, refusal: Refusal): ResolverAnswer {
  const about = account === "" ? {} : { account };
  const error = { ...about, code: 500, description: `${message} - ${refusal.text}` };
  const replies = [JSON.stringify({ server: host.server(), error })];
  return { replies, changed: [], deleted: [], refusal };
}
