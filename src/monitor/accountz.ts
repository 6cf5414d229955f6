// /accountz: which accounts there are, and the basics of one. Source: monitoring.md.

import { accountFields, nameTag } from "./account-jwt.ts";
import { type Document, head } from "./document.ts";
import { type Query, QueryError } from "./query.ts";
import type { MonitorSource } from "./source.ts";
import { countSubscriptions } from "./subsz.ts";

export interface AccountzOptions {
  /** "": the list of all. */
  readonly account: string;
}

export function accountzOptions(query: Query): AccountzOptions {
  return { account: query.text("acc") };
}

export function accountz(source: MonitorSource, { account }: AccountzOptions): Document {
  const { core } = source;
  const system = core.accounts.text(core.directory.system);
  const fields = { ...head(source), system_account: system };
  if (account === "")
    return { ...fields, accounts: [...core.directory.own].map((id) => core.accounts.text(id)) };
  const id = core.accounts.idOf(account);
  if (!core.hasAccount(id)) throw new QueryError(`Account ${account} does not exist`);
  let clients = 0;
  for (const client of core.clients) if (client.account === id) clients++;
  const subscriptions = countSubscriptions(core, account);
  return {
    ...fields,
    account_detail: {
      account_name: account,
      ...(account === system ? { is_system: true } : {}),
      expired: false,
      complete: true,
      jetstream_enabled: false,
      leafnode_connections: core.leafsOf(id).length,
      client_connections: clients,
      subscriptions,
      name_tag: nameTag(core, account),
      ...accountFields(core, account),
      sublist_stats: { num_subscriptions: subscriptions },
    },
  };
}
