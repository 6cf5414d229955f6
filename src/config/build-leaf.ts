// Settings of leaf nodes and of WebSocket that passed every check, to what the box runs with.

import type { CompressionOptions, LeafAuthorization, LeafProxy, LeafUrl, LeafUser } from "../leaf/options.ts";
import { buildListenerTls, buildTls } from "./build-tls.ts";
import type {
  LeafConfiguration,
  LeafListenerConfiguration,
  LeafRemoteConfiguration,
  LeafRemoteTlsConfiguration,
  LeafTlsConfiguration,
  WebSocketConfiguration,
} from "./config.ts";
import { leafAddress, webSocketAddress } from "./listeners.ts";
import { subjectList } from "./permissions.ts";
import type { LeafRemoteSettings, LeafSettings, Settings, WebSocketSettings } from "./schema.ts";
import type { CompressionSettings } from "./schema-leaf.ts";
import { GLOBAL_ACCOUNT } from "./users.ts";

/** How many levels of compression a round trip decides between, but for the last. */
const THRESHOLDS = 3;

/** `authTimeoutMillis` is what holds without TLS and without a time of its own. */
export function buildLeaf(
  settings: Settings,
  leaf: LeafSettings,
  authTimeoutMillis: (tlsMillis: number | null) => number,
): LeafConfiguration {
  const listen = leafAddress(leaf);
  const { tls, authorization } = leaf;
  const listener: LeafListenerConfiguration | null = listen && {
    listen,
    advertise: leaf.advertise ?? null,
    noAdvertise: leaf.no_advertise,
    authorization: buildAuthorization(authorization),
    authTimeoutMillis: authorization?.timeout ?? authTimeoutMillis(tls?.timeout ?? null),
    tls: tls === undefined ? null : buildLeafTls(tls),
    compression: compressionOf(leaf.compression),
    minVersion: leaf.min_version ?? null,
    isolate: leaf.isolate_leafnode_interest,
  };
  return {
    listener,
    remotes: (leaf.remotes ?? []).map((remote) => buildRemote(leaf, remote)),
    writeDeadlineMillis: leaf.write_deadline ?? settings.write_deadline,
    maxPendingBytes: leaf.max_pending ?? settings.max_pending,
  };
}

function buildAuthorization(written: LeafSettings["authorization"]): LeafAuthorization | null {
  if (written === undefined) return null;
  const { user, password = "", nkey = null, account = null } = written;
  const users: LeafUser[] = (written.users ?? []).map((entry) => ({
    user: entry.user ?? "",
    password: entry.password ?? "",
    // The account of the block is not theirs, as in nats-server.
    account: entry.account ?? GLOBAL_ACCOUNT,
  }));
  if (user !== undefined) users.push({ user, password, account });
  return users.length === 0 && nkey === null && account === null ? null : { users, nkey, account };
}

/** Every URL of a remote, `url` first. */
export function leafUrlsOf(remote: LeafRemoteSettings): LeafUrl[] {
  return [...(remote.url === undefined ? [] : [remote.url]), ...(remote.urls ?? [])];
}

function buildRemote(leaf: LeafSettings, remote: LeafRemoteSettings): LeafRemoteConfiguration {
  const dialTimeoutMillis = remote.dial_timeout ?? leaf.dial_timeout;
  return {
    urls: leafUrlsOf(remote),
    account: remote.account ?? GLOBAL_ACCOUNT,
    credentialsFile: remote.credentials ?? null,
    nkeySeed: remote.nkey ?? null,
    denyImports: subjectList(remote.deny_imports),
    denyExports: subjectList(remote.deny_exports),
    hub: remote.hub,
    isolate: remote.isolate_leafnode_interest,
    requestIsolation: remote.request_isolation,
    disabled: remote.disabled,
    noRandomize: remote.no_randomize,
    ignoreDiscovered: remote.ignore_discovered_servers,
    firstInfoTimeoutMillis: remote.first_info_timeout,
    dialTimeoutMillis,
    reconnectMillis: leaf.reconnect,
    compression: compressionOf(remote.compression),
    tls: remote.tls === undefined ? null : buildRemoteTls(remote.tls),
    webSocketCompression: remote.ws_compression,
    proxy: buildProxy(remote.proxy, dialTimeoutMillis),
    proxyTls: remote.proxy?.tls === undefined ? null : buildTls(remote.proxy.tls),
  };
}

function buildProxy(proxy: LeafRemoteSettings["proxy"], timeoutMillis: number): LeafProxy | null {
  if (proxy?.url === undefined) return null;
  const { url, username = null, password = null, timeout } = proxy;
  return { url, user: username, password, timeoutMillis: timeout ?? timeoutMillis };
}

/** A mode that is written alone has nats-server's thresholds; absent, it is s2_auto at either end. */
function compressionOf(written: CompressionSettings | undefined): CompressionOptions {
  const isBlock = typeof written === "object";
  const mode = (isBlock ? written.mode : written) ?? "s2_auto";
  return { mode, rttThresholdsMillis: thresholdsOf(isBlock ? written.rtt_thresholds : [10, 50, 100]) };
}

/**
 * Of fewer than three the last level has no end, and zeros at the end do not count; a zero before them is a
 * level that is never taken. Source: nats-server 2.15 server/server.go, selectS2AutoModeBasedOnRTT.
 */
function thresholdsOf(written: readonly number[]): CompressionOptions["rttThresholdsMillis"] {
  const last = written.findLastIndex((millis) => millis > 0);
  const endless = Number.POSITIVE_INFINITY;
  const [first = endless, second = endless, third = endless] =
    last + 1 < THRESHOLDS ? written.slice(0, Math.max(0, last)) : written;
  return [first, second, third];
}

export function buildWebSocket(webSocket: WebSocketSettings): WebSocketConfiguration | null {
  const listen = webSocketAddress(webSocket);
  const origins = webSocket.allowed_origins;
  return (
    listen && {
      listen,
      advertise: webSocket.advertise ?? null,
      tls: webSocket.tls === undefined ? null : buildListenerTls(webSocket.tls),
      compression: webSocket.compression,
      sameOrigin: webSocket.same_origin,
      allowedOrigins: subjectList(origins),
      handshakeTimeoutMillis: webSocket.handshake_timeout,
      noAuthUser: webSocket.no_auth_user ?? null,
    }
  );
}

function buildLeafTls(tls: NonNullable<LeafSettings["tls"]>): LeafTlsConfiguration {
  const { handshake_first: handshakeFirst, connection_rate_limit: handshakesPerSecondMax = null } = tls;
  return { ...buildListenerTls(tls), handshakeFirst, handshakesPerSecondMax };
}

/** Who dials either begins with TLS or does not: there is nothing to wait for. */
function buildRemoteTls(tls: NonNullable<LeafRemoteSettings["tls"]>): LeafRemoteTlsConfiguration {
  return { ...buildTls(tls), handshakeFirst: tls.handshake_first !== false };
}
