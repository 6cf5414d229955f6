// The accounts and users of a configuration in one shape, whichever block they were written in.

import type { ConnectionType } from "../auth/user-login.ts";
import type { Path, Places } from "./places.ts";
import type { Settings } from "./schema.ts";
import type { PermissionsSettings } from "./schema-permissions.ts";

/** The account of users that are given none, and of everybody when there are no users. nats-server's name. */
export const GLOBAL_ACCOUNT = "$G";

/** The system account exists in every server, configured or not. nats-server's name. */
export const SYSTEM_ACCOUNT = "$SYS";

/** A user as written: name or password may be lacking, and `path` says where it stands. */
export interface WrittenUser {
  readonly account: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly nkey: string | undefined;
  readonly connectionTypes: readonly ConnectionType[];
  /** Its own, or the default ones of the block around it. */
  readonly permissions: PermissionsSettings | undefined;
  readonly path: Path;
}

/** Who may log in is decided by JWTs. */
export function isOperated(places: Places): boolean {
  return places.isGiven(["operator"]) || places.isGiven(["trusted_keys"]);
}

/** Names of the accounts in `accounts`, in the order of the file. */
export function writtenAccounts(settings: Settings): string[] {
  const { accounts } = settings;
  if (accounts === undefined) return [];
  return Array.isArray(accounts) ? [...accounts] : Object.keys(accounts);
}

/** Every account that there is, $G first; the system account once, wherever it is written. */
export function allAccounts(settings: Settings): string[] {
  return [...new Set([GLOBAL_ACCOUNT, ...writtenAccounts(settings), settings.system_account])];
}

/** Every user: first those of `authorization`, then those of each account. */
export function writtenUsers(settings: Settings): WrittenUser[] {
  const { authorization, accounts } = settings;
  const users: WrittenUser[] = [];
  if (authorization !== undefined) {
    const { user, password } = authorization;
    const isGiven = user !== undefined || password !== undefined;
    // nats-server gives the only user no permissions, not even the default ones.
    const rest = { account: GLOBAL_ACCOUNT, nkey: undefined, connectionTypes: [], permissions: undefined };
    if (isGiven) users.push({ ...rest, user, password, path: ["authorization"] });
    users.push(...usersOf(authorization, GLOBAL_ACCOUNT, ["authorization"]));
  }
  if (accounts === undefined || Array.isArray(accounts)) return users;
  for (const [account, block] of Object.entries(accounts)) {
    users.push(...usersOf(block, account, ["accounts", account]));
  }
  return users;
}

type UsersBlock = Pick<NonNullable<Settings["authorization"]>, "users" | "default_permissions">;

function usersOf(block: UsersBlock, account: string, path: Path): WrittenUser[] {
  return (block.users ?? []).map(({ user, password, nkey, permissions, ...rest }, at) => ({
    account,
    user,
    password,
    nkey,
    connectionTypes: rest.allowed_connection_types ?? [],
    permissions: permissions ?? block.default_permissions,
    path: [...path, "users", at],
  }));
}
