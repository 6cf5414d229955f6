// /accstatz: connections, subscriptions and traffic of each account. Source: monitoring.md.

import { ClientSession } from "../client/session.ts";
import type { Core } from "../core/core.ts";
import { GatewayInbound } from "../gateway/inbound.ts";
import { GatewayOutbound } from "../gateway/outbound.ts";
import { LeafSession } from "../leaf/session.ts";
import { Count } from "../peer/counters.ts";
import { type Document, head } from "./document.ts";
import { linkedLeafs } from "./leafs.ts";
import { isPaged, type Listing, listingOptions, pageOf, WHOLE } from "./listing.ts";
import { allSessions } from "./past.ts";
import type { Query } from "./query.ts";
import type { MonitorSource } from "./source.ts";

export interface AccstatzOptions {
  /** Accounts without a connection too. */
  readonly unused: boolean;
  /** Absent: all. */
  readonly listing?: Listing<keyof typeof ORDERS>;
}

export function accstatzOptions(query: Query): AccstatzOptions {
  return { unused: query.flag("unused"), listing: listingOptions(query, ["name", "conns", "subs"]) };
}

export function accstatz(source: MonitorSource, { unused, listing = WHOLE }: AccstatzOptions): Document {
  const { core } = source;
  const connected = connectedByAccount(core);
  const traffic = trafficByAccount(core);
  const used = [...connected]
    .filter(([, { clients, leafs }]) => unused || clients + leafs > 0)
    .map(([id, counts]): Named => [core.accounts.text(id), id, counts]);
  const { items, total } = pageOf(used, listing, ORDERS, ([name]) => [name]);
  const account_statz = items.map(([name, id, { clients, leafs, subscriptions }]) => ({
    acc: name,
    name,
    conns: clients,
    leafnodes: leafs,
    total_conns: clients + leafs,
    num_subscriptions: subscriptions,
    ...trafficFields(traffic?.get(id)),
  }));
  return { ...head(source), account_statz, ...(items.length < total || isPaged(listing) ? { total } : {}) };
}

type Named = readonly [name: string, id: number, connected: Connected];

const ORDERS = {
  name: ([name]: Named) => name,
  conns: ([, , { clients, leafs }]: Named) => clients + leafs,
  subs: ([, , { subscriptions }]: Named) => subscriptions,
} as const;

interface Connected {
  clients: number;
  leafs: number;
  subscriptions: number;
}

/** Of our accounts, at this moment. */
function connectedByAccount(core: Core): ReadonlyMap<number, Connected> {
  const connected = new Map<number, Connected>();
  for (const id of core.directory.own) connected.set(id, { clients: 0, leafs: 0, subscriptions: 0 });
  for (const { account, subscriptions } of core.clients) {
    const own = connected.get(account);
    if (own === undefined) continue;
    own.clients++;
    own.subscriptions += subscriptions.size;
  }
  for (const { account, rows } of linkedLeafs(core)) {
    const own = connected.get(account);
    if (own === undefined) continue;
    own.leafs++;
    own.subscriptions += rows.count;
  }
  return connected;
}

interface Flow {
  msgs: number;
  bytes: number;
}

/** One direction; `all` is what clients, gateways and leafs sent or received together. */
interface Direction {
  readonly all: Flow;
  readonly gateways: Flow;
  readonly leafs: Flow;
}

interface Traffic {
  readonly sent: Direction;
  readonly received: Direction;
  slowConsumers: number;
}

/** Of our accounts; null when ended connections are forgotten. */
function trafficByAccount(core: Core): ReadonlyMap<number, Traffic> | null {
  const sessions = allSessions(core);
  if (sessions === null) return null;
  const traffic = new Map<number, Traffic>();
  for (const id of core.directory.own) traffic.set(id, newTraffic());
  for (const session of sessions) {
    if (session instanceof GatewayInbound) {
      for (const [id, { messages, bytes }] of session.accounts) {
        add(traffic.get(id)?.received, "gateways", messages, bytes);
      }
    } else if (session instanceof GatewayOutbound) {
      for (const [id, { messages, bytes }] of session.accounts) {
        add(traffic.get(id)?.sent, "gateways", messages, bytes);
      }
    } else if (session instanceof ClientSession || session instanceof LeafSession) {
      addLocal(traffic.get(session.account), session);
    }
  }
  return traffic;
}

function addLocal(traffic: Traffic | undefined, session: ClientSession | LeafSession): void {
  if (traffic === undefined) return;
  const { counters, closing, ended } = session;
  const kind = session instanceof LeafSession ? "leafs" : null;
  add(traffic.received, kind, counters[Count.InMessages]!, counters[Count.InBytes]!);
  add(traffic.sent, kind, counters[Count.OutMessages]!, counters[Count.OutBytes]!);
  if (ended && closing?.startsWith("Slow Consumer") === true) traffic.slowConsumers++;
}

function add(
  to: Direction | undefined,
  kind: "gateways" | "leafs" | null,
  msgs: number,
  bytes: number,
): void {
  if (to === undefined) return;
  for (const flow of kind === null ? [to.all] : [to.all, to[kind]]) {
    flow.msgs += msgs;
    flow.bytes += bytes;
  }
}

function newTraffic(): Traffic {
  const flow = (): Flow => ({ msgs: 0, bytes: 0 });
  const direction = (): Direction => ({ all: flow(), gateways: flow(), leafs: flow() });
  return { sent: direction(), received: direction(), slowConsumers: 0 };
}

function trafficFields(traffic: Traffic | undefined): Document {
  if (traffic === undefined) return {};
  const { sent, received, slowConsumers } = traffic;
  return { sent: flows(sent), received: flows(received), slow_consumers: slowConsumers };
}

/** There are no routes. */
function flows({ all, gateways, leafs }: Direction): Document {
  return { ...all, gateways, routes: { msgs: 0, bytes: 0 }, leafs };
}
