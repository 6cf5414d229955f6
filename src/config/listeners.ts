// Where the box listens once host, port, listen and their defaults are put together.

import type { BoundAddress, ListenAddress } from "./address.ts";
import type { GatewaySettings, LeafSettings, Settings, WebSocketSettings } from "./schema.ts";

/** Nobody is reachable from other machines without having said so; nats-server opens 0.0.0.0 instead. */
export const LOOPBACK = "127.0.0.1";

export interface HostAndPort {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly listen?: ListenAddress | undefined;
}

/** The host that was written, in `listen` or `host`; null if none was. */
export function writtenHost(block: HostAndPort): string | null {
  return block.listen === undefined ? (block.host ?? null) : block.listen.host;
}

export function clientAddress(settings: Settings): BoundAddress {
  return bound(settings, settings.port);
}

export function gatewayAddress(gateway: GatewaySettings): BoundAddress {
  return bound(gateway, gateway.port);
}

/** Null where no port is written: then leafs are dialed and none accepted, as in nats-server. */
export function leafAddress(leaf: LeafSettings): BoundAddress | null {
  return boundIfWritten(leaf);
}

/** Null where no port is written: then there is no WebSocket, as in nats-server. */
export function webSocketAddress(webSocket: WebSocketSettings): BoundAddress | null {
  return boundIfWritten(webSocket);
}

/** Monitoring without a host of its own is served where clients are, as in nats-server; null if it is off. */
export function monitorAddress(settings: Settings): BoundAddress | null {
  return monitorAt(settings, settings.http, settings.http_port);
}

/** The same with TLS. */
export function secureMonitorAddress(settings: Settings): BoundAddress | null {
  return monitorAt(settings, settings.https, settings.https_port);
}

function monitorAt(
  settings: Settings,
  listen: ListenAddress | undefined,
  port: number | undefined,
): BoundAddress | null {
  const { host } = clientAddress(settings);
  if (listen !== undefined) return { host: listen.host ?? host, port: listen.port };
  return port === undefined ? null : { host, port };
}

/** Whether two listeners would want the same port; port 0 takes a free one and never collides. */
export function collide(a: BoundAddress, b: BoundAddress): boolean {
  if (a.port !== b.port || a.port === 0) return false;
  const [left, right] = [canonicalHost(a.host), canonicalHost(b.host)];
  return left === right || isWildcard(left) || isWildcard(right);
}

function bound(block: HostAndPort, port: number): BoundAddress {
  return { host: writtenHost(block) ?? LOOPBACK, port: block.listen?.port ?? port };
}

function boundIfWritten(block: HostAndPort): BoundAddress | null {
  const port = block.listen?.port ?? block.port;
  return port === undefined ? null : bound(block, port);
}

function canonicalHost(host: string): string {
  return host.toLowerCase() === "localhost" ? LOOPBACK : host.toLowerCase();
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}
