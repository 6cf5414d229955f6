// Whether somebody who is connected would be let in again, with the same rights: who would not be is cut when
// the configuration changes.

import { isDeepStrictEqual } from "node:util";
import { LeafAccepted } from "../leaf/accepted.ts";
import type { LeafAuthorization } from "../leaf/options.ts";
import type { Core } from "./core.ts";
import type { AccountsOptions, UserOptions } from "./directory.ts";
import type { CoreOptions } from "./options.ts";

/** Cuts who would not be let in by the options that the core has now. */
export function cutOthers(core: Core, before: CoreOptions): void {
  const { accounts, leaf } = core.options;
  const stays = ({ user, account }: { user: string; account: number }): boolean =>
    account === 0 || isUnchanged(before.accounts, accounts, user, core.accounts.text(account));
  for (const client of core.clients) {
    if (!stays(client)) client.close("Authentication Failure", "Authorization Violation");
  }
  for (const link of core.leafs?.all ?? []) {
    if (link instanceof LeafAccepted && leaf?.listen?.authorization === null && !stays(link)) {
      link.close("Authentication Failure", "Authorization Violation");
    } else if (!core.hasAccount(link.account) && link.account !== 0) link.close("Configuration Changed");
  }
}

/** `user` is a name or a public key; "" for who came by the token, or where nobody must log in. */
function isUnchanged(
  before: AccountsOptions,
  after: AccountsOptions,
  user: string,
  account: string,
): boolean {
  // Of users with a JWT their accounts decide.
  if (after.operator != null) return before.operator != null;
  if (!after.names.includes(account) && account !== after.systemAccount) return false;
  if (user === "") return before.token === after.token && isOpen(before) === isOpen(after);
  return isDeepStrictEqual(userOf(before, user), userOf(after, user));
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

function userOf({ users }: AccountsOptions, name: string): UserOptions | undefined {
  return users.find(({ user, nkey }) => user === name || nkey === name);
}

function isOpen({ users, token }: AccountsOptions): boolean {
  return users.length === 0 && token === null;
}
