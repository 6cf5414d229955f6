// From the configuration to the options of leaf nodes, as hub and as spoke.

import { readFileSync } from "node:fs";
import { parseCredentials } from "../auth/credentials.ts";
import type {
  AdvertisedAddress,
  BoundAddress,
  Configuration,
  LeafListenerConfiguration,
  LeafRemoteConfiguration,
} from "../config/config.ts";
import { urlKey } from "../gateway/options.ts";
import type { LeafCredentials, LeafListenOptions, LeafOptions, LeafRemoteOptions } from "../leaf/options.ts";
import type { Identity } from "./build.ts";

/** How much longer a line of another server may be than a client's. Source: leafnode.md §1. */
const CONTROL_LINE_FACTOR = 16;

/** The ports that the listeners really have; of one that does not exist, whatever. */
export interface LeafPorts {
  readonly leaf: number;
  readonly webSocket: number;
}

/**
 * Null where no leafs are accepted and no hub is dialed. Reads the .creds files of remotes that are not
 * disabled: throws an Error that names the file that cannot be read or holds no credentials.
 */
export function leafOptions(
  configuration: Configuration,
  identity: Identity,
  ports: LeafPorts,
): LeafOptions | null {
  const { leaf, client } = configuration;
  if (leaf === null || (leaf.listener === null && leaf.remotes.length === 0)) return null;
  return {
    identity: {
      ...identity,
      cluster: configuration.clusterName ?? identity.serverName,
      maxPayload: client.maxPayloadBytes,
    },
    limits: {
      pingMillis: client.pingIntervalMillis,
      pingMax: client.pingMax,
      pendingMax: leaf.maxPendingBytes,
      maxControlLine: CONTROL_LINE_FACTOR * client.maxControlLineBytes,
    },
    listen: leaf.listener && listenOptions(leaf.listener, configuration.webSocket, ports),
    remotes: leaf.remotes.map(remoteOptions),
  };
}

function listenOptions(
  listener: LeafListenerConfiguration,
  webSocket: Configuration["webSocket"],
  ports: LeafPorts,
): LeafListenOptions {
  const { tls, noAdvertise } = listener;
  const { host, port } = reachable(listener, ports.leaf);
  const isTold = !noAdvertise && webSocket !== null;
  return {
    host,
    port,
    urls: noAdvertise ? [] : urlsOf({ host, port }),
    webSocketUrls: isTold ? urlsOf(reachable(webSocket, ports.webSocket)) : [],
    authTimeoutMillis: listener.authTimeoutMillis,
    compression: listener.compression,
    minVersion: listener.minVersion,
    isolate: listener.isolate,
    tlsRequired: tls !== null,
    tlsVerify: tls?.verify ?? false,
    handshakeFirst: tls?.handshakeFirst ?? false,
    verifyAndMap: tls?.verifyAndMap ?? false,
    authorization: listener.authorization,
  };
}

interface Advertised {
  readonly listen: BoundAddress;
  readonly advertise: AdvertisedAddress | null;
}

function reachable({ listen, advertise }: Advertised, port: number): BoundAddress {
  return { host: advertise?.host ?? listen.host, port: advertise?.port ?? port };
}

/** A leaf that is told to dial every address of this machine would dial itself; it keeps the URL it has. */
function urlsOf(address: BoundAddress): string[] {
  return address.host === "0.0.0.0" || address.host === "::" ? [] : [urlKey(address)];
}

function remoteOptions(remote: LeafRemoteConfiguration, index: number): LeafRemoteOptions {
  const { credentialsFile, tls, proxyTls: _, ...rest } = remote;
  return {
    ...rest,
    index,
    credentials: credentialsFile === null || rest.disabled ? null : readCredentials(credentialsFile),
    tlsRequired: tls !== null || rest.urls.some(({ scheme }) => scheme === "tls" || scheme === "wss"),
    handshakeFirst: tls?.handshakeFirst ?? false,
  };
}

function readCredentials(file: string): LeafCredentials {
  const credentials = parseCredentials(readFileSync(file, "utf8"));
  if (credentials !== null) return credentials;
  throw new Error(`${file}: holds no JWT and seed of a user, as a .creds file does`);
}
