// Whether somebody who is connected would be let in again, and with the same rights, by another
// configuration.

import { isDeepStrictEqual } from "node:util";
import type { LeafAuthorization } from "../leaf/options.ts";
import type { AccountsOptions, UserOptions } from "./directory.ts";

/** gone: he would not be let in, or elsewhere. permissions: he may do other things. */
export type Change = "none" | "permissions" | "gone";

/** `user` is a name or a public key; "" for who came by the token, or where nobody must log in. */
export function changeOf(
  before: AccountsOptions,
  after: AccountsOptions,
  user: string,
  account: string,
): Change {
  // Of users with a JWT their accounts decide.
  if (after.operator != null) return before.operator != null ? "none" : "gone";
  if (!after.names.includes(account) && account !== after.systemAccount) return "gone";
  if (user === "") {
    return before.token === after.token && isOpen(before) === isOpen(after) ? "none" : "gone";
  }
  const [one, other] = [userOf(before, user), userOf(after, user)];
  if (isDeepStrictEqual(one, other)) return "none";
  const bare = (of: UserOptions | undefined) => of && { ...of, permissions: null };
  return isDeepStrictEqual(bare(one), bare(other)) ? "permissions" : "gone";
}

/** The same of a leaf, where leafs have users of their own. */
export function isUnchangedLeaf(
  before: LeafAuthorization | null,
  after: LeafAuthorization | null,
  user: string,
): boolean {
  const entry = (of: LeafAuthorization | null) => of?.users.find((each) => each.user === user) ?? null;
  const same = before?.nkey === after?.nkey && before?.account === after?.account;
  return same && isDeepStrictEqual(entry(before), entry(after));
}

export function userOf({ users }: AccountsOptions, name: string): UserOptions | undefined {
  return users.find(({ user, nkey }) => user === name || nkey === name);
}

function isOpen({ users, token }: AccountsOptions): boolean {
  return users.length === 0 && token === null;
}
