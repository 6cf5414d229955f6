// What must be true of accounts and users as a whole, beyond each value's own kind.

import type { Path, Places } from "./places.ts";
import type { Settings } from "./schema.ts";
import {
  GLOBAL_ACCOUNT,
  isOperated,
  SYSTEM_ACCOUNT,
  type WrittenUser,
  writtenAccounts,
  writtenUsers,
} from "./users.ts";

export function checkAccounts(settings: Settings, places: Places): void {
  if (isOperated(places)) return;
  const users = writtenUsers(settings);
  checkNames(settings, places);
  checkComplete(users, mapsCertificates(settings), places);
  checkUnique(users, places);
  checkOneWay(settings, places);
  checkNoAuthUser(settings, users, places);
}

function checkNames(settings: Settings, places: Places): void {
  const names = writtenAccounts(settings);
  const isList = Array.isArray(settings.accounts);
  const seen = new Set<string>();
  for (const [at, name] of names.entries()) {
    const path: Path = ["accounts", isList ? at : name];
    if (name === GLOBAL_ACCOUNT) {
      places.onKey(path, `${GLOBAL_ACCOUNT} is reserved; its users stand in authorization.users`);
    } else if (seen.has(name)) places.onKey(path, `the account ${name} is listed twice`);
    seen.add(name);
  }
  const system = settings.system_account;
  if (system === SYSTEM_ACCOUNT || seen.has(system)) return;
  places.onValue(["system_account"], `there is no account ${system}; write it in accounts`);
}

/** A certificate may stand for a user, who then needs no password. */
function mapsCertificates({ tls, leafnodes }: Settings): boolean {
  return tls?.verify_and_map === true || leafnodes?.tls?.verify_and_map === true;
}

function checkComplete(users: readonly WrittenUser[], isMapped: boolean, places: Places): void {
  for (const { user, password, nkey, path } of users) {
    if (nkey !== undefined) {
      const key = user !== undefined ? "user" : password !== undefined ? "password" : null;
      if (key !== null)
        places.onKey([...path, key], "not together with nkey, which is all that such a user has");
      continue;
    }
    if (places.isGiven([...path, "nkey"])) continue;
    if (user === undefined && password === undefined && places.isMissing([...path, "user"])) {
      places.onValue(path, 'an entry without a user; write user: NAME and password: "...", or nkey: U...');
    } else if (user === undefined && places.isMissing([...path, "user"])) {
      places.onValue([...path, "user"], "a password without a user; write user: NAME");
    } else if (password === undefined && !isMapped && places.isMissing([...path, "password"])) {
      places.onValue([...path, "password"], 'a user without a password; write password: "..."');
    }
  }
}

/** A client says only its name or key, so that must lead to one account. */
function checkUnique(users: readonly WrittenUser[], places: Places): void {
  const before = new Map<string, WrittenUser>();
  for (const entry of users) {
    const key = entry.nkey === undefined ? "user" : "nkey";
    const who = entry[key];
    if (who === undefined) continue;
    const first = before.get(`${key} ${who}`);
    if (first === undefined) before.set(`${key} ${who}`, entry);
    else places.onValue([...entry.path, key], `the ${key} ${who} is in account ${first.account} already`);
  }
}

/** nats-server knows three ways to say who may connect and takes one of them at a time. */
function checkOneWay(settings: Settings, places: Places): void {
  const { authorization } = settings;
  if (authorization === undefined) return;
  const hasUser = authorization.user !== undefined || authorization.password !== undefined;
  const hasToken = authorization.token !== undefined;
  const inAccounts = writtenUsers(settings).some((user) => user.path[0] === "accounts");
  if (hasUser && hasToken) places.onKey(["authorization", "token"], "not together with user and password");
  const single = hasUser ? "user and password" : hasToken ? "a token" : null;
  if (single === null) return;
  if (authorization.users !== undefined)
    places.onKey(["authorization", "users"], `not together with ${single}`);
  if (inAccounts) {
    const message = `not together with users in accounts; move it to a list of users`;
    places.onKey(["authorization", hasUser ? "user" : "token"], message);
  }
}

function checkNoAuthUser(settings: Settings, users: readonly WrittenUser[], places: Places): void {
  const name = settings.no_auth_user;
  if (name === undefined || users.some((entry) => entry.user === name)) return;
  places.onValue(["no_auth_user"], `there is no user ${name}; write it in accounts or authorization.users`);
}

/** Says so when `account` is written and there is none of that name. null: that is looked at elsewhere. */
export function checkAccount(
  account: string | undefined,
  path: Path,
  accounts: ReadonlySet<string> | null,
  places: Places,
): void {
  if (account === undefined || accounts === null || accounts.has(account)) return;
  places.onValue(path, `there is no account ${account}; write it in accounts`);
}
