// What monitoring is told that only the appliance knows.

import { X509Certificate } from "node:crypto";
import type { Millis } from "../base/clock.ts";
import { PRODUCT_VERSION } from "../base/version.ts";
import type { AdvertisedAddress, LeafConfiguration } from "../config/config.ts";
import type { Loaded } from "../config/read.ts";
import type { Core } from "../core/core.ts";
import { urlKey } from "../gateway/options.ts";
import { ProcessMeter } from "../monitor/process-meter.ts";
import type { LeafFacts, MonitorFacts, MonitorSource, TlsFigures } from "../monitor/source.ts";
import type { TlsContext } from "../net/tls.ts";
import type { Session } from "../peer/session.ts";

/** What is known once the listeners are open. */
export interface MonitorWiring {
  readonly loadedAt: Millis;
  /** With which gateways and leafs are accepted; null in clear. */
  readonly gatewayTls: TlsContext | null;
  readonly leafTls: TlsContext | null;
  /** Of the leaf listener; of one that does not exist, whatever. */
  readonly leafPort: number;
  /** Why nobody can connect; null when all listeners accept. */
  notReady(): string | null;
  tlsOf(session: Session): TlsFigures | null;
}

export function monitorSource(core: Core, loaded: Loaded, wiring: MonitorWiring): MonitorSource {
  const { client, gateway, leaf } = loaded.configuration;
  const meter = new ProcessMeter();
  const facts: MonitorFacts = {
    clientListen: client.listen,
    connectUrls: client.advertise === null ? [] : [advertised(client.advertise, client.listen.port)],
    gateway:
      gateway === null
        ? null
        : {
            listen: gateway.listen,
            advertise: gateway.advertise === null ? "" : advertised(gateway.advertise, gateway.listen.port),
            tlsTimeoutMillis: gateway.tls?.timeoutMillis ?? 0,
            writeDeadlineMillis: gateway.writeDeadlineMillis,
            tlsCertNotAfter: expiryOf(wiring.gatewayTls),
          },
    leaf: leaf === null ? null : leafFacts(leaf, wiring),
    configLoadedAt: wiring.loadedAt,
    configDigest: loaded.digest,
    productName: "isthmus",
    productVersion: PRODUCT_VERSION,
    tags: [],
  };
  return {
    core,
    facts: () => facts,
    process: () => meter.figures(),
    notReady: () => wiring.notReady(),
    tls: (session) => wiring.tlsOf(session),
  };
}

function leafFacts(
  { listener, remotes }: LeafConfiguration,
  { leafPort, leafTls }: MonitorWiring,
): LeafFacts {
  return {
    listener: listener && {
      listen: { host: listener.listen.host, port: leafPort },
      tlsTimeoutMillis: listener.tls?.timeoutMillis ?? 0,
      tlsCertNotAfter: expiryOf(leafTls),
    },
    remoteTlsTimeoutMillis: remotes.map(({ tls }) => tls?.timeoutMillis ?? 0),
  };
}

/** null without TLS, or without a certificate of our own. */
function expiryOf(tls: TlsContext | null): Millis | null {
  const certificate = tls?.certificate ?? null;
  return certificate === null ? null : Date.parse(new X509Certificate(certificate).validTo);
}

function advertised({ host, port }: AdvertisedAddress, listenPort: number): string {
  return urlKey({ host, port: port ?? listenPort });
}
