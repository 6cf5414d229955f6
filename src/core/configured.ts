// Users of configured accounts: the bounds of their accounts when they come, and what becomes of them when
// the configuration changes.

import { isDeepStrictEqual } from "node:util";
import { type AccountBounds, type LoginAnswer, NO_BOUNDS } from "../auth/login.ts";
import type { EffectivePermissions } from "../auth/rights.ts";
import type { ClientSession } from "../client/session.ts";
import { LeafAccepted } from "../leaf/accepted.ts";
import type { Core } from "./core.ts";
import type { AccountsOptions } from "./directory.ts";
import type { Member } from "./members.ts";
import type { CoreOptions } from "./options.ts";
import { type Change, changeOf, userOf } from "./unchanged.ts";

/** The same login with what its account allows. */
export function admitted(core: Core, login: LoginAnswer, from: Member): LoginAnswer {
  if (login === null || login === "waits") return login;
  const account = core.accounts.text(login.account);
  const limits = boundsOf(core.options.accounts, account);
  return { ...login, limits, isFull: !core.members.admit(from, account, limits) };
}

/** Cuts who would not be let in by the options that the core has now; the others get what they grant. */
export function reviewConfigured(core: Core, before: CoreOptions): void {
  const { accounts, leaf } = core.options;
  const change = ({ user, account }: ClientSession | LeafAccepted): Change =>
    account === 0 ? "none" : changeOf(before.accounts, accounts, user, core.accounts.text(account));
  for (const client of core.clients) {
    const what = change(client);
    if (what === "gone") client.close("Authentication Failure", "Authorization Violation");
    else if (what === "permissions") regrant(core, client);
  }
  for (const link of core.leafs?.all ?? []) {
    const isUser = link instanceof LeafAccepted && leaf?.listen?.authorization === null;
    if (isUser && change(link) !== "none") link.close("Authentication Failure", "Authorization Violation");
    else if (!core.hasAccount(link.account) && link.account !== 0) link.close("Configuration Changed");
  }
  if (core.operator === null) reviewBounds(core, before.accounts);
}

function regrant(core: Core, client: ClientSession): void {
  const { accounts } = core.options;
  const permissions = userOf(accounts, client.user)?.permissions;
  const granted: EffectivePermissions = {
    publish: permissions?.publish ?? null,
    subscribe: permissions?.subscribe ?? null,
    allowResponses: permissions?.responses ?? null,
  };
  client.regrant(boundsOf(accounts, core.accounts.text(client.account)), granted);
  core.stale(client.account);
}

function reviewBounds(core: Core, before: AccountsOptions): void {
  const { accounts } = core.options;
  for (const name of accounts.names) {
    const [old, bounds] = [boundsOf(before, name), boundsOf(accounts, name)];
    if (isDeepStrictEqual(old, bounds)) continue;
    core.members.review(
      name,
      bounds,
      () => true,
      (member) => member.regrant(bounds, null),
    );
  }
}

function boundsOf({ bounds }: AccountsOptions, account: string): AccountBounds {
  return bounds?.get(account) ?? NO_BOUNDS;
}
