// Our own metrics of accounts on gateway links: remote clusters name accounts as they like, so there is a
// bound, and what is over it is said.

import type { Core } from "../core/core.ts";
import type { InboundMode } from "../gateway/inbound-mode.ts";
import type { OutboundMode } from "../gateway/outbound-mode.ts";
import type { TransitionCause } from "../gateway/transitions.ts";
import type { GatewayLink } from "./metrics-gateways.ts";
import {
  addCrossing,
  type CrossingTotals,
  copyOf,
  type Direction,
  type GatewayAccount,
  type GatewaySession,
  keyOf,
  noCrossings,
  type PastTraffic,
} from "./metrics-past.ts";
import type { OwnScrape } from "./metrics-scrape.ts";
import { type Labels, labelsOf, withLabels } from "./metrics-text.ts";

/** How many accounts of links, counted for each direction, get series: some two dozen lines each. */
export const CROSSINGS_SHOWN_MAX = 1_000;

const OUTBOUND_MODES: readonly OutboundMode[] = [
  "Unheard",
  "NoInterest",
  "Optimistic",
  "Transitioning",
  "InterestOnly",
];
const INBOUND_MODES: readonly InboundMode[] = [
  "Untold",
  "Refused",
  "Optimistic",
  "Transitioning",
  "InterestOnly",
];

const OUTBOUND_CAUSES: readonly TransitionCause[] = ["first", "switched", "again"];
const INBOUND_CAUSES: readonly TransitionCause[] = ["handshake", "account-added", "leaf-joined", "threshold"];

/** An account of a link in one direction; `states` are those of the connections that are open. */
interface Crossing {
  readonly gateway: string;
  readonly account: number;
  readonly direction: Direction;
  readonly totals: CrossingTotals;
  readonly states: GatewayAccount[];
}

/** Our own accounts come first, then those that remotes named; each by when it was first heard of. */
export function scrapeAccounts(
  scrape: OwnScrape,
  core: Core,
  past: PastTraffic,
  links: readonly GatewayLink[],
): void {
  const crossings = crossingsOf(past, links);
  const { own } = core.directory;
  const rank = ({ account }: Crossing): number => (own.has(account) ? 0 : 1);
  const sorted = [...crossings.values()].sort((a, b) => rank(a) - rank(b) || a.account - b.account);
  const shown = sorted.slice(0, CROSSINGS_SHOWN_MAX);
  for (const crossing of shown) scrapeCrossing(scrape, core, crossing);
  scrape.add("isthmus_metrics_left_out", labelsOf({ what: "accounts" }), sorted.length - shown.length);
}

function crossingsOf(past: PastTraffic, links: readonly GatewayLink[]): ReadonlyMap<string, Crossing> {
  const names = new Set(links.map(({ name }) => name));
  const crossings = new Map<string, Crossing>();
  for (const [key, totals] of past.crossings) {
    const [direction, account, ...rest] = key.split("\n");
    const gateway = rest.join("\n");
    if (!names.has(gateway)) continue;
    const of = { gateway, account: Number(account), direction: direction as Direction };
    crossings.set(key, { ...of, totals: copyOf(totals), states: [] });
  }
  for (const { name, sessions } of links) {
    for (const direction of ["outbound", "inbound"] as const) {
      for (const session of sessions[direction]) addSession(crossings, session, name, direction);
    }
  }
  return crossings;
}

function addSession(
  to: Map<string, Crossing>,
  session: GatewaySession,
  gateway: string,
  direction: Direction,
): void {
  for (const [account, state] of session.accounts) {
    const key = keyOf(direction, account, gateway);
    let crossing = to.get(key);
    if (crossing === undefined) {
      crossing = { gateway, account, direction, totals: noCrossings(), states: [] };
      to.set(key, crossing);
    }
    addCrossing(crossing.totals, state);
    crossing.states.push(state);
  }
}

function scrapeCrossing(scrape: OwnScrape, core: Core, crossing: Crossing): void {
  const { gateway, direction, totals, states } = crossing;
  const account = core.accountName(crossing.account);
  const of = labelsOf({ gateway, account, direction });
  scrape.add("isthmus_gateway_account_messages_total", of, totals.messages);
  scrape.add("isthmus_gateway_account_payload_bytes_total", of, totals.bytes);
  scrape.add("isthmus_gateway_account_suppressed_messages_total", of, totals.suppressed);
  scrape.add("isthmus_gateway_account_wire_bytes_total", of, totals.wireBytes);
  for (const [rule, messages] of totals.refused) {
    scrape.add("isthmus_gateway_account_refused_messages_total", withLabels(of, { rule }), messages);
  }
  for (const cause of direction === "outbound" ? OUTBOUND_CAUSES : INBOUND_CAUSES) {
    const times = totals.transitions.get(cause) ?? 0;
    scrape.add("isthmus_gateway_account_transitions_total", withLabels(of, { cause }), times);
  }
  const seconds = totals.transitionMillis / 1_000;
  scrape.add("isthmus_gateway_account_transition_seconds_total", of, seconds);
  const modes = direction === "outbound" ? OUTBOUND_MODES : INBOUND_MODES;
  for (const mode of modes) {
    const is = states.some((state) => state.mode === mode);
    scrape.add("isthmus_gateway_account_mode", withLabels(of, { mode }), is ? 1 : 0);
  }
  let lastMillis = 0;
  let muted = 0;
  for (const { transitions, muted: subjects } of states) {
    lastMillis = Math.max(lastMillis, transitions.lastMillis);
    muted += subjects.size;
  }
  scrape.add("isthmus_gateway_account_last_transition_seconds", of, lastMillis / 1_000);
  scrape.add("isthmus_gateway_account_muted_subjects", of, muted);
  if (direction === "outbound") scrapeInterest(scrape, labelsOf({ gateway, account }), totals, states);
}

function scrapeInterest(
  scrape: OwnScrape,
  of: Labels,
  { refusedInterest }: CrossingTotals,
  states: readonly GatewayAccount[],
): void {
  let plain = 0;
  let queue = 0;
  for (const state of states) {
    if (!("plainRows" in state)) continue;
    plain += state.plainRows;
    queue += state.queueRows;
  }
  scrape.add("isthmus_gateway_account_interest", withLabels(of, { kind: "plain" }), plain);
  scrape.add("isthmus_gateway_account_interest", withLabels(of, { kind: "queue" }), queue);
  scrape.add("isthmus_gateway_account_refused_interest_total", of, refusedInterest);
}
