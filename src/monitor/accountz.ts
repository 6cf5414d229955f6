// /accountz: which accounts there are, and the basics of one. Source: monitoring.md.

import { accountFields, nameTag } from "./account-jwt.ts";
import { type Document, head } from "./document.ts";
import { isPaged, type Listing, listingOptions, pageOf, WHOLE } from "./listing.ts";
import { type Query, QueryError } from "./query.ts";
import type { MonitorSource } from "./source.ts";
import { countSubscriptions } from "./subsz.ts";

export interface AccountzOptions {
  /** "": the list of all. */
  readonly account: string;
  /** Absent: all. */
  readonly listing?: Listing<"name">;
}

export function accountzOptions(query: Query): AccountzOptions {
  return { account: query.text("acc"), listing: listingOptions(query, ["name"]) };
}

export function accountz(source: MonitorSource, { account, listing = WHOLE }: AccountzOptions): Document {
  const { core } = source;
  const system = core.accounts.text(core.directory.system);
  const fields = { ...head(source), system_account: system };
  if (account === "") {
    const names = [...core.directory.own].map((id) => core.accounts.text(id));
    const { items, total } = pageOf(names, listing, { name: (name) => name }, (name) => [name]);
    return { ...fields, accounts: items, ...(items.length < total || isPaged(listing) ? { total } : {}) };
  }
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
