// What the gateway sessions are configured with, as plain values.

import type { Millis } from "../base/clock.ts";
import type { GatewayIdentity } from "../wire/gateway-writer.ts";
import type { GatewayRuleOptions } from "./rules.ts";

/** Where a remote cluster may be reached. */
export interface GatewayUrl {
  readonly host: string;
  readonly port: number;
  /** Credentials of the URL, else null. */
  readonly user: string | null;
  readonly password: string | null;
}

export interface RemoteOptions {
  readonly name: string;
  readonly urls: readonly GatewayUrl[];
}

export interface GatewayOptions {
  readonly identity: GatewayIdentity;
  /** What an accepted gateway must present, and what we present where the URL says nothing. */
  readonly user: string | null;
  readonly password: string | null;
  /** The certificate must name `user`; what CONNECT says of user and password is not looked at. */
  readonly verifyAndMap: boolean;
  /** A DNS name of the certificate must be one of these hosts; null: not asked. */
  readonly knownHosts: readonly string[] | null;
  readonly remotes: readonly RemoteOptions[];
  readonly rejectUnknown: boolean;
  /** What may cross to which remote. */
  readonly rules: GatewayRuleOptions;
  /** Until CONNECT and INFO must have come. */
  readonly authTimeoutMillis: Millis;
  /** No-interest subjects of an account after which a peer without gateway_iom gets the whole interest; 0: at
   *  once. */
  readonly interestOnlyThreshold: number;
  readonly pingMillis: Millis;
  readonly pingMax: number;
  /** Rounds of dials after which an implicit remote is forgotten. */
  readonly connectRetries: number;
  readonly connectBackoff: boolean;
  /** Bytes that may wait for one remote; what comes then is dropped and counted. */
  readonly pendingMax: number;
}

/** `host:port` as in gateway_urls; null when it is neither that nor a nats:// or tls:// URL. */
export function parseGatewayUrl(text: string): GatewayUrl | null {
  const url = URL.parse(text.includes("://") ? text : `nats://${text}`);
  if (url === null || url.hostname === "") return null;
  const host = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
  const port = url.port === "" ? 7222 : Number(url.port);
  if (port === 0) return null;
  const user = url.username === "" ? null : decoded(url.username);
  const password = url.password === "" ? null : decoded(url.password);
  return { host, port, user, password };
}

/** Percent-decoded; as it stands when it is not percent-encoded, because remotes write what they like. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** One spelling for each place, whatever the credentials. */
export function urlKey(url: Pick<GatewayUrl, "host" | "port">): string {
  return url.host.includes(":") ? `[${url.host}]:${url.port}` : `${url.host}:${url.port}`;
}
