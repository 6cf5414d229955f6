// What all tls blocks have in common, as the box takes it.

import { CIPHER_SUITES, CURVES } from "./cipher-suites.ts";
import type { ListenerTlsConfiguration, TlsConfiguration } from "./config.ts";

interface TlsSettings {
  readonly cert_file?: string | undefined;
  readonly key_file?: string | undefined;
  readonly ca_file?: string | undefined;
  readonly insecure: boolean;
  readonly timeout: number;
  readonly pinned_certs?: readonly string[] | undefined;
  readonly min_version: "1.2" | "1.3";
  readonly cipher_suites?: readonly string[] | undefined;
  readonly curve_preferences?: readonly string[] | undefined;
}

interface ListenerTlsSettings extends Omit<TlsSettings, "insecure"> {
  readonly verify: boolean;
  readonly verify_and_map: boolean;
}

export function buildTls(tls: TlsSettings): TlsConfiguration {
  return {
    certFile: tls.cert_file ?? null,
    keyFile: tls.key_file ?? null,
    caFile: tls.ca_file ?? null,
    insecure: tls.insecure,
    timeoutMillis: tls.timeout,
    pinnedCerts: tls.pinned_certs ?? [],
    ...versionAndCiphers(tls),
    curves: tls.curve_preferences?.map((name) => CURVES[name]!) ?? null,
  };
}

export function buildListenerTls(tls: ListenerTlsSettings): ListenerTlsConfiguration {
  const verify = tls.verify || tls.verify_and_map;
  return { ...buildTls({ ...tls, insecure: false }), verify, verifyAndMap: tls.verify_and_map };
}

/** Where only suites of TLS 1.3 are wanted, nothing can be agreed on with TLS 1.2, as with nats-server. */
function versionAndCiphers({ min_version, cipher_suites }: TlsSettings) {
  if (cipher_suites === undefined) return { minVersion: min_version, ciphers: null };
  const ciphers = cipher_suites.flatMap((name) => CIPHER_SUITES[name]?.openssl ?? []);
  return ciphers.length === 0
    ? { minVersion: "1.3" as const, ciphers: null }
    : { minVersion: min_version, ciphers };
}
