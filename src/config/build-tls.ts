// What all tls blocks have in common, as the box takes it.

import type { TlsConfiguration } from "./config.ts";

interface TlsSettings {
  readonly cert_file?: string | undefined;
  readonly key_file?: string | undefined;
  readonly ca_file?: string | undefined;
  readonly insecure: boolean;
  readonly timeout: number;
  readonly pinned_certs?: readonly string[] | undefined;
}

export function buildTls(tls: TlsSettings): TlsConfiguration {
  return {
    certFile: tls.cert_file ?? null,
    keyFile: tls.key_file ?? null,
    caFile: tls.ca_file ?? null,
    insecure: tls.insecure,
    timeoutMillis: tls.timeout,
    pinnedCerts: tls.pinned_certs ?? [],
  };
}
