// Our own metrics of the box as a whole: who it is, what it takes, and what its connections did.

import { PRODUCT_VERSION } from "../base/version.ts";
import type { Core } from "../core/core.ts";
import { Count } from "../peer/counters.ts";
import { linkedLeafs } from "./leafs.ts";
import type { PastTraffic } from "./metrics-past.ts";
import type { OwnScrape } from "./metrics-scrape.ts";
import { labelsOf, NO_LABELS } from "./metrics-text.ts";
import type { MonitorFacts, MonitorListener, MonitorSource } from "./source.ts";
import { countSubscriptions } from "./subsz.ts";

const KINDS = [
  ["client", "clients"],
  ["gateway", "gateways"],
  ["leaf", "leafs"],
] as const;

export function scrapeProcess(
  scrape: OwnScrape,
  source: MonitorSource,
  listener: MonitorListener,
  past: PastTraffic,
): void {
  const { core } = source;
  const { client, gateway } = core.options;
  const facts = source.facts();
  const who = {
    server_id: client.serverId,
    server_name: client.serverName,
    version: PRODUCT_VERSION,
    nats_version: client.version,
    gateway: gateway?.identity.gateway ?? "",
  };
  scrape.add("isthmus_info", labelsOf(who), 1);
  scrape.add("isthmus_ready", NO_LABELS, source.notReady() === null ? 1 : 0);
  scrape.add("isthmus_start_time_seconds", NO_LABELS, core.startedAt / 1_000);
  scrape.add("isthmus_config_load_time_seconds", NO_LABELS, facts.configLoadedAt / 1_000);
  const { memBytes, cpuPercent, cores } = source.process();
  scrape.add("isthmus_resident_memory_bytes", NO_LABELS, memBytes);
  scrape.add("isthmus_cpu_ratio", NO_LABELS, cpuPercent / 100);
  scrape.add("isthmus_cores", NO_LABELS, cores);
  scrapeCertificates(scrape, facts);
  for (const [path, count] of listener.requests) {
    scrape.add("isthmus_http_requests_total", labelsOf({ path }), count);
  }
  scrape.add("isthmus_http_refused_requests_total", NO_LABELS, listener.refused ?? 0);
  for (const [listener, count] of Object.entries(source.refusedConnections?.() ?? {})) {
    scrape.add("isthmus_connections_refused_total", labelsOf({ listener }), count);
  }
  scrapeConnections(scrape, core, past);
}

function scrapeCertificates(scrape: OwnScrape, { clientTls, webSocket, gateway, leaf }: MonitorFacts): void {
  const ends = {
    client: clientTls?.certNotAfter,
    websocket: webSocket?.tlsCertNotAfter,
    gateway: gateway?.tlsCertNotAfter,
    leafnode: leaf?.listener?.tlsCertNotAfter,
  };
  for (const [listener, at] of Object.entries(ends)) {
    if (at == null) continue;
    scrape.add("isthmus_certificate_not_after_seconds", labelsOf({ listener }), at / 1_000);
  }
}

function scrapeConnections(scrape: OwnScrape, core: Core, past: PastTraffic): void {
  let inbounds = 0;
  for (const { ready } of core.inbounds) if (ready) inbounds++;
  const open = {
    client: core.clients.size,
    gateway: core.outbounds.length + inbounds,
    leaf: linkedLeafs(core).length,
  };
  for (const [kind, plural] of KINDS) {
    const of = labelsOf({ kind });
    scrape.add("isthmus_connections", of, open[kind]);
    scrape.add("isthmus_slow_consumers_total", of, core.slowConsumers[plural]);
    scrape.add("isthmus_stale_connections_total", of, core.staleConnections[plural]);
  }
  scrape.add("isthmus_connections_opened_total", NO_LABELS, core.totalConnections);
  for (const [key, count] of past.closed) {
    const [kind = "", reason = ""] = key.split("\n");
    scrape.add("isthmus_connections_closed_total", labelsOf({ kind, reason }), count);
  }
  scrape.add("isthmus_subscriptions", NO_LABELS, countSubscriptions(core, ""));
  const all = core.totals();
  const [incoming, outgoing] = [labelsOf({ direction: "in" }), labelsOf({ direction: "out" })];
  scrape.add("isthmus_messages_total", incoming, all[Count.InMessages]!);
  scrape.add("isthmus_messages_total", outgoing, all[Count.OutMessages]!);
  scrape.add("isthmus_payload_bytes_total", incoming, all[Count.InBytes]!);
  scrape.add("isthmus_payload_bytes_total", outgoing, all[Count.OutBytes]!);
  for (const [kind, plural] of KINDS) {
    for (const [cause, messages] of dropsOf(core.totals(plural))) {
      scrape.add("isthmus_dropped_messages_total", labelsOf({ kind, cause }), messages);
    }
  }
}

function dropsOf(counters: Float64Array): [cause: string, messages: number][] {
  const tooLarge = counters[Count.TooLarge]!;
  return [
    ["egress_full", counters[Count.Dropped]! - tooLarge],
    ["payload_too_large", tooLarge],
    ["permission", counters[Count.Refused]!],
  ];
}
