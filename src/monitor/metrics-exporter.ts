// What prometheus-nats-exporter makes of our endpoints, under its names and with its labels, so that its
// dashboards and alerts work without it. All of it is gauges there, and so it is here.

import { Count } from "../peer/counters.ts";
import type { Session } from "../peer/session.ts";
import { routez } from "./absent.ts";
import { subscriptionCount } from "./connz-sort.ts";
import type { Document } from "./document.ts";
import { healthz } from "./healthz.ts";
import { linkedLeafs } from "./leafs.ts";
import { accountStats, gatewayFigures } from "./metrics-figures.ts";
import { type GatewayLink, pendingBytes } from "./metrics-gateways.ts";
import { LEAFS_SHOWN_MAX } from "./metrics-leafs.ts";
import { type Labels, labelsOf, type MetricsText, withLabels } from "./metrics-text.ts";
import type { MonitorListener, MonitorSource } from "./source.ts";
import { subsz } from "./subsz.ts";
import { varz } from "./varz.ts";

/** Left out there as well. */
const SKIPPED: ReadonlySet<string> = new Set([
  "leaf",
  "trusted_operators_claim",
  "cluster_tls_timeout",
  "cluster_cluster_port",
  "cluster_auth_timeout",
  "gateway_port",
  "gateway_auth_timeout",
  "gateway_tls_timeout",
  "gateway_connect_retries",
]);

/** Texts that become a label, or a time where they are one. */
const TEXTS: ReadonlySet<string> = new Set([
  "server_id",
  "server_name",
  "version",
  "domain",
  "leader",
  "name",
  "start",
  "config_load_time",
]);

const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** Everything of the exporter's that we have. `links` are those that get series. */
export class ExporterScrape {
  readonly #server: Labels;

  constructor(
    private readonly to: MetricsText,
    private readonly source: MonitorSource,
    private readonly listener: MonitorListener,
  ) {
    this.#server = labelsOf({ server_id: source.core.options.client.serverId });
  }

  scrape(links: readonly GatewayLink[]): void {
    const { source } = this;
    this.#flatten("gnatsd_varz", varz(source, this.listener));
    const all = { subs: false, offset: 0, limit: 0, account: "", test: "" };
    this.#flatten("gnatsd_subsz", subsz(source, all));
    this.#flatten("gnatsd_routez", routez(source));
    this.#connz();
    this.#gateways(links);
    this.#leafs();
    this.#accounts();
    const { status } = healthz(source, { details: false });
    const value = status === 200 ? "ok" : "unavailable";
    this.#add("gnatsd_healthz_status", "status", this.#server, status === 200 ? 0 : 1);
    const valued = withLabels(this.#server, { value });
    this.#add("gnatsd_healthz_status_value", "status", valued, status === 200 ? 1 : 0);
  }

  #add(name: string, help: string, labels: Labels, value: number): void {
    this.to.family(name, { type: "gauge", help });
    this.to.add(name, labels, value);
  }

