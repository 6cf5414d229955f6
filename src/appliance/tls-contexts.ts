// From tls blocks to what sockets are opened with: the files are read here, once.

import { readFileSync } from "node:fs";
import type { LeafConfiguration, ListenerTlsConfiguration, TlsConfiguration } from "../config/config.ts";
import type { LeafTls } from "../net/driver.ts";
import { TlsContext, type TlsOptions } from "../net/tls.ts";

/** Reads the files of a tls block; null when there is none. Throws what the system says of a file. */
export function tlsOptions(tls: TlsConfiguration | ListenerTlsConfiguration | null): TlsOptions | null {
  if (tls === null) return null;
  const read = (file: string | null): string | null => (file === null ? null : readFileSync(file, "utf8"));
  return {
    cert: read(tls.certFile),
    key: read(tls.keyFile),
    ca: read(tls.caFile),
    // Gateways always verify each other; a listener of leafs does when it is told to.
    verify: "verify" in tls ? tls.verify : true,
    insecure: tls.insecure,
    pinned: tls.pinnedCerts,
    timeoutMillis: tls.timeoutMillis,
  };
}

export function contextOf(tls: TlsConfiguration | null): TlsContext | null {
  const options = tlsOptions(tls);
  return options === null ? null : new TlsContext(options);
}

/** Of those that have a tls block, by what `keyOf` answers. */
export function contextsOf<T extends { readonly tls: TlsConfiguration | null }, K>(
  all: readonly T[],
  keyOf: (each: T, index: number) => K,
): Map<K, TlsContext> {
  const contexts = new Map<K, TlsContext>();
  for (const [index, each] of all.entries()) {
    const context = contextOf(each.tls);
    if (context !== null) contexts.set(keyOf(each, index), context);
  }
  return contexts;
}

export function leafTls(leaf: LeafConfiguration | null): LeafTls {
  const listenerTls = leaf?.listener?.tls ?? null;
  return {
    listen: contextOf(listenerTls),
    handshakeFirst: listenerTls?.handshakeFirst ?? false,
    remotes: contextsOf(leaf?.remotes ?? [], (_, index) => index),
    proxies: contextsOf(
      (leaf?.remotes ?? []).map(({ proxyTls }) => ({ tls: proxyTls })),
      (_, index) => index,
    ),
  };
}
