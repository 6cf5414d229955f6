// The leaf half of a simulated box: a listener for spokes, and the hubs that it dials.

import type { CompressionMode, LeafOptions, LeafRemoteOptions } from "../leaf/options.ts";
import type { LinkPlan } from "./plan.ts";

export const LEAF_PORT = 7422;
const RTT_THRESHOLDS_MILLIS = [10, 50, 100] as const;

export interface BoxLeafOptions {
  /** Its links, whichever end it is. */
  readonly links: readonly LinkPlan[];
  readonly compression: CompressionMode;
  readonly pingMillis: number;
  readonly reconnectMillis: number;
}

export interface BoxIdentity {
  readonly serverId: string;
  readonly serverName: string;
  readonly version: string;
  readonly cluster: string;
  readonly maxPayload: number;
}

/** The options of `place`; null where it has no links. */
export function leafOptions(
  place: string,
  { links, compression: mode, pingMillis, reconnectMillis }: BoxLeafOptions,
  identity: BoxIdentity,
  pendingMax: number,
): LeafOptions | null {
  if (links.length === 0) return null;
  const compression = { mode, rttThresholdsMillis: RTT_THRESHOLDS_MILLIS };
  const remotes: LeafRemoteOptions[] = [];
  for (const link of links) {
    if (dialerOf(link) !== place) continue;
    for (const account of link.accounts) {
      const index = remotes.length;
      remotes.push({ ...remote(link, account, index), reconnectMillis, compression });
    }
  }
  const listen = {
    host: place,
    port: LEAF_PORT,
    urls: [`${place}:${LEAF_PORT}`],
    webSocketUrls: [],
    authTimeoutMillis: 2_000,
    compression,
    minVersion: null,
    isolate: false,
    tlsRequired: false,
    tlsVerify: false,
    handshakeFirst: false,
    verifyAndMap: false,
    authorization: null,
  };
  return {
    identity,
    limits: { pingMillis, pingMax: 2, pendingMax, maxControlLine: 65_536 },
    listen: links.some((link) => dialerOf(link) !== place) ? listen : null,
    remotes,
  };
}

function dialerOf({ spoke, hub, dialer }: LinkPlan): string {
  return dialer === "hub" ? hub : spoke;
}

/** The user of the hub is called like his account. */
function remote(
  { spoke, hub, dialer, isolated }: LinkPlan,
  account: string,
  index: number,
): Omit<LeafRemoteOptions, "reconnectMillis" | "compression"> {
  const host = dialer === "hub" ? spoke : hub;
  return {
    index,
    urls: [{ scheme: "nats", host, port: LEAF_PORT, path: "", user: account, password: account }],
    account,
    credentials: null,
    nkeySeed: null,
    denyImports: [],
    denyExports: [],
    hub: dialer === "hub",
    isolate: isolated === "dialer",
    requestIsolation: isolated === "acceptor",
    disabled: false,
    noRandomize: false,
    ignoreDiscovered: false,
    firstInfoTimeoutMillis: 1_000,
    dialTimeoutMillis: 1_000,
    tlsRequired: false,
    handshakeFirst: false,
    webSocketCompression: false,
    proxy: null,
  };
}
