// What happened to links and accounts, from all documents into one order.

import type { EndedLately, Gatewayz, Leafz, ModeEvent, RemoteEvent } from "./documents.ts";
import { span, timeOf } from "./format.ts";

export type EventKind = "up" | "down" | "failed" | "mode";

export interface TimelineEvent {
  readonly at: number;
  /** When the same first came, of what came again and again. */
  readonly firstAt: number;
  readonly kind: EventKind;
  /** The remote cluster or hub. */
  readonly link: string;
  readonly text: string;
  readonly reason: string;
}

/** Newest first. */
export function eventsOf(gatewayz: Gatewayz, leafz: Leafz): TimelineEvent[] {
  const events: TimelineEvent[] = [];
  for (const [name, remote] of Object.entries(gatewayz.outbound_gateways ?? {})) {
    events.push(...connectionEvents(name, remote.history));
    events.push(...(remote.modes ?? []).map((event) => modeEvent(name, "towards it", event)));
  }
  for (const [name, inbounds] of Object.entries(gatewayz.inbound_gateways)) {
    for (const { modes = [] } of inbounds)
      events.push(...modes.map((event) => modeEvent(name, "from it", event)));
  }
  for (const remote of leafz.remotes) {
    events.push(...connectionEvents(remote.name, remote.history));
  }
  const ended = [...(gatewayz.ended_lately ?? []), ...(leafz.ended_lately ?? [])];
  events.push(...ended.map(endedEvent));
  return events.reverse().sort((a, b) => b.at - a.at);
}

/** A link that is dialled in vain every second is one event, not hundreds. Oldest first. */
function withoutRepeats(events: readonly TimelineEvent[]): TimelineEvent[] {
  const kept: TimelineEvent[] = [];
  for (const event of events) {
    const last = kept.at(-1);
    const isSame = last?.kind === event.kind && last.text === event.text && last.reason === event.reason;
    if (isSame) kept[kept.length - 1] = { ...event, firstAt: last.firstAt };
    else kept.push(event);
  }
  return kept;
}

function connectionEvents(link: string, history: readonly RemoteEvent[] = []): TimelineEvent[] {
  return withoutRepeats(
    history.map(({ at, event, reason = "" }) => {
      const kind = event === "connected" ? "up" : event === "closed" ? "down" : "failed";
      const then = timeOf(at) ?? 0;
      return { at: then, firstAt: then, kind, link, text: event, reason };
    }),
  );
}

/** Who was cut or sent away, which is no remote of ours perhaps and has no history. */
function endedEvent({ kind, reason, count, last, peer = "" }: EndedLately): TimelineEvent {
  const at = timeOf(last) ?? 0;
  const text = count === 1 ? `a ${kind} connection ended` : `and others: ${count} ${kind} connections ended`;
  return { at, firstAt: at, kind: "down", link: peer, text, reason };
}

function modeEvent(link: string, way: string, event: ModeEvent): TimelineEvent {
  const took = event.after_ms === undefined ? "" : `in ${span(event.after_ms)}`;
  const at = timeOf(event.at) ?? 0;
  return {
    at,
    firstAt: at,
    kind: "mode",
    link,
    text: `${event.account} (${way}): ${event.from} → ${event.mode}`,
    reason: took,
  };
}
