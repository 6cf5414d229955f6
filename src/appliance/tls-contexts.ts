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
import type { LeafTls } from "../net/driver.ts";
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
export class TlsContexts {
  readonly uses: TlsUse[] = [];
  readonly clients: ListenTls;
  /** null: gateways speak in clear. */
  readonly gateways: TlsContext | null;
  /** Remote gateways by name. */
  readonly remotes: ReadonlyMap<string, TlsContext>;
  readonly leafs: LeafTls;
  readonly webSocket: TlsContext | null;

  constructor({ client, gateway, leaf, webSocket }: Configuration) {
    this.clients = {
      listen: this.#use("clients", client.tls),
      handshakeFirst: client.tls?.handshakeFirst ?? false,
      allowClear: client.tls?.allowClear ?? false,
      handshakesPerSecondMax: client.tls?.handshakesPerSecondMax ?? null,
    };
    this.gateways = this.#use("gateways", gateway?.tls ?? null);
    this.remotes = this.#all(gateway?.remotes ?? [], ({ name, tls }) => [name, `gateway ${name}`, tls]);
    this.leafs = this.#leafs(leaf);
    this.webSocket = this.#use("websocket", webSocket?.tls ?? null);
  }

  /** The same listeners, and the remotes of another configuration, whose listeners are the same. */
  withRemotesOf(configuration: Configuration): TlsContexts {
    const next = new TlsContexts(configuration);
    const { clients, gateways, webSocket, leafs } = this;
    const kept = new Set([clients.listen, gateways, webSocket, leafs.listen]);
    const left = new Set([next.clients.listen, next.gateways, next.webSocket, next.leafs.listen]);
    const uses = [
      ...this.uses.filter(({ context }) => kept.has(context)),
      ...next.uses.filter(({ context }) => !left.has(context)),
    ];
    const { remotes, proxies } = next.leafs;
    return Object.assign(next, { clients, gateways, webSocket, uses, leafs: { ...leafs, remotes, proxies } });
  }

  #leafs(leaf: LeafConfiguration | null): LeafTls {
    const listenerTls = leaf?.listener?.tls ?? null;
    const remotes = [...(leaf?.remotes ?? []).entries()];
    return {
      listen: this.#use("leafnodes", listenerTls),
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

  #use(who: string, tls: TlsConfiguration | null): TlsContext | null {
    if (tls === null) return null;
    try {
      const options = tlsOptions(tls);
      checkMaterial(options);
      const context = new TlsContext(options);
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
