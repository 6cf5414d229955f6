// A configuration as the rest of the box uses it: checked, with defaults, in fixed units, no YAML left.

import type { AccountBounds } from "../auth/login.ts";
import type { Permission } from "../auth/permission.ts";
import type { AllowedResponses } from "../auth/rights.ts";
import type { TrustOptions } from "../auth/trust.ts";
import type { ConnectionType } from "../auth/user-login.ts";
import type { ResolverOptions } from "../core/resolver.ts";
import type { TrafficOptions } from "../forward/traffic-options.ts";
import type { GatewayRuleOptions } from "../gateway/rules.ts";
import type { CompressionOptions, LeafAuthorization, LeafRemoteOptions } from "../leaf/options.ts";
import type { AdvertisedAddress, BoundAddress, GatewayUrl } from "./address.ts";

export type { AdvertisedAddress, BoundAddress, GatewayUrl } from "./address.ts";

export interface Configuration {
  /** Null: the box takes its generated id as its name. */
  readonly serverName: string | null;
  /** gateway.name, or cluster.name without a gateway. */
  readonly clusterName: string | null;
  readonly client: ClientConfiguration;
  /** Null: no gateway listener and no remotes. */
  readonly gateway: GatewayConfiguration | null;
  /** Null: there is no `leafnodes` block. */
  readonly leaf: LeafConfiguration | null;
  /** Where leafs are accepted over WebSocket, beside the listener of `leaf`. Null: nowhere. */
  readonly webSocket: WebSocketConfiguration | null;
  /** Null: no monitoring. */
  readonly monitor: MonitorConfiguration | null;
  /** Connections that each listener takes in a second; null: any number. */
  readonly connectionRates: Readonly<Record<"client" | "gateway" | "leaf" | "websocket", number | null>>;
  readonly identity: IdentityConfiguration;
  readonly log: LogConfiguration;
  readonly pidFile: string | null;
  /** Null: no admin socket. */
  readonly admin: AdminConfiguration | null;
  /** Null: no ports file. */
  readonly portsFileDir: string | null;
  readonly lameDuck: { readonly durationMillis: number; readonly gracePeriodMillis: number };
}

/** Limits of clients, and where they are accepted. Port 0: any free one. */
export interface ClientConfiguration {
  readonly listen: BoundAddress;
  readonly advertise: AdvertisedAddress | null;
  /** Null: in clear. */
  readonly tls: ClientTlsConfiguration | null;
  readonly authTimeoutMillis: number;
  /** 0 admits nobody. */
  readonly maxConnections: number;
  /** Null: no limit. */
  readonly maxSubscriptions: number | null;
  /** Null: no limit. */
  readonly maxSubTokens: number | null;
  readonly maxPayloadBytes: number;
  readonly maxControlLineBytes: number;
  readonly maxPendingBytes: number;
  readonly writeDeadlineMillis: number;
  readonly pingIntervalMillis: number;
  readonly pingMax: number;
}

export interface GatewayConfiguration {
  readonly name: string;
  readonly listen: BoundAddress;
  readonly advertise: AdvertisedAddress | null;
  /** What accepted peers must give, and what we give where a URL has nothing. Null: nobody is asked. */
  readonly authorization: GatewayAuthorization | null;
  readonly authTimeoutMillis: number;
  readonly tls: GatewayTlsConfiguration | null;
  readonly rejectUnknown: boolean;
  /** What may cross to which remote; of remotes that are not configured as of all others. */
  readonly rules: GatewayRuleOptions;
  readonly connectRetries: number;
  readonly connectBackoff: boolean;
  readonly writeDeadlineMillis: number;
  readonly maxPendingBytes: number;
  readonly interestOnlyThreshold: number;
  /** Remote clusters to dial, without this cluster itself. */
  readonly remotes: readonly RemoteConfiguration[];
  /** URLs of the entry for this cluster itself: never dialed, but known. */
  readonly ownUrls: readonly GatewayUrl[];
}

/** `password` null: with verify_and_map the certificate stands for the user. Plain, or a bcrypt hash. */
export interface GatewayAuthorization {
  readonly user: string;
  readonly password: string | null;
}

