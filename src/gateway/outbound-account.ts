// One account as a remote gateway sees it: what it told us, and what we sent.

import type { InterestStore } from "../interest/store.ts";
import { Holder } from "../peer/kind.ts";
import type { ModeChange } from "./mode-history.ts";
import type { OutboundMode } from "./outbound-mode.ts";
import { Refusals } from "./refusals.ts";
import type { Crossing } from "./rules.ts";
import { Transitions } from "./transitions.ts";

/** What a remote told us of one account, and what we sent it. */
export interface OutboundAccount {
  readonly account: number;
  mode: OutboundMode;
  readonly modes: ModeChange[];
  /** While no list counts: does the remote want what it did not mute? Not with gateway_iom, unless it said
   *  A+. */
  unasked: boolean;
  readonly muted: Set<string>;
  plainRows: number;
  queueRows: number;
  messages: number;
  /** Payload, headers included. */
  bytes: number;
  /** The same with their protocol lines, as they were before compression and TLS. */
  wireBytes: number;
  /** Messages of this account that the remote did not want, and so were not sent. */
  suppressed: number;
  /** What may cross to the remote. */
  readonly out: Crossing;
  /** Messages that a rule kept here. */
  readonly refusals: Refusals;
  /** Subjects that were not kept as interest, for the same reason. */
  refusedInterest: number;
  /** Events for which the transition table has no cell. */
  ignored: number;
  readonly transitions: Transitions;
}

/** Nothing heard, nothing sent. */
export function newAccount(account: number, unasked: boolean, out: Crossing): OutboundAccount {
  return {
    account,
    mode: "Unheard",
    modes: [],
    unasked,
    muted: new Set(),
    plainRows: 0,
    queueRows: 0,
    messages: 0,
    bytes: 0,
    wireBytes: 0,
    suppressed: 0,
    out,
    refusals: new Refusals(out),
    refusedInterest: 0,
    ignored: 0,
    transitions: new Transitions(),
  };
}

/** The row of `owner` below a node, of a gateway; only the plain one when asked. 0 when there is none. */
export function ownerRow(store: InterestStore, node: number, owner: number, plainOnly: boolean): number {
  for (let group = store.nodeFirstGroup(node); group !== 0; group = store.nextGroup(group)) {
    if (store.groupClass(group) !== Holder.Gateway || (plainOnly && store.groupQueue(group) !== 0)) continue;
    for (let row = store.groupFirstRow(group); row !== 0; row = store.nextRow(row)) {
      if (store.rowOwner(row) === owner) return row;
    }
  }
  return 0;
}
