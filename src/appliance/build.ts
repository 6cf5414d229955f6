// From the configuration to the options of each part.

import { GATEWAY_PING_MILLIS_MAX } from "../base/limits.ts";
import type { Configuration, GatewayConfiguration } from "../config/config.ts";
import type { CoreOptions } from "../core/options.ts";
import { type GatewayOptions, urlKey } from "../gateway/options.ts";
import { type LeafPorts, leafOptions } from "./build-leaf.ts";

/** Cached answers of one appliance. */
const CACHE_SLOTS = 65_536;

/** The ports that the listeners really have; of one that does not exist, whatever. */
export interface Ports extends LeafPorts {
  readonly client: number;
  readonly gateway: number;
}

export interface Identity {
  readonly serverId: string;
  readonly serverName: string;
  readonly version: string;
}

export function coreOptions(configuration: Configuration, identity: Identity, ports: LeafPorts): CoreOptions {
  const { client, identity: who, gateway, leaf } = configuration;
  const cluster = configuration.clusterName ?? identity.serverName;
  return {
    accounts: {
      names: who.accounts.map(({ name }) => name),
      systemAccount: who.systemAccount,
      users: who.accounts.flatMap(({ name, users }) => users.map((user) => ({ ...user, account: name }))),
      bounds: new Map(who.accounts.flatMap(({ name, limits }) => (limits ? [[name, limits] as const] : []))),
      token: who.token,
      noAuthUser: who.noAuthUser,
      webSocketNoAuthUser: configuration.webSocket?.noAuthUser ?? null,
      mapsCertificates: client.tls?.verifyAndMap ?? false,
      operator: who.operator,
    },
    traffic: who.traffic,
    client: {
      ...identity,
      cluster,
      host: client.advertise?.host ?? client.listen.host,
      port: client.advertise?.port ?? client.listen.port,
      tls: client.tls && { verify: client.tls.verify, allowClear: client.tls.allowClear },
      maxPayload: client.maxPayloadBytes,
      maxControlLine: client.maxControlLineBytes,
      maxSubscriptions: client.maxSubscriptions ?? 0,
      maxSubjectTokens: client.maxSubTokens ?? 0,
      authTimeoutMillis: client.authTimeoutMillis,
      pingMillis: client.pingIntervalMillis,
      pingMax: client.pingMax,
      pendingMax: client.maxPendingBytes,
    },
    gateway: gateway === null ? null : gatewayOptions(configuration, gateway, identity),
    leaf: leafOptions(configuration, identity, ports),
    maxConnections: client.maxConnections,
    clientWriteDeadlineMillis: client.writeDeadlineMillis,
    gatewayWriteDeadlineMillis: gateway?.writeDeadlineMillis ?? client.writeDeadlineMillis,
    leafWriteDeadlineMillis: leaf?.writeDeadlineMillis ?? client.writeDeadlineMillis,
    cacheSlots: CACHE_SLOTS,
    express: true,
  };
}

function gatewayOptions(
  configuration: Configuration,
  gateway: GatewayConfiguration,
  identity: Identity,
): GatewayOptions {
  const { listen, advertise, authorization, tls } = gateway;
  const host = advertise?.host ?? listen.host;
  const port = advertise?.port ?? listen.port;
  return {
    identity: {
      ...identity,
      gateway: gateway.name,
      host,
      port,
      url: urlKey({ host, port }),
      maxPayload: configuration.client.maxPayloadBytes,
      authRequired: authorization !== null,
      tlsRequired: tls !== null,
    },
    user: authorization?.user ?? null,
    password: authorization?.password ?? null,
    verifyAndMap: tls?.verifyAndMap ?? false,
    knownHosts: tls?.verifyCertAndCheckKnownUrls === true ? knownHosts(gateway) : null,
    remotes: gateway.remotes,
    rejectUnknown: gateway.rejectUnknown,
    rules: gateway.rules,
    authTimeoutMillis: gateway.authTimeoutMillis,
    interestOnlyThreshold: gateway.interestOnlyThreshold,
    pingMillis: Math.min(configuration.client.pingIntervalMillis, GATEWAY_PING_MILLIS_MAX),
    pingMax: configuration.client.pingMax,
    connectRetries: gateway.connectRetries,
    connectBackoff: gateway.connectBackoff,
    pendingMax: gateway.maxPendingBytes,
  };
}

/** Hosts of all configured URLs; the entry for this cluster itself counts too (gateway.md §6). */
function knownHosts({ remotes, ownUrls }: GatewayConfiguration): string[] {
  return [...remotes.flatMap(({ urls }) => urls), ...ownUrls].map(({ host }) => host);
}

/** The configuration with the ports that listeners really have. */
export function withPorts(configuration: Configuration, ports: Ports): Configuration {
  const { client, gateway } = configuration;
  return {
    ...configuration,
    client: { ...client, listen: { ...client.listen, port: ports.client } },
    gateway: gateway === null ? null : { ...gateway, listen: { ...gateway.listen, port: ports.gateway } },
  };
}
