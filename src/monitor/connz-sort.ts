// The orders of /connz. As in nats-server only cid, start, uptime and reason ascend.

import type { Millis } from "../base/clock.ts";
import type { ClientSession } from "../client/session.ts";
import { LeafSession } from "../leaf/session.ts";
import { Count } from "../peer/counters.ts";

/** A connection to be listed; `stop` is null while it is open. */
export interface Listed {
  readonly session: ClientSession | LeafSession;
  readonly stop: Millis | null;
  readonly reason: string;
}

export function subscriptionCount(session: Listed["session"]): number {
  return session instanceof LeafSession ? session.rows.count : session.subscriptions.size;
}

type Figure = (entry: Listed, now: Millis) => number;

const counter =
  (index: number): Figure =>
  ({ session }) =>
    session.counters[index]!;

/** What is compared, and in which direction. */
const ORDERS = {
  cid: [1, ({ session }) => session.id],
  start: [1, ({ session }) => session.id],
  subs: [-1, ({ session }) => subscriptionCount(session)],
  pending: [-1, ({ session }) => session.egress.pendingBytes],
  msgs_to: [-1, counter(Count.OutMessages)],
  msgs_from: [-1, counter(Count.InMessages)],
  bytes_to: [-1, counter(Count.OutBytes)],
  bytes_from: [-1, counter(Count.InBytes)],
  last: [-1, ({ session }) => session.lastActivity],
  idle: [-1, ({ session }, now) => now - session.lastActivity],
  uptime: [1, ({ session, stop }, now) => (stop ?? now) - session.startedAt],
  stop: [-1, ({ stop }) => stop ?? 0],
  reason: [1, () => 0],
  rtt: [-1, ({ session }) => session.heartbeat.rttMillis],
} as const satisfies Record<string, readonly [1 | -1, Figure]>;

export type SortName = keyof typeof ORDERS;

export function isSortName(name: string): name is SortName {
  return Object.hasOwn(ORDERS, name);
}

/** A new array; equals stand by id. */
export function sorted(entries: readonly Listed[], name: SortName, now: Millis): Listed[] {
  const [direction, figure]: readonly [1 | -1, Figure] = ORDERS[name];
  const byText = name === "reason";
  return entries.toSorted((a, b) => {
    const order = byText ? compare(a.reason, b.reason) : direction * (figure(a, now) - figure(b, now));
    return order !== 0 ? order : a.session.id - b.session.id;
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
