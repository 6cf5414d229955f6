// What the views are made from: the core, and the few facts that only the appliance knows.

import type { Millis } from "../base/clock.ts";
import type { Core } from "../core/core.ts";
import type { Session } from "../peer/session.ts";
import type { PastTraffic } from "./metrics-past.ts";

/** Where a listener accepts. `port` is the one that the system gave where any free one was asked for. */
export interface ListenFact {
  readonly host: string;
  readonly port: number;
}

/** Of a listener with TLS. */
export interface TlsFact {
  readonly required: boolean;
  readonly verify: boolean;
  readonly timeoutMillis: Millis;
  /** When the certificate ends; null when that is not known. */
  readonly certNotAfter: Millis | null;
}

export interface WebSocketFacts {
  readonly listen: ListenFact;
  /** `host:port` as configured; "" without one. */
  readonly advertise: string;
  readonly noAuthUser: string;
  readonly handshakeTimeoutMillis: Millis;
  readonly sameOrigin: boolean;
  readonly allowedOrigins: readonly string[];
  readonly compression: boolean;
  /** When the certificate ends; null without TLS. */
  readonly tlsCertNotAfter: Millis | null;
  readonly noTls: boolean;
}

export interface GatewayFacts {
  readonly listen: ListenFact;
  /** `host:port` as configured; "" without one. */
  readonly advertise: string;
  /** nats-server's default without TLS. */
  readonly tlsTimeoutMillis: Millis;
  readonly writeDeadlineMillis: Millis;
  /** When the certificate ends; null without TLS. */
  readonly tlsCertNotAfter: Millis | null;
}

export interface LeafListenFacts {
  readonly listen: ListenFact;
  /** nats-server's default without TLS. */
  readonly tlsTimeoutMillis: Millis;
  /** When the certificate ends; null without TLS. */
  readonly tlsCertNotAfter: Millis | null;
}

export interface LeafFacts {
  /** null: no leafs are accepted. */
  readonly listener: LeafListenFacts | null;
  /** Of each remote, by its place in the configuration; 0 without a tls block. */
  readonly remoteTlsTimeoutMillis: readonly Millis[];
}

export interface MonitorFacts {
  readonly clientListen: ListenFact;
  /** TLS of clients; null or absent: in clear. */
  readonly clientTls?: TlsFact | null;
  /** null or absent: no WebSocket is listened for. */
  readonly webSocket?: WebSocketFacts | null;
  /** `host:port` of each address that clients are told of; may be empty. */
  readonly connectUrls: readonly string[];
  /** null: no gateway is configured. */
  readonly gateway: GatewayFacts | null;
  /** null: no leaf nodes are configured. */
  readonly leaf: LeafFacts | null;
  readonly configLoadedAt: Millis;
  /** `sha256:` and hexadecimal digits. */
  readonly configDigest: string;
  /** The product's name, as /varz tells it in `metadata`. */
  readonly productName: string;
  readonly productVersion: string;
  readonly tags: readonly string[];
}

/** What the process takes from the machine. */
export interface ProcessFigures {
  /** Resident bytes. */
  readonly memBytes: number;
  /** Of one core, in percent; above 100 with several busy threads. */
  readonly cpuPercent: number;
  readonly cores: number;
}

/** TLS of one connection, in nats-server's words: "1.3", "TLS_AES_128_GCM_SHA256". */
export interface TlsFigures {
  readonly version: string;
  readonly cipherSuite: string;
  /** It was up before INFO. */
  readonly first?: boolean;
  /** The certificate that the peer showed; absent without. */
  readonly peer?: PeerCertificate;
}

export interface PeerCertificate {
  readonly subject: string;
  /** SHA-256 of the public key info and of the whole certificate, hex. */
  readonly keyDigest: string;
  readonly digest: string;
}

export interface MonitorSource {
  readonly core: Core;
  /** A function, because ports are known only when listeners are open. */
  facts(): MonitorFacts;
  process(): ProcessFigures;
  /** Why nobody can connect (yet, or any more); null when all listeners accept. */
  notReady(): string | null;
  /** null: the connection is in clear, or its transport is gone. */
  tls(session: Session): TlsFigures | null;
  /** By listener, those sent away because too many came in a second; absent: nobody is. */
  refusedConnections?(): Readonly<Record<string, number>>;
}

/** What the monitoring listener knows of itself; /varz shows it. */
export interface MonitorListener extends ListenFact {
  /** 0 or absent without TLS, as `port` is 0 without a listener in clear. */
  readonly securePort?: number;
  readonly basePath: string;
  /** Requests by endpoint, without the base path. */
  readonly requests: ReadonlyMap<string, number>;
  /** Requests that were refused because too many were open; 0 when absent. */
  readonly refused?: number;
  /** What ended connections counted, for /metrics; absent: as far as the core keeps them. */
  readonly past?: PastTraffic;
}
