// /varz: the server as a whole. Source: monitoring.md.

import type { Millis } from "../base/clock.ts";
import type { Core } from "../core/core.ts";
import { urlKey } from "../gateway/options.ts";
import type { LeafListenOptions } from "../leaf/options.ts";
import { Count, makeCounters } from "../peer/counters.ts";
import { Kind } from "../peer/kind.ts";
import { type Document, omitEmpty } from "./document.ts";
import { nanosOf, timeText, uptimeText } from "./format.ts";
import { linkedLeafs } from "./leafs.ts";
import { allSessions } from "./past.ts";
import type {
  GatewayFacts,
  LeafFacts,
  LeafListenFacts,
  MonitorFacts,
  MonitorListener,
  MonitorSource,
  WebSocketFacts,
} from "./source.ts";
import { countSubscriptions } from "./subsz.ts";

/** What nats-server shows where there is no TLS. */
const TLS_MILLIS: Millis = 2_000;

export function varz(source: MonitorSource, listener: MonitorListener): Document {
  const { core } = source;
  const facts = source.facts();
  return {
    ...identity(core, facts),
    ...limits(core),
    ...monitoring(listener),
    cluster: { name: core.options.client.cluster },
    gateway: facts.gateway === null ? {} : gatewayFields(core, facts.gateway),
    leaf: facts.leaf === null ? {} : leafFields(core, facts.leaf),
    mqtt: {},
    websocket: facts.webSocket == null ? {} : webSocketFields(core, facts.webSocket),
    jetstream: {},
    tls_timeout: (facts.clientTls?.timeoutMillis ?? TLS_MILLIS) / 1_000,
    ...omitEmpty({ tls_cert_not_after: timeOrNothing(facts.clientTls?.certNotAfter ?? null) }),
    write_deadline: nanosOf(core.options.clientWriteDeadlineMillis),
    ...running(source),
    ...traffic(core),
    http_req_stats: Object.fromEntries(listener.requests),
    config_load_time: timeText(facts.configLoadedAt),
    config_digest: facts.configDigest,
    ...(facts.tags.length === 0 ? {} : { tags: facts.tags }),
    ...(core.lame === null ? {} : { lame_duck_mode: true }),
    metadata: { product: facts.productName, product_version: facts.productVersion },
    system_account: core.accounts.text(core.directory.system),
    ...refused(source),
    slow_consumer_stats: byKind(core.slowConsumers),
    stale_connection_stats: byKind(core.staleConnections),
  };
}

function identity(core: Core, facts: MonitorFacts): Document {
  const { client } = core.options;
  return {
    server_id: client.serverId,
    server_name: client.serverName,
    version: client.version,
    proto: 1,
    go: `bun${Bun.version}`,
    host: facts.clientListen.host,
    port: facts.clientListen.port,
    ...omitEmpty({
      auth_required: core.directory.authRequired(false),
      tls_required: facts.clientTls?.required ?? false,
      tls_verify: facts.clientTls?.verify ?? false,
      connect_urls: facts.connectUrls,
    }),
  };
}

/** By listener, where any was; nats-server has no such figure. */
function refused(source: MonitorSource): Document {
  const counts = omitEmpty({ ...source.refusedConnections?.() });
  return Object.keys(counts).length === 0 ? {} : { refused_connections: counts };
}

function limits(core: Core): Document {
  const { client } = core.options;
  return {
    max_connections: core.options.maxConnections,
    ...omitEmpty({ max_subscriptions: client.maxSubscriptions }),
    ping_interval: nanosOf(client.pingMillis),
    ping_max: client.pingMax,
    auth_timeout: client.authTimeoutMillis / 1_000,
    max_control_line: client.maxControlLine,
    max_payload: client.maxPayload,
    max_pending: client.pendingMax,
  };
}

function monitoring(listener: MonitorListener): Document {
  return {
    http_host: listener.host,
    http_port: listener.port,
    http_base_path: listener.basePath,
    https_port: listener.securePort ?? 0,
  };
}

/** Only configured remotes, each with the URLs given and those learned. Source: gateway.md §9.2. */
function gatewayFields(core: Core, facts: GatewayFacts): Document {
  const options = core.options.gateway;
  if (options === null || core.remotes === null) return {};
  const { tlsRequired } = options.identity;
  const tls_timeout = tlsRequired ? facts.tlsTimeoutMillis / 1_000 : 0;
  const gateways: Document[] = [];
  for (const remote of core.remotes.all.values()) {
    if (!remote.explicit) continue;
    const urls = core.remotes.urlsOf(remote).map(urlKey);
    gateways.push({ name: remote.name, ...omitEmpty({ tls_timeout, urls }) });
  }
  return omitEmpty({
    name: options.identity.gateway,
    host: facts.listen.host,
    port: facts.listen.port,
    auth_timeout: options.authTimeoutMillis / 1_000,
    tls_timeout: facts.tlsTimeoutMillis / 1_000,
    tls_required: tlsRequired,
    tls_verify: tlsRequired,
    advertise: facts.advertise,
    connect_retries: options.connectRetries,
    gateways,
    reject_unknown: options.rejectUnknown,
    write_deadline: nanosOf(facts.writeDeadlineMillis),
    tls_cert_not_after: timeOrNothing(facts.tlsCertNotAfter),
  });
}

