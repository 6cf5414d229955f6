// What the client sessions are configured with, as plain values.

import type { ConnectionLimits } from "../auth/login.ts";
import type { Millis } from "../base/clock.ts";

/** What clients are told of TLS. Source: client-and-auth.md §1.2. */
export interface ClientTlsOptions {
  /** A certificate is asked for. */
  readonly verify: boolean;
  /** Who does not begin with TLS is served in clear. */
  readonly allowClear: boolean;
}

export interface ClientOptions {
  readonly serverId: string;
  readonly serverName: string;
  /** The nats-server version whose behaviour is spoken. */
  readonly version: string;
  readonly cluster: string;
  readonly host: string;
  readonly port: number;
  readonly authRequired: boolean;
  readonly webSocket: boolean;
  /** null or absent: in clear. */
  readonly tls?: ClientTlsOptions | null;
  /** Clients may log in by signing a nonce. */
  readonly asksSignatures: boolean;
  /** Bytes. */
  readonly maxPayload: number;
  /** Bytes of a control line. */
  readonly maxControlLine: number;
  /** Of one connection; 0: no limit. */
  readonly maxSubscriptions: number;
  /** Tokens of a subscription's subject; 0: no limit. */
  readonly maxSubjectTokens: number;
  readonly authTimeoutMillis: Millis;
  readonly pingMillis: Millis;
  readonly pingMax: number;
  /** Bytes that may wait for one client; over it the client is cut. */
  readonly pendingMax: number;
}

/** The smaller of what the box and what an account allows one client; null: the account sets none. */
export function limitsOf(
  { maxPayload, maxSubscriptions }: ClientOptions,
  limits: ConnectionLimits | null,
): { readonly payloadMax: number; readonly subscriptionsMax: number } {
  const { subs, payload } = limits ?? { subs: -1, payload: -1 };
  const own = maxSubscriptions > 0 ? maxSubscriptions : Number.POSITIVE_INFINITY;
  return {
    payloadMax: payload < 0 ? maxPayload : Math.min(maxPayload, payload),
    subscriptionsMax: subs < 0 ? own : Math.min(own, subs),
  };
}
