// What must be true of operator mode as a whole: who is trusted, that his accounts are known, and that
// nothing else says who may log in. Source: nats-server 2.15, validateTrustedOperators.

import { type OperatorClaims, readClaims } from "../auth/claims.ts";
import { isPublicKey } from "../auth/nkey.ts";
import { isRefusal } from "../auth/refusal.ts";
import { areEmpty } from "../auth/rights.ts";
import { operatorOf, operatorOfKey, Trust } from "../auth/trust.ts";
import type { CallerTlsConfiguration, DirectoryConfiguration, OperatorConfiguration } from "./config.ts";
import { type Resolver, urlOf } from "./kinds-operator.ts";
import type { FileText } from "./nats-conf-session.ts";
import type { Path, Places } from "./places.ts";
import { directoryOf } from "./rules-resolver.ts";
import type { Settings } from "./schema.ts";
import { isOperated, SYSTEM_ACCOUNT } from "./users.ts";

const RESOLVER_KEYS = [
  ...["resolver", "resolver_preload", "resolver_pinned_accounts", "resolver_tls", "default_sentinel"],
];

/** What a JWT begins with: everything else is the name of a file. */
const JWT_PREFIX = "eyJ";

/** Adds findings, and answers what operator mode is made of; null without it, or when it is not right. */
export function checkOperator(
  settings: Settings,
  places: Places,
  readFile: (file: string) => FileText,
): OperatorConfiguration | null {
  if (settings.operator === undefined && settings.trusted_keys === undefined) {
    checkIdle(places);
    return null;
  }
  checkOnlyWay(settings, places);
  const operators = trustedOperators(settings, places, readFile);
  const [first] = operators;
  if (first === undefined) return null;
  const resolver = resolverOf(settings, first, places);
  const systemAccount = systemAccountOf(settings, operators, places);
  const pinnedAccounts = settings.resolver_pinned_accounts ?? null;
  const trust = { operators, systemAccount, pinnedAccounts };
  const preload = readPreload(settings, new Trust(trust), places);
  if (resolver === null) return null;
  if (resolver.is === "url" && preload.size > 0) {
    places.onKey(["resolver_preload"], "not together with a URL, where accounts are asked for");
  }
  const { url: resolverUrl, directory } = whereOf(resolver);
  const knows = knownBy(resolver, settings);
  if (systemAccount !== null && !knows(systemAccount)) {
    places.onKey(["resolver_preload"], `lacks the system account ${systemAccount}`);
  }
  checkLeafs(settings, knows, places);
  const sentinel = sentinelOf(settings, places);
  const resolverTls = tlsOf(settings, resolverUrl, places);
  return { trust, preload: [...preload.values()], resolverUrl, resolverTls, directory, sentinel };
}

/** Whoever comes without a JWT has no seed to sign with either. */
function sentinelOf({ default_sentinel: jwt }: Settings, places: Places): string | null {
  if (jwt === undefined) return null;
  const read = readClaims(jwt, "user");
  if (isRefusal(read)) {
    places.onValue(["default_sentinel"], `not the JWT of a user: ${read.text}`);
    return null;
  }
  const { rights, issuerAccount } = read.claims;
  // One of a scoped signing key may be a bearer by what its account says.
  if (!rights.bearer && (issuerAccount === "" || !areEmpty(rights))) {
    places.onValue(["default_sentinel"], "the user must be a bearer, since whoever comes has no seed");
  }
  return jwt;
}

function tlsOf(
  { resolver_tls: tls }: Settings,
  url: string | null,
  places: Places,
): CallerTlsConfiguration | null {
  if (tls === undefined) return null;
  if (url === null || !/^https:/i.test(url)) {
    places.onKey(["resolver_tls"], "without effect: the resolver is at no https URL", "warning");
  }
  const { cert_file: certFile = null, key_file: keyFile = null, ca_file: caFile = null, insecure } = tls;
  if ((certFile === null) !== (keyFile === null)) {
    places.onKey(["resolver_tls"], "cert_file and key_file go together");
  }
  return { certFile, keyFile, caFile, insecure };
}

type Known = Resolver | { readonly is: "directory"; readonly directory: DirectoryConfiguration };

function whereOf(resolver: Known): { url: string | null; directory: DirectoryConfiguration | null } {
  const url = resolver.is === "url" ? resolver.url : null;
  return { url, directory: resolver.is === "directory" ? resolver.directory : null };
}

function checkIdle(places: Places): void {
  for (const key of RESOLVER_KEYS) {
    if (places.isGiven([key]) && !isOperated(places)) {
      places.onKey([key], "without effect: there is no operator", "warning");
    }
  }
}

/** Accounts and users come by JWT, or are configured. */
function checkOnlyWay(settings: Settings, places: Places): void {
  const { accounts, authorization, websocket, leafnodes } = settings;
  const refuse = (path: Path, isGiven: boolean): void => {
    if (isGiven) places.onKey(path, "not together with operator, whose accounts say who may log in");
  };
  refuse(["accounts"], accounts !== undefined);
  for (const key of ["user", "password", "token", "users"] as const) {
    refuse(["authorization", key], authorization?.[key] !== undefined);
  }
  refuse(["no_auth_user"], settings.no_auth_user !== undefined);
  refuse(["websocket", "no_auth_user"], websocket?.no_auth_user !== undefined);
  for (const key of ["user", "password", "nkey", "users", "account"] as const) {
    refuse(["leafnodes", "authorization", key], leafnodes?.authorization?.[key] !== undefined);
  }
}

