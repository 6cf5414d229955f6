// Accounts of one gateway connection: the mode of their interest, and what it did to the traffic.

import type { Millis } from "../base/clock.ts";
import type { Core } from "../core/core.ts";
import type { GatewayInbound } from "../gateway/inbound.ts";
import type { InboundAccount } from "../gateway/inbound-account.ts";
import { GatewayOutbound } from "../gateway/outbound.ts";
import type { OutboundAccount } from "../gateway/outbound-account.ts";
import { shownMode } from "../gateway/outbound-mode.ts";
import { Holder } from "../peer/kind.ts";
import { type Budget, type Document, omitEmpty } from "./document.ts";
import { timeText } from "./format.ts";
import { isPaged, type Listing, type Orders, pageOf, WHOLE } from "./listing.ts";
import type { Subs } from "./query.ts";
import { EVERY_SUBJECT, type SubjectOptions, SubjectPage } from "./subject-page.ts";

/** In which orders accounts can be asked for. */
export const ACCOUNT_ORDERS = ["name", "messages", "bytes", "suppressed", "refused"] as const;

export type AccountOrder = (typeof ACCOUNT_ORDERS)[number];

type State = OutboundAccount | InboundAccount;
type Named = readonly [name: string, state: State];

const ORDERS: Orders<Named, AccountOrder> = {
  name: ([name]) => name,
  messages: ([, { messages }]) => messages,
  bytes: ([, { bytes }]) => bytes,
  suppressed: ([, state]) => ("suppressed" in state ? state.suppressed : state.unwanted),
  refused: ([, { refusals }]) => refusals.total,
};

export interface AccountOptions {
  /** Only this one; "": all. */
  readonly account: string;
  readonly subs: Subs;
  readonly listing?: Listing<AccountOrder>;
  readonly subjects?: SubjectOptions;
}

/** `accounts`, by name unless asked otherwise, and how many there are where only a page is shown. */
export function accountFields(
  core: Core,
  session: GatewayOutbound | GatewayInbound,
  options: AccountOptions,
  budget: Budget,
): Document {
  const { listing = WHOLE } = options;
  const { items, total } = pageOf(
    chosen(core, session.accounts, options.account),
    listing,
    ORDERS,
    ([name]) => [name],
  );
  const accounts = items.map(([name, state]) =>
    session instanceof GatewayOutbound
      ? outboundAccount(core, session, name, state as OutboundAccount, options, budget)
      : inboundAccount(core, name, state as InboundAccount),
  );
  const cut = isPaged(listing) || items.length < total ? { accounts_total: total } : {};
  return accounts.length === 0 ? cut : { accounts, ...cut };
}

function outboundAccount(
  core: Core,
  session: GatewayOutbound,
  name: string,
  state: OutboundAccount,
  options: AccountOptions,
  budget: Budget,
): Document {
  return {
    ...modeFields(core, name, state),
    ...omitEmpty({ num_subs: state.plainRows + state.queueRows, num_queue_subs: state.queueRows }),
    ...(options.subs === "none" ? {} : subjectLists(core, session, state, options, budget)),
    suppressed: state.suppressed,
    ...refusedFields(state),
    ...omitEmpty({ refused_interest: state.refusedInterest }),
    ...traffic(state),
  };
}

function inboundAccount(core: Core, name: string, state: InboundAccount): Document {
  return {
    ...modeFields(core, name, state),
    unwanted: state.unwanted,
    ...refusedFields(state),
    ...traffic(state),
  };
}

/** Messages that rules of ours kept from crossing: how many each, and which one did it last. */
function refusedFields({ refusals }: State): Document {
  const { total, last } = refusals;
  const rules = total === 0 ? {} : { refused_by_rule: Object.fromEntries(refusals.byRule()) };
  return { ...omitEmpty({ refused: total, refused_by: last }), ...rules };
}

function chosen(core: Core, accounts: ReadonlyMap<number, State>, only: string): Named[] {
  if (only !== "") {
    const state = accounts.get(core.accounts.idOf(only));
    return state === undefined ? [] : [[only, state]];
  }
  const named = [...accounts].map(([id, state]): Named => [core.accounts.text(id), state]);
  return named.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** nats-server's fields; and `mode`, which tells apart what nats-server calls Optimistic. */
function modeFields(core: Core, name: string, state: State): Document {
  return {
    name,
    interest_mode: shownMode(state.mode),
    ...omitEmpty({
      no_interest_count: state.muted.size,
      interest_only_threshold: core.options.gateway?.interestOnlyThreshold,
    }),
    mode: state.mode,
    ...omitEmpty({ mode_history: state.modes.map(({ at, mode }) => ({ at: timeText(at), mode })) }),
  };
}

function traffic(state: State): Document {
  const { messages, bytes, wireBytes } = state;
  return { messages, bytes, wire_bytes: wireBytes, ...transitionFields(state) };
}

function transitionFields({ transitions, mode }: State): Document {
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
  { subs, subjects = EVERY_SUBJECT }: AccountOptions,
  budget: Budget,
): Document {
  const wanted = state.plainRows + state.queueRows;
  if (wanted === 0) return {};
  const page = new SubjectPage(subjects);
  const lines: unknown[] = [];
  const { store } = core;
  const cursor = store.cursor(state.account);
  let seen = 0;
  try {
    for (let node = cursor.next(); node !== 0 && seen < wanted; node = cursor.next()) {
      if (!page.look() || !budget.look()) break;
      const queues = queuesOf(core, node, session.id);
      if (queues.length === 0) continue;
      seen += queues.length;
      const subject = store.subjectText(node);
      if (!page.chooses(subject)) continue;
      for (const queue of queues) {
        if (page.take() && budget.line()) {
          lines.push(subs === "list" ? subject : detail(core, session, subject, queue));
        }
      }
      if (budget.truncated) break;
    }
  } finally {
    cursor.close();
  }
  return page.fields(lines, subs, seen < wanted || budget.truncated);
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
