// What monitoring is told that only the appliance knows.

import { X509Certificate } from "node:crypto";
import type { Millis } from "../base/clock.ts";
import { PRODUCT_VERSION } from "../base/version.ts";
import type { AdvertisedAddress } from "../config/config.ts";
import type { Loaded } from "../config/read.ts";
import type { Core } from "../core/core.ts";
import { urlKey } from "../gateway/options.ts";
import { ProcessMeter } from "../monitor/process-meter.ts";
import type { MonitorFacts, MonitorSource } from "../monitor/source.ts";
import type { GatewayTls } from "../net/tls.ts";

export function monitorSource(
  core: Core,
  loaded: Loaded,
  tls: GatewayTls | null,
  loadedAt: Millis,
  notReady: () => string | null,
): MonitorSource {
  const { client, gateway } = loaded.configuration;
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
            tlsCertNotAfter: tls === null ? null : Date.parse(new X509Certificate(tls.certificate).validTo),
          },
    configLoadedAt: loadedAt,
    configDigest: loaded.digest,
    productName: "isthmus",
    productVersion: PRODUCT_VERSION,
    tags: [],
  };
  return { core, facts: () => facts, process: () => meter.figures(), notReady, tls: () => null };
}

function advertised({ host, port }: AdvertisedAddress, listenPort: number): string {
  return urlKey({ host, port: port ?? listenPort });
}
