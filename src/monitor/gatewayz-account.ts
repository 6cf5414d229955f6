// Accounts of one gateway connection: the mode of their interest, and what it did to the traffic.

import type { Millis } from "../base/clock.ts";
import type { Core } from "../core/core.ts";
import type { GatewayInbound } from "../gateway/inbound.ts";
import type { InboundAccount } from "../gateway/inbound-account.ts";
import type { GatewayOutbound } from "../gateway/outbound.ts";
import type { OutboundAccount } from "../gateway/outbound-account.ts";
import { shownMode } from "../gateway/outbound-mode.ts";
import { Holder } from "../peer/kind.ts";
import { type Budget, type Document, omitEmpty } from "./document.ts";
import { timeText } from "./format.ts";
import type { Subs } from "./query.ts";
import { listFields } from "./subscription.ts";

/** By name; only the one called `only` unless that is "". */
export function outboundAccounts(
  core: Core,
  session: GatewayOutbound,
  only: string,
  subs: Subs,
  budget: Budget,
): Document[] {
  return chosen(core, session.accounts, only).map(([name, state]) => ({
    ...modeFields(core, name, state),
    ...omitEmpty({ num_subs: state.plainRows + state.queueRows, num_queue_subs: state.queueRows }),
    ...(subs === "none" ? {} : subjectLists(core, session, state, subs, budget)),
    suppressed: state.suppressed,
    ...refusedFields(state),
    ...omitEmpty({ refused_interest: state.refusedInterest }),
    ...traffic(state),
  }));
}

export function inboundAccounts(core: Core, session: GatewayInbound, only: string): Document[] {
  return chosen(core, session.accounts, only).map(([name, state]) => ({
    ...modeFields(core, name, state),
    unwanted: state.unwanted,
    ...refusedFields(state),
    ...traffic(state),
  }));
}

/** Messages that rules of ours kept from crossing: how many each, and which one did it last. */
function refusedFields({ refusals }: OutboundAccount | InboundAccount): Document {
  const { total, last } = refusals;
  const rules = total === 0 ? {} : { refused_by_rule: Object.fromEntries(refusals.byRule()) };
  return { ...omitEmpty({ refused: total, refused_by: last }), ...rules };
}

function chosen<T>(core: Core, accounts: ReadonlyMap<number, T>, only: string): [string, T][] {
  if (only !== "") {
    const state = accounts.get(core.accounts.idOf(only));
    return state === undefined ? [] : [[only, state]];
  }
  const named = [...accounts].map(([id, state]): [string, T] => [core.accounts.text(id), state]);
  return named.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** nats-server's fields; and `mode`, which tells apart what nats-server calls Optimistic. */
function modeFields(core: Core, name: string, state: OutboundAccount | InboundAccount): Document {
  return {
    name,
    interest_mode: shownMode(state.mode),
    ...omitEmpty({
      no_interest_count: state.muted.size,
      interest_only_threshold: core.options.gateway?.interestOnlyThreshold,
    }),
    mode: state.mode,
  };
}

function traffic(state: OutboundAccount | InboundAccount): Document {
  const { messages, bytes, wireBytes } = state;
  return { messages, bytes, wire_bytes: wireBytes, ...transitionFields(state) };
}

function transitionFields({ transitions, mode }: OutboundAccount | InboundAccount): Document {
  const { count, startedAt, lastMillis, totalMillis, byCause } = transitions;
  if (count === 0) return { transitions: 0 };
  const began = { last_transition: timeText(startedAt), transition_causes: Object.fromEntries(byCause) };
  // Where the first list is on its way, none has ended.
  const isFirst = count === 1 && mode === "Transitioning";
  const took = { last_transition_ms: toMicros(lastMillis), transitions_ms: toMicros(totalMillis) };
  return { transitions: count, ...began, ...(isFirst ? {} : took) };
}

function toMicros(millis: Millis): Millis {
  return Math.round(millis * 1_000) / 1_000;
}

/** A subject with several queue groups stands in the list once per group. */
function subjectLists(
  core: Core,
  session: GatewayOutbound,
  state: OutboundAccount,
  subs: Subs,
  budget: Budget,
): Document {
  const wanted = state.plainRows + state.queueRows;
  if (wanted === 0) return {};
  const { store } = core;
  const lines: unknown[] = [];
  const cursor = store.cursor(state.account);
  try {
    for (let node = cursor.next(); node !== 0 && lines.length < wanted; node = cursor.next()) {
      if (!budget.look()) break;
      const subject = store.subjectText(node);
      for (const queue of queuesOf(core, node, session.id)) {
        if (budget.line()) lines.push(subs === "list" ? subject : detail(core, session, subject, queue));
      }
      if (budget.truncated) break;
    }
  } finally {
    cursor.close();
  }
  return listFields(lines, subs, lines.length < wanted);
}

/** The queues, 0 for none, in which this remote wants the node's subject. */
function queuesOf(core: Core, node: number, owner: number): number[] {
  const { store } = core;
  const queues: number[] = [];
  for (let group = store.nodeFirstGroup(node); group !== 0; group = store.nextGroup(group)) {
    if (store.groupClass(group) !== Holder.Gateway) continue;
    for (let row = store.groupFirstRow(group); row !== 0; row = store.nextRow(row)) {
      if (store.rowOwner(row) === owner) queues.push(store.groupQueue(group));
    }
  }
  return queues;
}

function detail(core: Core, session: GatewayOutbound, subject: string, queue: number): Document {
  const group = queue === 0 ? {} : { qgroup: core.queues.text(queue) };
  return { subject, ...group, sid: "", msgs: 0, cid: session.id };
}
