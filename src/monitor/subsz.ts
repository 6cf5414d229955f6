// /subsz: the subscriptions of clients. Those of leaf nodes are counted and not listed, as in nats-server;
// interest of remote clusters is not among them (gateway.md §9.2).

import { bytesOf } from "../base/bytes.ts";
import type { Subscription } from "../client/subscriptions.ts";
import type { Core } from "../core/core.ts";
import { matches } from "../subject/match.ts";
import { isPublishable } from "../subject/subject.ts";
import { type Document, head, page } from "./document.ts";
import { linkedLeafs } from "./leafs.ts";
import { type Query, QueryError } from "./query.ts";
import type { MonitorSource } from "./source.ts";
import { subscriptionDetail } from "./subscription.ts";

export interface SubszOptions {
  readonly subs: boolean;
  readonly offset: number;
  readonly limit: number;
  /** "": all accounts. */
  readonly account: string;
  /** A literal subject; only subscriptions that would get it are listed. "": all. */
  readonly test: string;
}

export function subszOptions(query: Query): SubszOptions {
  const options = {
    subs: query.flag("subs"),
    offset: query.int("offset"),
    limit: query.int("limit"),
    account: query.text("acc"),
    test: query.text("test"),
  };
  const bytes = bytesOf(options.test);
  if (options.test !== "" && !isPublishable(bytes, 0, bytes.length)) {
    throw new QueryError(`invalid test subject, must be valid publish subject: ${options.test}`);
  }
  return options;
}

export function subsz(source: MonitorSource, options: SubszOptions): Document {
  const { core } = source;
  const { offset, limit } = page(options.offset, options.limit);
  const fields = {
    ...head(source),
    num_subscriptions: countSubscriptions(core, options.account),
    total: 0,
    offset,
    limit,
  };
  if (!options.subs) return fields;
  const list: Document[] = [];
  const test = options.test === "" ? null : bytesOf(options.test);
  let total = 0;
  for (const subscription of subscriptionsOf(core, options.account)) {
    if (test !== null && !delivers(subscription, test)) continue;
    if (total >= offset && list.length < limit) list.push(accountDetail(core, subscription));
    total++;
  }
  return { ...fields, total, ...(list.length === 0 ? {} : { subscriptions_list: list }) };
}

/** Of clients and leafs; in all accounts with "". */
export function countSubscriptions(core: Core, account: string): number {
  const id = core.accounts.idOf(account);
  let count = 0;
  for (const client of core.clients) {
    if (account === "" || (id !== 0 && client.account === id)) count += client.subscriptions.size;
  }
  for (const leaf of linkedLeafs(core)) if (account === "" || leaf.account === id) count += leaf.rows.count;
  return count;
}

function* subscriptionsOf(core: Core, account: string): Generator<Subscription> {
  const id = core.accounts.idOf(account);
  for (const client of core.clients) {
    if (account === "" || (id !== 0 && client.account === id)) yield* client.subscriptions.values();
  }
}

function delivers({ subject }: Subscription, test: Uint8Array): boolean {
  return matches(subject, 0, subject.length, test, 0, test.length);
}

function accountDetail(core: Core, subscription: Subscription): Document {
  const account = core.accountName(subscription.session.account);
  return { account, account_tag: account, ...subscriptionDetail(core, subscription) };
}
