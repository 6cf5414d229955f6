// What must be true of accounts and users as a whole, beyond each value's own kind.

import type { Path, Places } from "./places.ts";
import type { Settings } from "./schema.ts";
import { GLOBAL_ACCOUNT, type WrittenUser, writtenAccounts, writtenUsers } from "./users.ts";

/** The system account exists in every server, configured or not. */
const DEFAULT_SYSTEM_ACCOUNT = "$SYS";

export function checkAccounts(settings: Settings, places: Places): void {
  const users = writtenUsers(settings);
  checkNames(settings, places);
  checkComplete(users, places);
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
  if (system === DEFAULT_SYSTEM_ACCOUNT || seen.has(system)) return;
  places.onValue(["system_account"], `there is no account ${system}; write it in accounts`);
}

function checkComplete(users: readonly WrittenUser[], places: Places): void {
  for (const { user, password, path } of users) {
    if (user === undefined && places.isMissing([...path, "user"])) {
      places.onValue([...path, "user"], "a password without a user; write user: NAME");
    }
    if (password === undefined && places.isMissing([...path, "password"])) {
      places.onValue([...path, "password"], 'a user without a password; write password: "..."');
    }
  }
}

/** A client says only its name, so the name must lead to one account. */
function checkUnique(users: readonly WrittenUser[], places: Places): void {
  const before = new Map<string, WrittenUser>();
  for (const entry of users) {
    if (entry.user === undefined) continue;
    const first = before.get(entry.user);
    if (first === undefined) before.set(entry.user, entry);
    else
      places.onValue(
        [...entry.path, "user"],
        `the user ${entry.user} is in account ${first.account} already`,
      );
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
