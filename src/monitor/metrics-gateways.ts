// Our own metrics of gateway links. A remote that is configured has its series whether it is up or not; what
// ended connections counted goes on counting.

import { type Millis, NEVER } from "../base/clock.ts";
import type { Core } from "../core/core.ts";
import type { Remote } from "../gateway/remotes.ts";
import type { Session } from "../peer/session.ts";
import {
  addLink,
  type Direction,
  type GatewaySession,
  gatewayKey,
  noLinks,
  type PastTraffic,
} from "./metrics-past.ts";
import type { OwnScrape } from "./metrics-scrape.ts";
import { labelsOf, withLabels } from "./metrics-text.ts";
import { remoteState } from "./remote.ts";

/** How many gateways get series. Over it they are counted as left out. */
const GATEWAYS_MAX = 1_000;

const DIRECTIONS: readonly Direction[] = ["outbound", "inbound"];
const STATES = ["waiting", "dialing", "connected"] as const;

/** One remote cluster: configured or learned, and its connections whose handshake is done. */
export interface GatewayLink {
  readonly name: string;
  readonly remote: Remote | null;
  readonly sessions: Readonly<Record<Direction, readonly GatewaySession[]>>;
}

/** Configured ones first, then by name. Those that only ended connections tell of stand last. */
function gatewayLinks(core: Core, past: PastTraffic): GatewayLink[] {
  const sessions = new Map<string, { outbound: GatewaySession[]; inbound: GatewaySession[] }>();
  const of = (name: string) => {
    let known = sessions.get(name);
    if (known === undefined) {
      known = { outbound: [], inbound: [] };
      sessions.set(name, known);
    }
    return known;
  };
  for (const name of core.remotes?.all.keys() ?? []) of(name);
  for (const session of core.outbounds) of(session.gateway).outbound.push(session);
  for (const session of core.inbounds) if (session.ready) of(session.gateway).inbound.push(session);
  for (const key of past.gateways.keys()) of(key.slice(key.indexOf("\n") + 1));
  const links = [...sessions].map(([name, both]): GatewayLink => {
    return { name, remote: core.remotes?.all.get(name) ?? null, sessions: both };
  });
  return links.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

function rank({ remote, sessions: { outbound, inbound } }: GatewayLink): number {
  if (remote?.explicit === true) return 0;
  return outbound.length + inbound.length > 0 ? 1 : 2;
}

/** Those that get series. */
export function shownLinks(core: Core, past: PastTraffic): GatewayLink[] {
  return gatewayLinks(core, past).slice(0, GATEWAYS_MAX);
}

/** Answers the links that have series. */
export function scrapeGateways(scrape: OwnScrape, core: Core, past: PastTraffic): GatewayLink[] {
  const all = gatewayLinks(core, past);
  const links = all.slice(0, GATEWAYS_MAX);
  const now = core.world.clock.now();
  for (const link of links) {
    scrapeRemote(scrape, link);
    for (const direction of DIRECTIONS) scrapeDirection(scrape, link, direction, past, now);
  }
  scrape.add("isthmus_metrics_left_out", labelsOf({ what: "gateways" }), all.length - links.length);
  return links;
}

function scrapeRemote(scrape: OwnScrape, { name, remote }: GatewayLink): void {
  const gateway = labelsOf({ gateway: name });
  if (remote === null) return; // It is no remote any more: nobody waits for it.
  const configured = String(remote.explicit);
  const state = remoteState(remote);
  const isUp = state === "connected";
  scrape.add("isthmus_gateway_up", withLabels(gateway, { configured }), isUp ? 1 : 0);
  for (const each of STATES) {
    scrape.add("isthmus_gateway_state", withLabels(gateway, { state: each }), each === state ? 1 : 0);
  }
  if (!isUp) {
    scrape.add("isthmus_gateway_down_info", withLabels(gateway, { reason: remote.reason }), 1);
  }
  scrape.add("isthmus_gateway_reconnects_total", gateway, remote.reconnects);
  scrape.add("isthmus_gateway_failed_dials", gateway, remote.failedRounds);
  scrape.add("isthmus_gateway_last_close_time_seconds", gateway, remote.lastCloseAt / 1_000);
}

function scrapeDirection(
  scrape: OwnScrape,
  { name, sessions }: GatewayLink,
  direction: Direction,
  past: PastTraffic,
  now: Millis,
): void {
  const link = labelsOf({ gateway: name, direction });
  const before = past.gateways.get(gatewayKey(name, direction));
  const totals = before === undefined ? noLinks() : { ...before.totals };
  const open = sessions[direction];
  for (const session of open) addLink(totals, session);
  const out = direction === "outbound";
  scrape.add("isthmus_gateway_connections", link, open.length);
  for (const [reason, count] of before?.closed ?? []) {
    scrape.add("isthmus_gateway_closed_total", withLabels(link, { reason }), count);
  }
  scrape.add("isthmus_gateway_rtt_seconds", link, rttSeconds(open));
  scrape.add("isthmus_gateway_pending_bytes", link, pendingBytes(open));
  scrape.add("isthmus_gateway_pending_age_seconds", link, pendingAgeSeconds(open, now));
  scrape.add("isthmus_gateway_blocked_seconds", link, blockedSeconds(open, now));
  scrape.add("isthmus_gateway_sent_wire_bytes_total", link, totals.wireBytes);
  scrape.add("isthmus_gateway_messages_total", link, out ? totals.outMessages : totals.inMessages);
  scrape.add("isthmus_gateway_payload_bytes_total", link, out ? totals.outBytes : totals.inBytes);
  const cause = { cause: "egress_full" };
  scrape.add("isthmus_gateway_dropped_messages_total", withLabels(link, cause), totals.dropped);
}

/** Of the farthest of these. */
export function rttSeconds(sessions: readonly Session[]): number {
  let millis = 0;
  for (const { heartbeat } of sessions) millis = Math.max(millis, heartbeat.rttMillis);
  return millis / 1_000;
}

export function pendingBytes(sessions: readonly Session[]): number {
  let bytes = 0;
  for (const { egress } of sessions) bytes += egress.pendingBytes;
  return bytes;
}

/** Of the one with the oldest byte. */
export function pendingAgeSeconds(sessions: readonly Session[], now: Millis): number {
  let millis = 0;
  for (const { waiting, egress } of sessions) millis = Math.max(millis, waiting.millis(egress, now));
  return millis / 1_000;
}

/** Of the one that waits longest. */
export function blockedSeconds(sessions: readonly Session[], now: Millis): number {
  let millis = 0;
  for (const { blockedSince } of sessions) {
    if (blockedSince < NEVER) millis = Math.max(millis, now - blockedSince);
  }
  return millis / 1_000;
}
