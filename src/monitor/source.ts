// What the views are made from: the core, and the few facts that only the appliance knows.

import type { Millis } from "../base/clock.ts";
import type { Core } from "../core/core.ts";
import type { Session } from "../peer/session.ts";

/** Where a listener accepts. `port` is the one that the system gave where any free one was asked for. */
export interface ListenFact {
  readonly host: string;
  readonly port: number;
}

export interface GatewayFacts {
  readonly listen: ListenFact;
  /** `host:port` as configured; "" without one. */
  readonly advertise: string;
  /** 0 without TLS. */
  readonly tlsTimeoutMillis: Millis;
  readonly writeDeadlineMillis: Millis;
  /** When the certificate ends; null without TLS. */
  readonly tlsCertNotAfter: Millis | null;
}

export interface LeafListenFacts {
  readonly listen: ListenFact;
  /** 0 without TLS. */
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
}

/** What the monitoring listener knows of itself; /varz shows it. */
export interface MonitorListener extends ListenFact {
  readonly basePath: string;
  /** Requests by endpoint, without the base path. */
  readonly requests: ReadonlyMap<string, number>;
}