/** Those with JWTs, or those of whom there are only keys. */
function trustedOperators(
  { operator, trusted_keys: keys = [] }: Settings,
  places: Places,
  readFile: (file: string) => FileText,
): OperatorClaims[] {
  if (operator === undefined) return (typeof keys === "string" ? [keys] : keys).map(operatorOfKey);
  if (places.isGiven(["trusted_keys"])) places.onKey(["trusted_keys"], "not together with operator");
  return readOperators(operator, places, readFile);
}

function readOperators(
  written: string | readonly string[],
  places: Places,
  readFile: (file: string) => FileText,
): OperatorClaims[] {
  const isList = typeof written !== "string";
  const claims: OperatorClaims[] = [];
  for (const [at, value] of (isList ? written : [written]).entries()) {
    const path: Path = isList ? ["operator", at] : ["operator"];
    const isInline = value.startsWith(JWT_PREFIX);
    const read = isInline ? { text: value } : readFile(value);
    if ("problem" in read) {
      places.onValue(path, `${value}: ${read.problem}`);
      continue;
    }
    const operator = operatorOf(read.text);
    if (isRefusal(operator)) places.onValue(path, `not the JWT of an operator: ${operator.text}`);
    else claims.push(operator);
  }
  if (claims.length === 0 && isList && written.length === 0 && places.isMissing(["operator", 0])) {
    places.onValue(["operator"], "an empty list; write the file with the JWT of an operator");
  }
  return claims;
}

/** A resolver, or the directory of one; null when it is told what is wrong. */
function resolverOf(settings: Settings, first: OperatorClaims, places: Places): Known | null {
  const { resolver } = settings;
  if (resolver !== undefined && "is" in resolver) return resolver;
  if (resolver !== undefined) {
    const directory = directoryOf(resolver, places);
    if (directory === undefined) return null;
    return directory === null ? { is: "memory" } : { is: "directory", directory };
  }
  if (places.isGiven(["resolver"])) return null;
  const url = urlOf(first.accountServerUrl);
  if (url !== null) return { is: "url", url: `${url}accounts/` };
  const path = places.isGiven(["operator"]) ? "operator" : "trusted_keys";
  places.onKey([path], "an operator needs a resolver; write resolver: MEMORY, and resolver_preload");
  return null;
}

function systemAccountOf(
  settings: Settings,
  operators: readonly OperatorClaims[],
  places: Places,
): string | null {
  const named = operators.map(({ systemAccount }) => systemAccount).filter((key) => key !== "");
  const { system_account: written } = settings;
  if (!places.isGiven(["system_account"]) || written === SYSTEM_ACCOUNT)
    return operators[0]!.systemAccount || null;
  if (!isPublicKey(written, "account")) {
    places.onValue(["system_account"], "with operator this is the public key of an account (A...)");
    return null;
  }
  if (named.length > 0 && !named.includes(written)) {
    places.onValue(
      ["system_account"],
      `not the one that the JWT of the operator names, which is ${named[0]}`,
    );
  }
  return written;
}

/** The JWTs that may be used, by public key. */
function readPreload(settings: Settings, trust: Trust, places: Places): Map<string, string> {
  const jwts = new Map<string, string>();
  for (const [key, jwt] of Object.entries(settings.resolver_preload ?? {})) {
    const path: Path = ["resolver_preload", key];
    if (!isPublicKey(key, "account")) {
      places.onKey(path, "not the public key of an account: 56 letters and digits that begin with A");
      continue;
    }
    const claims = trust.signedAccount(jwt);
    if (isRefusal(claims)) places.onValue(path, `not the JWT of an account: ${claims.text}`);
    else if (claims.subject !== key) places.onValue(path, `the JWT is that of ${claims.subject}`);
    else jwts.set(key, jwt);
  }
  return jwts;
}

type Knows = (account: string) => boolean;

/** Only a resolver in memory has all that there is in the configuration. */
function knownBy(resolver: Known, { resolver_preload: preload = {} }: Settings): Knows {
  return (account) => resolver.is !== "memory" || Object.hasOwn(preload, account);
}

function checkLeafs({ leafnodes }: Settings, knows: Knows, places: Places): void {
  for (const [at, { account }] of (leafnodes?.remotes ?? []).entries()) {
    const path: Path = ["leafnodes", "remotes", at, "account"];
    if (account === undefined) {
      if (places.isMissing(path)) {
        places.onValue(
          path,
          "with operator a remote needs the public key of its account; write account: A...",
        );
      }
    } else if (!isPublicKey(account, "account")) {
      places.onValue(path, "with operator this is the public key of an account (A...)");
    } else if (!knows(account))
      places.onValue(path, "there is no such account; write it in resolver_preload");
  }
}
