// What the leaf sessions are configured with, as plain values.

import type { Millis } from "../base/clock.ts";

/** Where a hub is reached. A user without a password is a token (leafnode.md §2.2). */
export interface LeafUrl {
  readonly scheme: "nats" | "tls" | "ws" | "wss";
  readonly host: string;
  readonly port: number;
  /** Of ws and wss, without `/leafnode`: "" or "/base". */
  readonly path: string;
  readonly user: string | null;
  readonly password: string | null;
}

/** As configured and announced. Source: leafnode.md §9.1. */
export type CompressionMode =
  | "off"
  | "accept"
  | "not supported"
  | "s2_auto"
  | "s2_uncompressed"
  | "s2_fast"
  | "s2_better"
  | "s2_best";

export interface CompressionOptions {
  readonly mode: CompressionMode;
  /** With s2_auto: round trips up to which the next level is taken. */
  readonly rttThresholdsMillis: readonly [Millis, Millis, Millis];
}

/** What both ends say of themselves. */
export interface LeafIdentity {
  readonly serverId: string;
  readonly serverName: string;
  /** The nats-server version whose behaviour is spoken. */
  readonly version: string;
  readonly cluster: string;
  readonly maxPayload: number;
}

/** A user of `leafnodes.authorization`. A password is plain or a bcrypt hash. */
export interface LeafUser {
  readonly user: string;
  readonly password: string;
  /** null: the account of the block, or the global one. */
  readonly account: string | null;
}

/** Who is let in where `leafnodes.authorization` says so. Source: leafnode.md §7. */
export interface LeafAuthorization {
  readonly users: readonly LeafUser[];
  /** Public key of the one leaf that may come; null without one. */
  readonly nkey: string | null;
  /** The account of whoever is let in and has none of his own; null: the global one. */
  readonly account: string | null;
}

/** What both kinds of links are bounded by. */
export interface LeafLimits {
  readonly pingMillis: Millis;
  readonly pingMax: number;
  /** Bytes that may wait for one leaf; what comes then is dropped and counted. */
  readonly pendingMax: number;
  /** Bytes of a control line from a leaf that is known. */
  readonly maxControlLine: number;
}

export interface LeafListenOptions {
  /** In INFO. */
  readonly host: string;
  readonly port: number;
  /** `host:port` of each place where leafs reach this cluster, in leafnode_urls; at least our own. */
  readonly urls: readonly string[];
  /** The same for WebSocket; empty without such a listener. */
  readonly webSocketUrls: readonly string[];
  readonly authTimeoutMillis: Millis;
  readonly compression: CompressionOptions;
  /** As x.y.z; null: any. */
  readonly minVersion: string | null;
  /** No leaf hears of the interest of other leafs. */
  readonly isolate: boolean;
  readonly tlsRequired: boolean;
  readonly tlsVerify: boolean;
  /** TLS begins before INFO: always, never, or when a first byte comes within so long. */
  readonly handshakeFirst: boolean | Millis;
  /** The certificate says who the leaf is. */
  readonly verifyAndMap: boolean;
  /** null: leafs log in as clients do. */
  readonly authorization: LeafAuthorization | null;
}

/** Contents of a .creds file. */
export interface LeafCredentials {
  readonly jwt: string;
  readonly seed: string;
}

export interface LeafProxy {
  readonly url: string;
  readonly user: string | null;
  readonly password: string | null;
  readonly timeoutMillis: Millis;
}

export interface LeafRemoteOptions {
  /** Its place in the configuration, and its name in log lines. */
  readonly index: number;
  readonly urls: readonly LeafUrl[];
  /** The local account that it is bound to. */
  readonly account: string;
  readonly credentials: LeafCredentials | null;
  readonly nkeySeed: string | null;
  readonly denyImports: readonly string[];
  readonly denyExports: readonly string[];
  /** Our end is the hub although we solicit. */
  readonly hub: boolean;
  /** Interest of other leafs is not told over this link. */
  readonly isolate: boolean;
  /** The hub is asked not to tell us that of its other leafs. */
  readonly requestIsolation: boolean;
  readonly disabled: boolean;
  readonly noRandomize: boolean;
  readonly ignoreDiscovered: boolean;
  readonly firstInfoTimeoutMillis: Millis;
  readonly dialTimeoutMillis: Millis;
  readonly reconnectMillis: Millis;
  readonly compression: CompressionOptions;
  /** TLS whatever the hub says; with a tls block or a tls:// or wss:// URL. */
  readonly tlsRequired: boolean;
  readonly handshakeFirst: boolean;
  readonly webSocketCompression: boolean;
  readonly proxy: LeafProxy | null;
}

export interface LeafOptions {
  readonly identity: LeafIdentity;
  readonly limits: LeafLimits;
  /** null: no leafs are accepted. */
  readonly listen: LeafListenOptions | null;
  readonly remotes: readonly LeafRemoteOptions[];
}
