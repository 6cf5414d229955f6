// From tls blocks to what sockets are opened with. The files are read here, at start and when they change.

import { readFileSync } from "node:fs";
import type {
  CallerTlsConfiguration,
  Configuration,
  LeafConfiguration,
  ListenerTlsConfiguration,
  TlsConfiguration,
} from "../config/config.ts";
import type { CallerTls } from "../net/account-fetch.ts";
import type { DriverTls, LeafTls } from "../net/driver.ts";
import type { ListenTls } from "../net/listener.ts";
import { TlsContext } from "../net/tls.ts";
import { checkMaterial, type TlsOptions } from "../net/tls-options.ts";

/** A tls block, and what was made of it. */
export interface TlsUse {
  /** Whom it is for, as log lines say it: `clients`. */
  readonly who: string;
  readonly tls: TlsConfiguration;
  readonly context: TlsContext;
}

/** Every tls block of a configuration. Throws an Error that names the block whose files are of no use. */
export class TlsContexts implements DriverTls {
  readonly uses: TlsUse[] = [];
  readonly clients: ListenTls;
  /** null: gateways speak in clear. */
  readonly gateways: TlsContext | null;
  /** Remote gateways by name. */
  readonly remotes: ReadonlyMap<string, TlsContext>;
  readonly leafs: LeafTls;
  readonly webSocket: TlsContext | null;
  readonly #renewals: (() => void)[] = [];

  /** `before` is what the box runs with: who listens keeps its context, which is another after `renew`. */
  constructor(
    { client, gateway, leaf, webSocket }: Configuration,
    private before: TlsContexts | null = null,
  ) {
    this.clients = {
      listen: this.#listener("clients", client.tls),
      handshakeFirst: client.tls?.handshakeFirst ?? false,
      allowClear: client.tls?.allowClear ?? false,
      handshakesPerSecondMax: client.tls?.handshakesPerSecondMax ?? null,
    };
    this.gateways = this.#listener("gateways", gateway?.tls ?? null);
    this.remotes = this.#all(gateway?.remotes ?? [], ({ name, tls }) => [name, `gateway ${name}`, tls]);
    this.leafs = this.#leafs(leaf);
    this.webSocket = this.#listener("websocket", webSocket?.tls ?? null);
    this.before = null;
  }

  /** Handshakes from now on are done with what the files hold now. */
  renew(): void {
    for (const renew of this.#renewals.splice(0)) renew();
  }

  #leafs(leaf: LeafConfiguration | null): LeafTls {
    const listenerTls = leaf?.listener?.tls ?? null;
    const remotes = [...(leaf?.remotes ?? []).entries()];
    return {
      listen: this.#listener("leafnodes", listenerTls),
      handshakeFirst: listenerTls?.handshakeFirst ?? false,
      handshakesPerSecondMax: listenerTls?.handshakesPerSecondMax ?? null,
      remotes: this.#all(remotes, ([at, { tls }]) => [at, `leafnodes.remotes[${at}]`, tls]),
      proxies: this.#all(remotes, ([at, { proxyTls }]) => [at, `leafnodes.remotes[${at}].proxy`, proxyTls]),
    };
  }

  /** Of those that have a tls block, by their key. */
  #all<T, K>(
    each: readonly T[],
    read: (one: T) => readonly [key: K, who: string, tls: TlsConfiguration | null],
  ): Map<K, TlsContext> {
    const contexts = new Map<K, TlsContext>();
    for (const [key, who, tls] of each.map(read)) {
      const context = this.#use(who, tls);
      if (context !== null) contexts.set(key, context);
    }
    return contexts;
  }

  #listener(who: string, tls: TlsConfiguration | null): TlsContext | null {
    const known = this.before?.uses.find((use) => use.who === who)?.context;
    return this.#use(who, tls, known);
  }

  #use(who: string, tls: TlsConfiguration | null, known?: TlsContext): TlsContext | null {
    if (tls === null) return null;
    try {
      const options = tlsOptions(tls);
      checkMaterial(options);
      const context = known ?? new TlsContext(options);
      if (!context.isMadeOf(options)) this.#renewals.push(() => context.renew(options));
      this.uses.push({ who, tls, context });
      return context;
    } catch (error) {
      throw new Error(`TLS of ${who}: ${(error as Error).message}`);
    }
  }
}

/** Reads the files of a tls block. Throws what the system says of a file. */
export function tlsOptions(tls: TlsConfiguration | ListenerTlsConfiguration): TlsOptions {
  const read = (file: string | null): string | null => (file === null ? null : readFileSync(file, "utf8"));
  return {
    cert: read(tls.certFile),
    key: read(tls.keyFile),
    ca: read(tls.caFile),
    // Gateways always verify each other; other listeners do when they are told to.
    verify: "verify" in tls ? tls.verify : true,
    insecure: tls.insecure,
    pinned: tls.pinnedCerts,
    timeoutMillis: tls.timeoutMillis,
    minVersion: tls.minVersion,
    ciphers: tls.ciphers,
    curves: tls.curves,
  };
}

/** The same of whom we call over HTTPS. Throws an Error that names the block. */
export function callerTls(who: string, { insecure, ...files }: CallerTlsConfiguration): CallerTls {
  const read = (file: string | null): string | null => (file === null ? null : readFileSync(file, "utf8"));
  try {
    return { cert: read(files.certFile), key: read(files.keyFile), ca: read(files.caFile), insecure };
  } catch (error) {
    throw new Error(`TLS of ${who}: ${(error as Error).message}`);
  }
}

/** The files that a tls block names. */
export function filesOf({ certFile, keyFile, caFile }: TlsConfiguration): string[] {
  return [certFile, keyFile, caFile].filter((file) => file !== null);
}
