// What nats-surveyor would say of this box, under its names and with its labels: for dashboards made for it.

import { Count } from "../peer/counters.ts";
import type { Session } from "../peer/session.ts";
import { linkedLeafs } from "./leafs.ts";
import { type AccountStat, accountStats, gatewayFigures } from "./metrics-figures.ts";
import type { GatewayLink } from "./metrics-gateways.ts";
import { type Labels, labelsOf, type MetricsText, NO_LABELS, withLabels } from "./metrics-text.ts";
import type { MonitorSource } from "./source.ts";
import { countSubscriptions } from "./subsz.ts";

const PREFIX = "nats_core_";

/** Its own round trip to a server has no meaning where the server itself speaks. */
const RTT_OF_OURSELVES = 0;

export class SurveyorScrape {
  readonly #server: Labels;

  constructor(
    private readonly to: MetricsText,
    private readonly source: MonitorSource,
  ) {
    const { serverId, serverName, cluster } = source.core.options.client;
    this.#server = labelsOf({ server_cluster: cluster, server_name: serverName, server_id: serverId });
  }

  scrape(links: readonly GatewayLink[]): void {
    const accounts = accountStats(this.source);
    this.#box(links, accounts);
    for (const link of links) this.#gateway(link);
    for (const stat of accounts) this.#account(stat);
    this.#gauge("account_count", NO_LABELS, accounts.length);
  }

  #add(name: string, type: "counter" | "gauge", labels: Labels, value: number): void {
    this.to.family(name, { type, help: `As nats-surveyor's ${name}.` });
    this.to.add(name, labels, value);
  }

  #gauge(name: string, labels: Labels, value: number): void {
    this.#add(PREFIX + name, "gauge", labels, value);
  }

  #counter(name: string, labels: Labels, value: number): void {
    this.#add(PREFIX + name, "counter", labels, value);
  }

  #box(links: readonly GatewayLink[], accounts: readonly AccountStat[]): void {
    const { core } = this.source;
    const { memBytes, cpuPercent, cores } = this.source.process();
    const { clients, gateways, leafs } = core.slowConsumers;
    const all = core.totals();
    const active = accounts.filter(({ total_conns }) => total_conns > 0).length;
    const now = core.world.clock.now();
    this.#add("nats_up", "gauge", NO_LABELS, 1);
    this.#gauge("info", withLabels(this.#server, { server_version: core.options.client.version }), 1);
    const gauges = {
      start_time: core.startedAt * 1e6,
      uptime: (now - core.startedAt) / 1_000,
      mem_bytes: memBytes,
      core_count: cores,
      cpu_percentage: cpuPercent,
      connection_count: core.clients.size + linkedLeafs(core).length,
      active_account_count: active,
      subs_count: countSubscriptions(core, ""),
      slow_consumer_count: clients + gateways + leafs,
      rtt_nanoseconds: RTT_OF_OURSELVES,
      route_count: 0,
      gateway_count: links.filter(({ sessions }) => sessions.outbound.length > 0).length,
    };
    for (const [name, value] of Object.entries(gauges)) this.#gauge(name, this.#server, value);
    const counters = {
      total_connection_count: core.totalConnections,
      sent_msgs_count: all[Count.OutMessages]!,
      sent_bytes: all[Count.OutBytes]!,
      recv_msgs_count: all[Count.InMessages]!,
      recv_bytes: all[Count.InBytes]!,
    };
    for (const [name, value] of Object.entries(counters)) this.#counter(name, this.#server, value);
  }

  /** A remote that is down has its series, with the id 0. */
  #gateway({ name, remote, sessions: { outbound, inbound } }: GatewayLink): void {
    const [dialed = null] = outbound;
    if (dialed === null && remote === null) return;
    const of = { server_gateway_name: name, server_gateway_name_id: String(dialed?.id ?? 0) };
    const labels = withLabels(this.#server, of);
    const counters = {
      gateway_sent_msgs_count: dialed?.counters[Count.OutMessages] ?? 0,
      gateway_sent_bytes: dialed?.counters[Count.OutBytes] ?? 0,
      gateway_recv_msg_count: sum(inbound, Count.InMessages),
      gateway_recv_bytes: sum(inbound, Count.InBytes),
    };
    for (const [metric, value] of Object.entries(counters)) this.#counter(metric, labels, value);
    this.#gauge("gateway_inbound_msg_count", labels, inbound.length);
    this.#connection("outbound", name, dialed, dialed?.serverId ?? "", remote?.explicit === true);
    for (const session of inbound) this.#connection("inbound", name, session, session.serverId, false);
  }

  #connection(
    direction: "outbound" | "inbound",
    remote_gateway_name: string,
    session: Session | null,
    gateway_id: string,
    configured: boolean,
  ): void {
    const { core } = this.source;
    const { serverId: server_id, serverName: server_name } = core.options.client;
    const gateway_name = core.options.gateway?.identity.gateway ?? "";
    const cid = String(session?.id ?? 0);
    const labels = labelsOf({ server_id, server_name, gateway_name, remote_gateway_name, gateway_id, cid });
    const figures = gatewayFigures(session, configured, core.world.clock.now());
    for (const [name, value] of Object.entries(figures)) {
      this.#gauge(`gatewayz_${direction}_gateway_${name}`, labels, value);
    }
  }

  #account({ acc, name, sent, received, ...stat }: AccountStat): void {
    const labels = withLabels(this.#server, { account: acc, account_name: name });
    const gauges = {
      account_conn_count: stat.conns,
      account_total_conn_count: stat.total_conns,
      account_leaf_count: stat.leafnodes,
      account_sub_count: stat.num_subscriptions,
      account_slow_consumer_count: stat.slow_consumers ?? 0,
    };
    for (const [metric, value] of Object.entries(gauges)) this.#gauge(metric, labels, value);
    for (const [way, flow] of [
      ["sent", sent],
      ["recv", received],
    ] as const) {
      if (flow === undefined) continue;
      const { msgs, bytes, gateways, leafs } = flow;
      const kinds = {
        "": { msgs, bytes },
        client_: { msgs: msgs - gateways.msgs - leafs.msgs, bytes: bytes - gateways.bytes - leafs.bytes },
        leaf_: leafs,
        route_: { msgs: 0, bytes: 0 },
        gateway_: gateways,
      };
      for (const [kind, of] of Object.entries(kinds)) {
        this.#counter(`account_${kind}msgs_${way}`, labels, of.msgs);
        this.#counter(`account_${kind}bytes_${way}`, labels, of.bytes);
      }
    }
  }
}

function sum(sessions: readonly Session[], index: number): number {
  let all = 0;
  for (const { counters } of sessions) all += counters[index]!;
  return all;
}