export interface RemoteConfiguration {
  readonly name: string;
  readonly urls: readonly GatewayUrl[];
  /** Its own tls block, else gateway.tls; null: plain. */
  readonly tls: TlsConfiguration | null;
}

/** Files are as written, relative to where the box was started. */
export interface TlsConfiguration {
  readonly certFile: string | null;
  readonly keyFile: string | null;
  readonly caFile: string | null;
  readonly insecure: boolean;
  readonly timeoutMillis: number;
  /** SHA-256 of public key infos in lower-case hexadecimal; empty: any certificate that verifies. */
  readonly pinnedCerts: readonly string[];
  readonly minVersion: "1.2" | "1.3";
  /** OpenSSL's names of suites of TLS 1.2; null: those that nats-server takes. */
  readonly ciphers: readonly string[] | null;
  /** OpenSSL's names, the most wanted first; null: the runtime's own. */
  readonly curves: readonly string[] | null;
}

export interface GatewayTlsConfiguration extends TlsConfiguration {
  readonly verifyAndMap: boolean;
  readonly verifyCertAndCheckKnownUrls: boolean;
}

export interface LeafConfiguration {
  /** Null: no leafs are accepted. */
  readonly listener: LeafListenerConfiguration | null;
  /** In the order of the file, those that are disabled too. */
  readonly remotes: readonly LeafRemoteConfiguration[];
  readonly writeDeadlineMillis: number;
  readonly maxPendingBytes: number;
}

export interface LeafListenerConfiguration {
  readonly listen: BoundAddress;
  readonly advertise: AdvertisedAddress | null;
  /** Leafs are told no address of ours. */
  readonly noAdvertise: boolean;
  /**
   * Null: leafs log in as clients do. Without users and nkey they do so as well, and `account` is then the
   * account of leafs where nobody must log in. A password is empty where the certificate stands for it.
   */
  readonly authorization: LeafAuthorization | null;
  readonly authTimeoutMillis: number;
  readonly tls: LeafTlsConfiguration | null;
  readonly compression: CompressionOptions;
  /** The least version of a leaf as x.y.z; null: any. */
  readonly minVersion: string | null;
  readonly isolate: boolean;
}

/** A hub to dial, as the sessions take it, with files and certificates still as paths. */
export interface LeafRemoteConfiguration
  extends Omit<LeafRemoteOptions, "index" | "credentials" | "tlsRequired" | "handshakeFirst"> {
  /** A .creds file; null without one. */
  readonly credentialsFile: string | null;
  /** Null: TLS where the URL or the hub wants it, with the system's authorities. */
  readonly tls: LeafRemoteTlsConfiguration | null;
  /** Of an https proxy; null without a block, and then the system's authorities count. */
  readonly proxyTls: TlsConfiguration | null;
}

/** Of a listener: whom it asks for a certificate. `insecure` is always false. */
export interface ListenerTlsConfiguration extends TlsConfiguration {
  /** Whoever connects must show a certificate; true with `verifyAndMap`. */
  readonly verify: boolean;
  /** The certificate says who it is. */
  readonly verifyAndMap: boolean;
}

export interface LeafTlsConfiguration extends ListenerTlsConfiguration {
  /** TLS begins before INFO: always, never, or when a first byte comes within so many milliseconds. */
  readonly handshakeFirst: boolean | number;
  /** Handshakes that may begin in a second. Null: any number. */
  readonly handshakesPerSecondMax: number | null;
}

export interface ClientTlsConfiguration extends LeafTlsConfiguration {
  /** Who does not begin with TLS is served in clear; never with `handshakeFirst: true`. */
  readonly allowClear: boolean;
}

export interface LeafRemoteTlsConfiguration extends TlsConfiguration {
  readonly handshakeFirst: boolean;
}

