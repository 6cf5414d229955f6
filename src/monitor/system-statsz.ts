// STATSZ: the figures that servers tell each other, and tools, all the time. Source: nats-server 2.15,
// events.go.

import type { Millis } from "../base/clock.ts";
import type { Core } from "../core/core.ts";
import { Count } from "../peer/counters.ts";
import { type Document, omitEmpty } from "./document.ts";
import { linkedLeafs } from "./leafs.ts";
import type { MonitorListener, MonitorSource } from "./source.ts";
import type { SystemServer } from "./system-server.ts";
import type { SystemServers } from "./system-servers.ts";
import { varz } from "./varz.ts";

/** Who has just come up is heard of quickly, and then ever less often. */
const FIRST_MILLIS = 250;
const BEAT_MILLIS = 10_000;
/** How often at most all are told, in milliseconds. */
const GAP_MILLIS = 1_000;

/** When the figures are told to all. */
export class Statsz {
  #beat: Millis = FIRST_MILLIS;
  #due: Millis;
  #told: Millis = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly source: MonitorSource,
    private readonly server: SystemServer,
    private readonly listener: () => MonitorListener,
    private readonly servers: SystemServers,
  ) {
    this.#due = source.core.now() + FIRST_MILLIS;
  }

  /** The document as it is now. */
  text(): string {
    const figures = statsz(this.source, this.listener(), this.servers.count + 1);
    return JSON.stringify({ server: this.server.head(), statsz: figures });
  }

  tick(now: Millis): void {
    if (now < this.#due) return;
    this.#beat = Math.min(this.#beat * 2, BEAT_MILLIS);
    this.#due = now + this.#beat;
    this.tellAll(true);
  }

  /** Whoever wants to hear it. Not `atOnce`: a little later when it was told just now. */
  tellAll(atOnce: boolean): void {
    const { system } = this.source.core;
    const now = this.source.core.now();
    const gap = Math.min(GAP_MILLIS, this.#beat);
    if (!atOnce && now - this.#told < gap) {
      this.#due = Math.min(this.#due, this.#told + gap);
      return;
    }
    this.#told = now;
    const subject = `$SYS.SERVER.${this.server.id}.STATSZ`;
    if (system.isWanted(subject)) system.publish(subject, this.text());
  }
}

/** `activeServers`: we, and those that we have heard of. */
function statsz(source: MonitorSource, listener: MonitorListener, activeServers: number): Document {
  const shown = varz(source, listener);
  const { start, mem, cores, cpu, connections, total_connections, subscriptions, gomaxprocs } = shown;
  return {
    start,
    mem,
    cores,
    cpu,
    connections,
    total_connections,
    active_accounts: activeAccounts(source.core),
    subscriptions,
    sent: { msgs: shown["out_msgs"], bytes: shown["out_bytes"] },
    sent_to_clients: { msgs: shown["out_client_msgs"] ?? 0, bytes: shown["out_client_bytes"] ?? 0 },
    received: { msgs: shown["in_msgs"], bytes: shown["in_bytes"] },
    received_from_clients: { msgs: shown["in_client_msgs"] ?? 0, bytes: shown["in_client_bytes"] ?? 0 },
    slow_consumers: shown["slow_consumers"],
    ...omitEmpty({
      slow_consumer_stats: unlessZero(shown["slow_consumer_stats"] as Document),
      stale_connections: shown["stale_connections"],
      stale_connection_stats: unlessZero(shown["stale_connection_stats"] as Document),
      gateways: gatewayStats(source.core),
    }),
    active_servers: activeServers,
    gomaxprocs,
  };
}

function unlessZero(byKind: Document): Document | null {
  return Object.values(byKind).some((count) => count !== 0) ? byKind : null;
}

/** Accounts with somebody connected. */
function activeAccounts(core: Core): number {
  const active = new Set<number>();
  for (const { account } of core.clients) if (account !== 0) active.add(account);
  for (const { account } of linkedLeafs(core)) active.add(account);
  return active.size;
}

/** What went to each remote cluster, and what came from it by all its connections. */
function gatewayStats(core: Core): Document[] {
  return core.outbounds.map((outbound) => {
    const inbounds = [...core.inbounds].filter(({ ready, gateway }) => ready && gateway === outbound.gateway);
    const sum = (count: number): number =>
      inbounds.reduce((total, { counters }) => total + counters[count]!, 0);
    return {
      gwid: outbound.id,
      name: outbound.gateway,
      sent: { msgs: outbound.counters[Count.OutMessages], bytes: outbound.counters[Count.OutBytes] },
      received: { msgs: sum(Count.InMessages), bytes: sum(Count.InBytes) },
      inbound_connections: inbounds.length,
    };
  });
}
