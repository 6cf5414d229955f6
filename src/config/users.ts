// The accounts and users of a configuration in one shape, whichever block they were written in.

import type { Path } from "./places.ts";
import type { Settings } from "./schema.ts";

/** The account of users that are given none, and of everybody when there are no users. nats-server's name. */
export const GLOBAL_ACCOUNT = "$G";

/** A user as written: name or password may be lacking, and `path` says where it stands. */
export interface WrittenUser {
  readonly account: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly path: Path;
}

/** Names of the accounts in `accounts`, in the order of the file. */
export function writtenAccounts(settings: Settings): string[] {
  const { accounts } = settings;
  if (accounts === undefined) return [];
  return Array.isArray(accounts) ? [...accounts] : Object.keys(accounts);
}

/** Every user: first those of `authorization`, then those of each account. */
export function writtenUsers(settings: Settings): WrittenUser[] {
  const users: WrittenUser[] = [];
  const { authorization, accounts } = settings;
  if (authorization !== undefined) {
    const { user, password } = authorization;
    const isGiven = user !== undefined || password !== undefined;
    if (isGiven) users.push({ account: GLOBAL_ACCOUNT, user, password, path: ["authorization"] });
    for (const [at, entry] of (authorization.users ?? []).entries()) {
      const path = ["authorization", "users", at];
      users.push({ account: GLOBAL_ACCOUNT, user: entry.user, password: entry.password, path });
    }
  }
  if (accounts === undefined || Array.isArray(accounts)) return users;
  for (const [account, { users: entries }] of Object.entries(accounts)) {
    for (const [at, { user, password }] of (entries ?? []).entries()) {
      users.push({ account, user, password, path: ["accounts", account, "users", at] });
    }
  }
  return users;
}