export interface WebSocketConfiguration {
  readonly listen: BoundAddress;
  readonly advertise: AdvertisedAddress | null;
  /** Null: ws:// without TLS. */
  readonly tls: ListenerTlsConfiguration | null;
  /** Takes up permessage-deflate where the other end offers it. */
  readonly compression: boolean;
  /** An Origin header must name the host that was asked for. */
  readonly sameOrigin: boolean;
  /** Scheme, host and port of the only Origin headers that are taken; empty: any. */
  readonly allowedOrigins: readonly string[];
  readonly handshakeTimeoutMillis: number;
  /** Who comes without credentials; a user that is in `identity.accounts`. */
  readonly noAuthUser: string | null;
}

export interface MonitorConfiguration {
  /** Null: not in clear. One of the two is there. */
  readonly listen: BoundAddress | null;
  /** The same with the certificate of `client.tls`. Null: not with TLS. */
  readonly secureListen: BoundAddress | null;
  /** Empty, or `/path` without a slash at its end: stands before every endpoint. */
  readonly basePath: string;
}

export interface IdentityConfiguration {
  /** $G first, then those of the file in their order, the system account last unless it is in the file. */
  readonly accounts: readonly AccountConfiguration[];
  /** What accounts import and map; those that do neither are left out. */
  readonly traffic: readonly TrafficOptions[];
  readonly systemAccount: string;
  /** A user that is in `accounts`. */
  readonly noAuthUser: string | null;
  /** A token for $G, plain or a bcrypt hash; then there are no users. */
  readonly token: string | null;
  /** Null: accounts and users are configured. Else there are no users, and accounts beside `accounts`. */
  readonly operator: OperatorConfiguration | null;
}

export interface OperatorConfiguration {
  readonly trust: TrustOptions;
  /** JWTs of accounts, verified; some may have expired. */
  readonly preload: readonly string[];
  /** Where other accounts are asked for, with a slash at its end. Null: there are no others. */
  readonly resolverUrl: string | null;
  /** What the URL is called with; null: as the system does. */
  readonly resolverTls: CallerTlsConfiguration | null;
  /** Null: accounts are kept in memory. */
  readonly directory: DirectoryConfiguration | null;
  /** The JWT of who comes without one; null: nobody may. */
  readonly sentinel: string | null;
}

/** Files are as written, relative to where the box was started. */
export interface CallerTlsConfiguration {
  readonly certFile: string | null;
  readonly keyFile: string | null;
  readonly caFile: string | null;
  readonly insecure: boolean;
}

/** Of a resolver that keeps accounts in files. */
export interface DirectoryConfiguration extends ResolverOptions {
  /** As written, relative to where the box was started. */
  readonly dir: string;
  /** Files of deleted accounts are removed, and not renamed. */
  readonly hardDelete: boolean;
}

export interface AccountConfiguration {
  readonly name: string;
  readonly users: readonly UserConfiguration[];
  /** Absent: none. */
  readonly limits?: AccountBounds;
}

/** Known by a name and a password, or by an nkey and by nothing else. */
export interface UserConfiguration {
  /** Null with an nkey. */
  readonly user: string | null;
  /** Plain or a bcrypt hash ($2a$...); null with an nkey. */
  readonly password: string | null;
  /** Public key of a user (U...); null with a name. */
  readonly nkey: string | null;
  /** The only ways in which this user may come; absent: all. */
  readonly connectionTypes?: readonly ConnectionType[];
  /** Its own, else those of the block around it; null: everything is allowed. */
  readonly permissions: PermissionsConfiguration | null;
}

/** What a user may send, and what it may subscribe to. All subjects are valid ones; of what is
 *  subscribed to, some may name a queue group behind them. */
export interface PermissionsConfiguration {
  readonly publish: Permission;
  readonly subscribe: Permission;
  /** Absent: no answers beyond what may be published. */
  readonly responses?: AllowedResponses;
}

export interface AdminConfiguration {
  readonly socket: string;
  /** The mode of its file, as a number: 0o600. */
  readonly mode: number;
}

export interface LogConfiguration {
  readonly debug: boolean;
  readonly trace: boolean;
  readonly traceVerbose: boolean;
  readonly logtime: boolean;
  /** Null: standard error. */
  readonly file: string | null;
  readonly format: "text" | "json";
  /** Bytes. Null: the file is never set aside. */
  readonly sizeLimit: number | null;
  /** Null: files that were set aside stay. */
  readonly filesMax: number | null;
}