  /** Numbers of a document, those of blocks within it under joined names; lists are not looked at. */
  #flatten(prefix: string, fields: Document, path: readonly string[] = []): void {
    for (const [key, value] of Object.entries(fields)) {
      const name = joined([...path, key]);
      if (SKIPPED.has(name)) continue;
      const full = `${prefix}_${name}`;
      if (typeof value === "number") this.#add(full, name, this.#server, value);
      else if (typeof value === "string") this.#text(full, name, key, value);
      else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
        this.#flatten(prefix, value as Document, [...path, key]);
      }
    }
  }

  #text(full: string, name: string, key: string, value: string): void {
    if (!TEXTS.has(key)) return;
    // In milliseconds, as the exporter has it.
    if (TIME.test(value)) this.#add(full, name, this.#server, Date.parse(value));
    else this.#add(full, name, withLabels(this.#server, { value }), 1);
  }

  /** Of all that /connz lists. */
  #connz(): void {
    const { core } = this.source;
    const clients = [...core.clients, ...linkedLeafs(core)];
    let subscriptions = 0;
    for (const session of clients) subscriptions += subscriptionCount(session);
    const figures = {
      num_connections: clients.length,
      total: clients.length,
      offset: 0,
      limit: clients.length,
      pending_bytes: pendingBytes(clients),
      subscriptions,
      in_bytes: sumOf(clients, Count.InBytes),
      out_bytes: sumOf(clients, Count.OutBytes),
      in_msgs: sumOf(clients, Count.InMessages),
      out_msgs: sumOf(clients, Count.OutMessages),
    };
    for (const [name, value] of Object.entries(figures)) {
      this.#add(`gnatsd_connz_${name}`, name, this.#server, value);
    }
  }

  /** A configured remote that is down has its series, with the id 0. */
  #gateways(links: readonly GatewayLink[]): void {
    const { core } = this.source;
    const gateway_name = core.options.gateway?.identity.gateway ?? "";
    for (const { name: remote_gateway_name, remote, sessions } of links) {
      const of = (cid: number): Labels => {
        const labels = { gateway_name, cid: String(cid), remote_gateway_name };
        return withLabels(labelsOf(labels), { server_id: core.options.client.serverId });
      };
      const configured = remote?.explicit === true;
      if (remote !== null && sessions.outbound.length === 0)
        this.#gateway("outbound", of(0), configured, null);
      for (const session of sessions.outbound) this.#gateway("outbound", of(session.id), configured, session);
      for (const session of sessions.inbound) this.#gateway("inbound", of(session.id), false, session);
    }
  }

  #gateway(
    direction: "outbound" | "inbound",
    labels: Labels,
    configured: boolean,
    session: Session | null,
  ): void {
    const figures = gatewayFigures(session, configured, this.source.core.world.clock.now());
    for (const [name, value] of Object.entries(figures)) {
      this.#add(`gnatsd_gatewayz_${direction}_gateway_${name}`, name, labels, value);
    }
  }

  #leafs(): void {
    const { core } = this.source;
    const links = linkedLeafs(core);
    for (const link of links.slice(0, LEAFS_SHOWN_MAX)) {
      const account = core.accountName(link.account);
      const { ip, port } = link.remote;
      const peer = { account, account_id: account, ip, port: String(port), name: link.remoteName };
      const labels = withLabels(this.#server, peer);
      const figures = {
        info: 1,
        conn_rtt: link.heartbeat.rttMillis / 1_000,
        conn_in_msgs: link.counters[Count.InMessages]!,
        conn_out_msgs: link.counters[Count.OutMessages]!,
        conn_in_bytes: link.counters[Count.InBytes]!,
        conn_out_bytes: link.counters[Count.OutBytes]!,
        conn_subscriptions_total: link.rows.count,
      };
      for (const [name, value] of Object.entries(figures)) {
        this.#add(`gnatsd_leafz_${name}`, name.replace(/^conn_/, ""), labels, value);
      }
    }
    this.#add("gnatsd_leafz_conn_nodes_total", "nodes_total", this.#server, links.length);
  }

  #accounts(): void {
    for (const stat of accountStats(this.source)) {
      const names = { account: stat.acc, account_id: stat.acc, account_name: stat.name };
      const labels = withLabels(this.#server, names);
      const figures = {
        current_connections: stat.conns,
        total_connections: stat.total_conns,
        subscriptions: stat.num_subscriptions,
        leaf_nodes: stat.leafnodes,
        sent_messages: stat.sent?.msgs ?? 0,
        sent_bytes: stat.sent?.bytes ?? 0,
        received_messages: stat.received?.msgs ?? 0,
        received_bytes: stat.received?.bytes ?? 0,
        slow_consumers: stat.slow_consumers ?? 0,
      };
      for (const [name, value] of Object.entries(figures)) {
        this.#add(`gnatsd_accstatz_${name}`, name, labels, value);
      }
    }
  }
}

function joined(path: readonly string[]): string {
  return path
    .join("_")
    .replaceAll(/[^a-zA-Z0-9_]/g, "_")
    .replaceAll(/_+/g, "_")
    .replaceAll(/^_|_$/g, "");
}

function sumOf(sessions: readonly Session[], index: number): number {
  let sum = 0;
  for (const { counters } of sessions) sum += counters[index]!;
  return sum;
}
