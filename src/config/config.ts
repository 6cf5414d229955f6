// A configuration as the rest of the box uses it: checked, with defaults, in fixed units, no YAML left.

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
  /** Null: no monitoring. */
  readonly monitor: MonitorConfiguration | null;
  readonly identity: IdentityConfiguration;
  readonly log: LogConfiguration;
  readonly pidFile: string | null;
  readonly lameDuck: { readonly durationMillis: number; readonly gracePeriodMillis: number };
}

/** Limits of clients, and where they are accepted. Port 0: any free one. */
export interface ClientConfiguration {
  readonly listen: BoundAddress;
  readonly advertise: AdvertisedAddress | null;
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
}

export interface GatewayTlsConfiguration extends TlsConfiguration {
  readonly verifyAndMap: boolean;
  readonly verifyCertAndCheckKnownUrls: boolean;
}

export interface MonitorConfiguration {
  readonly listen: BoundAddress;
  /** Empty, or `/path` without a slash at its end: stands before every endpoint. */
  readonly basePath: string;
}

export interface IdentityConfiguration {
  /** $G first, then those of the file in their order, the system account last unless it is in the file. */
  readonly accounts: readonly AccountConfiguration[];
  readonly systemAccount: string;
  /** A user that is in `accounts`. */
  readonly noAuthUser: string | null;
  /** A token for $G, plain or a bcrypt hash; then there are no users. */
  readonly token: string | null;
}

export interface AccountConfiguration {
  readonly name: string;
  readonly users: readonly UserConfiguration[];
}

/** `password` is plain or a bcrypt hash ($2a$...). */
export interface UserConfiguration {
  readonly user: string;
  readonly password: string;
}

export interface LogConfiguration {
  readonly debug: boolean;
  readonly trace: boolean;
  readonly traceVerbose: boolean;
  readonly logtime: boolean;
  /** Null: standard error. */
  readonly file: string | null;
}
