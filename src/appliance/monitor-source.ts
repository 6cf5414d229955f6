// What monitoring is told that only the appliance knows.

import type { X509Certificate } from "node:crypto";
import type { Millis } from "../base/clock.ts";
import { PRODUCT_VERSION } from "../base/version.ts";
import type {
  AdvertisedAddress,
  ClientConfiguration,
  GatewayConfiguration,
  LeafConfiguration,
  WebSocketConfiguration,
} from "../config/config.ts";
import type { Loaded } from "../config/read.ts";
import type { Core } from "../core/core.ts";
import { urlKey } from "../gateway/options.ts";
import { ProcessMeter } from "../monitor/process-meter.ts";
import type {
  GatewayFacts,
  LeafFacts,
  MonitorFacts,
  MonitorSource,
  PeerCertificate,
  TlsFact,
  TlsFigures,
  WebSocketFacts,
} from "../monitor/source.ts";
import { digestOf, keyDigestOf, subjectOf } from "../net/certificate.ts";
import type { TlsFacts } from "../net/link.ts";
import type { Session } from "../peer/session.ts";
import { type Ports, withPorts } from "./build.ts";
import type { TlsContexts } from "./tls-contexts.ts";

/** What nats-server shows where there is no TLS. */
const TLS_MILLIS: Millis = 2_000;

/** What holds now; a reload makes another of it. */
export interface MonitorWiring {
  readonly loaded: Loaded;
  readonly loadedAt: Millis;
  readonly tls: TlsContexts;
  readonly ports: Ports;
  /** Why nobody can connect; null when all listeners accept. */
  readonly notReady: string | null;
  tlsOf(session: Session): TlsFacts | null;
  refusedConnections(): Readonly<Record<string, number>>;
}

export function monitorSource(core: Core, wiring: () => MonitorWiring): MonitorSource {
  const meter = new ProcessMeter();
  return {
    core,
    // Afresh each time: certificates are renewed while the box runs.
    facts: () => factsOf(wiring()),
    process: () => meter.figures(),
    notReady: () => wiring().notReady,
    tls: (session) => figuresOf(wiring().tlsOf(session)),
    refusedConnections: () => wiring().refusedConnections(),
  };
}

function factsOf(wiring: MonitorWiring): MonitorFacts {
  const { configuration, digest } = wiring.loaded;
  const { client, gateway, leaf, webSocket } = withPorts(configuration, wiring.ports);
  return {
    clientListen: client.listen,
    clientTls: clientTls(client, wiring),
    webSocket: webSocket === null ? null : webSocketFacts(webSocket, wiring),
    connectUrls: client.advertise === null ? [] : [advertised(client.advertise, client.listen.port)],
    gateway: gateway === null ? null : gatewayFacts(gateway, wiring),
    leaf: leaf === null ? null : leafFacts(leaf, wiring),
    configLoadedAt: wiring.loadedAt,
    configDigest: digest,
    productName: "isthmus",
    productVersion: PRODUCT_VERSION,
    tags: [],
  };
}

function gatewayFacts(gateway: GatewayConfiguration, { tls }: MonitorWiring): GatewayFacts {
  const { listen, advertise, writeDeadlineMillis } = gateway;
  return {
    listen,
    advertise: advertise === null ? "" : advertised(advertise, listen.port),
    tlsTimeoutMillis: gateway.tls?.timeoutMillis ?? TLS_MILLIS,
    writeDeadlineMillis,
    tlsCertNotAfter: tls.gateways?.notAfter ?? null,
  };
}

function clientTls({ tls }: ClientConfiguration, wiring: MonitorWiring): TlsFact | null {
  if (tls === null) return null;
  const { verify, timeoutMillis, allowClear } = tls;
  const certNotAfter = wiring.tls.clients.listen?.notAfter ?? null;
  return { required: !allowClear, verify, timeoutMillis, certNotAfter };
}

function webSocketFacts(webSocket: WebSocketConfiguration, { tls, ports }: MonitorWiring): WebSocketFacts {
  const { listen, advertise, noAuthUser, compression, sameOrigin, allowedOrigins } = webSocket;
  return {
    listen: { host: listen.host, port: ports.webSocket },
    advertise: advertise === null ? "" : advertised(advertise, ports.webSocket),
    noAuthUser: noAuthUser ?? "",
    handshakeTimeoutMillis: webSocket.handshakeTimeoutMillis,
    sameOrigin,
    allowedOrigins,
    compression,
    tlsCertNotAfter: tls.webSocket?.notAfter ?? null,
    noTls: webSocket.tls === null,
  };
}

function leafFacts({ listener, remotes }: LeafConfiguration, { ports, tls }: MonitorWiring): LeafFacts {
  return {
    listener: listener && {
      listen: { host: listener.listen.host, port: ports.leaf },
      tlsTimeoutMillis: listener.tls?.timeoutMillis ?? TLS_MILLIS,
      tlsCertNotAfter: tls.leafs.listen?.notAfter ?? null,
    },
    remoteTlsTimeoutMillis: remotes.map(({ tls: own }) => own?.timeoutMillis ?? 0),
  };
}

function figuresOf(tls: TlsFacts | null): TlsFigures | null {
  if (tls === null) return null;
  const { peer, ...rest } = tls;
  return peer === undefined ? rest : { ...rest, peer: peerOf(peer) };
}

function peerOf(certificate: X509Certificate): PeerCertificate {
  return {
    subject: subjectOf(certificate),
    keyDigest: keyDigestOf(certificate),
    digest: digestOf(certificate),
  };
}

function advertised({ host, port }: AdvertisedAddress, listenPort: number): string {
  return urlKey({ host, port: port ?? listenPort });
}
