// What connections that are over have counted, by gateway, account and leaf, so that counters go on when a
// link comes back. Ended connections are kept by the core up to a bound; each is added up here once.

import type { Millis } from "../base/clock.ts";
import type { Core } from "../core/core.ts";
import type { Closed } from "../core/options.ts";
import { GatewayInbound } from "../gateway/inbound.ts";
import { GatewayOutbound } from "../gateway/outbound.ts";
import type { TransitionCause } from "../gateway/transitions.ts";
import { LeafSession } from "../leaf/session.ts";
import { Count } from "../peer/counters.ts";
import type { Session } from "../peer/session.ts";

/** How many links, and how many accounts of links, are remembered; what comes later counts while it lasts. */
const LINKS_MAX = 4_096;
const CROSSINGS_MAX = 65_536;

export interface CrossingTotals {
  messages: number;
  bytes: number;
  wireBytes: number;
  suppressed: number;
  /** Messages, by the name of the rule. */
  readonly refused: Map<string, number>;
  refusedInterest: number;
  readonly transitions: Map<TransitionCause, number>;
  transitionMillis: Millis;
}

export interface LinkTotals {
  inMessages: number;
  outMessages: number;
  inBytes: number;
  outBytes: number;
  dropped: number;
  tooLarge: number;
  refused: number;
  wireBytes: number;
  /** Of compression: bytes as meant and as they travelled, 0 without. */
  plainIn: number;
  wireIn: number;
  plainOut: number;
  wireOut: number;
}

export interface PastLink {
  readonly totals: LinkTotals;
  readonly closed: Map<string, number>;
}

export type GatewaySession = GatewayInbound | GatewayOutbound;
export type Direction = "outbound" | "inbound";

function directionOf(session: GatewaySession): Direction {
  return session instanceof GatewayOutbound ? "outbound" : "inbound";
}

/** Keys are of names that peers made up: joined by what no name holds. */
export function keyOf(...parts: readonly (string | number)[]): string {
  return parts.join("\n");
}

export function gatewayKey(name: string, direction: Direction): string {
  return keyOf(direction, name);
}

export function leafKey({ account, remoteName, isHub }: LeafSession): string {
  return keyOf(isHub ? "hub" : "spoke", account, remoteName);
}

export class PastTraffic {
  readonly gateways = new Map<string, PastLink>();
  readonly crossings = new Map<string, CrossingTotals>();
  readonly leafs = new Map<string, PastLink>();
  /** Ended connections by kind and reason, as `kind\nreason`. */
  readonly closed = new Map<string, number>();
  #last: Closed | null = null;

  /** Adds what ended since it was asked last. */
  follow(core: Core): void {
    const all = core.closed.toArray();
    const from = this.#last === null ? 0 : all.lastIndexOf(this.#last) + 1;
    for (const closed of all.slice(from)) this.#add(closed);
    this.#last = all.at(-1) ?? null;
  }

  #add({ session, reason }: Closed): void {
    add(this.closed, keyOf(kindName(session), reason), 1);
    if (session instanceof GatewayInbound || session instanceof GatewayOutbound) {
      if (session.ready) this.#addGateway(session, reason);
    } else if (session instanceof LeafSession && session.ready) {
      const link = pastLink(this.leafs, leafKey(session));
      if (link === null) return;
      addLink(link.totals, session);
      addLeaf(link.totals, session);
      add(link.closed, reason, 1);
    }
  }

  #addGateway(session: GatewaySession, reason: string): void {
    const direction = directionOf(session);
    const link = pastLink(this.gateways, gatewayKey(session.gateway, direction));
    if (link === null) return;
    addLink(link.totals, session);
    add(link.closed, reason, 1);
    for (const [account, state] of session.accounts) {
      const key = keyOf(direction, account, session.gateway);
      let totals = this.crossings.get(key);
      if (totals === undefined) {
        if (this.crossings.size >= CROSSINGS_MAX) continue;
        totals = noCrossings();
        this.crossings.set(key, totals);
      }
      addCrossing(totals, state);
    }
  }
}

function kindName(session: Session): "client" | "gateway" | "leaf" {
  if (session instanceof LeafSession) return "leaf";
  return session.label === "gid" ? "gateway" : "client";
}

export function noCrossings(): CrossingTotals {
  const plain = { messages: 0, bytes: 0, wireBytes: 0, suppressed: 0, refusedInterest: 0 };
  return { ...plain, refused: new Map(), transitions: new Map(), transitionMillis: 0 };
}

export function noLinks(): LinkTotals {
  const wire = { wireBytes: 0, plainIn: 0, wireIn: 0, plainOut: 0, wireOut: 0 };
  const dropped = { dropped: 0, tooLarge: 0, refused: 0 };
  return { inMessages: 0, outMessages: 0, inBytes: 0, outBytes: 0, ...dropped, ...wire };
}

/** What one connection counted of an account. */
export function addCrossing(to: CrossingTotals, state: GatewayAccount): void {
  to.messages += state.messages;
  to.bytes += state.bytes;
  to.suppressed += "suppressed" in state ? state.suppressed : state.unwanted;
  to.wireBytes += state.wireBytes;
  for (const [rule, messages] of state.refusals.byRule()) add(to.refused, rule, messages);
  to.refusedInterest += "refusedInterest" in state ? state.refusedInterest : 0;
  for (const [cause, times] of state.transitions.byCause) add(to.transitions, cause, times);
  to.transitionMillis += state.transitions.totalMillis;
}

/** The same in maps of its own. */
export function copyOf(totals: CrossingTotals): CrossingTotals {
  return { ...totals, refused: new Map(totals.refused), transitions: new Map(totals.transitions) };
}

export type GatewayAccount =
  GatewayInbound["accounts"] extends ReadonlyMap<number, infer I>
    ? GatewayOutbound["accounts"] extends ReadonlyMap<number, infer O>
      ? I | O
      : never
    : never;

export function addLink(to: LinkTotals, { counters, egress }: Session): void {
  to.inMessages += counters[Count.InMessages]!;
  to.outMessages += counters[Count.OutMessages]!;
  to.inBytes += counters[Count.InBytes]!;
  to.outBytes += counters[Count.OutBytes]!;
  to.dropped += counters[Count.Dropped]!;
  to.tooLarge += counters[Count.TooLarge]!;
  to.refused += counters[Count.Refused]!;
  to.wireBytes += egress.wireBytes;
}

export function addLeaf(to: LinkTotals, { encoder, decoder }: LeafSession): void {
  to.plainOut += encoder?.inBytes ?? 0;
  to.wireOut += encoder?.outBytes ?? 0;
  to.plainIn += decoder?.outBytes ?? 0;
  to.wireIn += decoder?.inBytes ?? 0;
}

/** null: there are too many to remember another. */
function pastLink(links: Map<string, PastLink>, key: string): PastLink | null {
  const known = links.get(key);
  if (known !== undefined) return known;
  if (links.size >= LINKS_MAX) return null;
  const link = { totals: noLinks(), closed: new Map<string, number>() };
  links.set(key, link);
  return link;
}

function add<K>(counts: Map<K, number>, name: K, more: number): void {
  counts.set(name, (counts.get(name) ?? 0) + more);
}