/** What is listened for, and the remotes as configured, those that are disabled too. */
function leafFields(core: Core, { listener, remoteTlsTimeoutMillis }: LeafFacts): Document {
  const options = core.options.leaf;
  if (options === null) return {};
  const { listen } = options;
  const accepting = listener === null || listen === null ? {} : listenerFields(listen, listener);
  const remotes = options.remotes.map(({ index, account, urls, denyExports, denyImports }) => {
    const deny = omitEmpty({ exports: denyExports, imports: denyImports });
    return {
      local_account: account,
      ...omitEmpty({ tls_timeout: (remoteTlsTimeoutMillis[index] ?? 0) / 1_000, urls: urls.map(urlKey) }),
      ...(Object.keys(deny).length === 0 ? {} : { deny }),
    };
  });
  return {
    ...accepting,
    ...omitEmpty({ remotes }),
    write_deadline: nanosOf(core.options.leafWriteDeadlineMillis),
  };
}

function listenerFields(options: LeafListenOptions, facts: LeafListenFacts): Document {
  const { listen, tlsTimeoutMillis, tlsCertNotAfter } = facts;
  return omitEmpty({
    host: listen.host,
    port: listen.port,
    auth_timeout: options.authTimeoutMillis / 1_000,
    tls_timeout: tlsTimeoutMillis / 1_000,
    tls_required: options.tlsRequired,
    tls_verify: options.tlsVerify,
    tls_cert_not_after: timeOrNothing(tlsCertNotAfter),
  });
}

function webSocketFields(core: Core, facts: WebSocketFacts): Document {
  return omitEmpty({
    host: facts.listen.host,
    port: facts.listen.port,
    advertise: facts.advertise,
    no_auth_user: facts.noAuthUser,
    handshake_timeout: nanosOf(facts.handshakeTimeoutMillis),
    auth_timeout: core.options.client.authTimeoutMillis / 1_000,
    no_tls: facts.noTls,
    same_origin: facts.sameOrigin,
    allowed_origins: facts.allowedOrigins,
    compression: facts.compression,
    tls_cert_not_after: timeOrNothing(facts.tlsCertNotAfter),
  });
}

/** For omitEmpty. */
function timeOrNothing(at: Millis | null): string {
  return at === null ? "" : timeText(at);
}

function running(source: MonitorSource): Document {
  const { core } = source;
  const now = core.world.clock.now();
  const { memBytes, cpuPercent, cores } = source.process();
  return {
    start: timeText(core.startedAt),
    now: timeText(now),
    uptime: uptimeText(now - core.startedAt),
    mem: memBytes,
    cores,
    gomaxprocs: 1,
    cpu: cpuPercent,
    connections: core.clients.size,
    total_connections: core.totalConnections,
    routes: 0,
    remotes: 0,
    leafnodes: linkedLeafs(core).length,
  };
}

function traffic(core: Core): Document {
  const all = core.totals();
  const { slowConsumers, staleConnections } = core;
  return {
    in_msgs: all[Count.InMessages],
    in_bytes: all[Count.InBytes],
    out_msgs: all[Count.OutMessages],
    out_bytes: all[Count.OutBytes],
    ...clientTraffic(core),
    slow_consumers: totalOf(slowConsumers),
    stale_connections: totalOf(staleConnections),
    stalled_clients: 0,
    subscriptions: countSubscriptions(core, ""),
  };
}

/** Clients alone. Left out once ended connections are forgotten. */
function clientTraffic(core: Core): Document {
  const sessions = allSessions(core);
  if (sessions === null) return {};
  const sum = makeCounters();
  for (const { kind, counters } of sessions) {
    if (kind === Kind.Client) for (let i = 0; i < sum.length; i++) sum[i]! += counters[i]!;
  }
  return {
    in_client_msgs: sum[Count.InMessages],
    in_client_bytes: sum[Count.InBytes],
    out_client_msgs: sum[Count.OutMessages],
    out_client_bytes: sum[Count.OutBytes],
  };
}

type ByKind = Core["slowConsumers"];

function totalOf({ clients, gateways, leafs }: ByKind): number {
  return clients + gateways + leafs;
}

function byKind({ clients, gateways, leafs }: ByKind): Document {
  return { clients, routes: 0, gateways, leafs };
}
