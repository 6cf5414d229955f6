// What servers show each other and demand of each other when they speak TLS. Source: gateway.md §6,
// leafnode.md §11.

import { X509Certificate } from "node:crypto";
import type { TLSSocketOptions } from "node:tls";
import { isDeepStrictEqual } from "node:util";
import type { TLSOptions } from "bun";
import type { Millis } from "../base/clock.ts";
import type { CertificateNames } from "../peer/transport.ts";
import { keyDigestOf, lifeOf, namesOf } from "./certificate.ts";
import type { TlsFacts } from "./link.ts";
import { checkMaterial, material, nodeMaterial, type TlsOptions } from "./tls-options.ts";

export { SYSTEM_TLS, type TlsOptions } from "./tls-options.ts";

/** What can be asked of a socket whose handshake is over; Bun's sockets are such. */
export interface SecureSocket {
  readonly authorized: boolean;
  getPeerX509Certificate?(): X509Certificate | undefined;
  getCipher(): { readonly name?: string | null; readonly standardName?: string | null };
  getTLSVersion(): string;
}

/**
 * One tls block. What it shows can be renewed: handshakes that begin after that see the new certificate, and
 * connections that are there stay as they are.
 */
export class TlsContext {
  #options: TlsOptions;
  #server: TLSOptions;
  #notAfter: Millis | null;
  readonly #followers: (() => void)[] = [];

  constructor(options: TlsOptions) {
    this.#options = options;
    this.#server = serverOptions(options);
    this.#notAfter = options.cert === null ? null : endOrNull(options.cert);
  }

  /** Takes other contents. Throws an Error that says what is wrong with them, and keeps those it has. */
  renew(options: TlsOptions): void {
    checkMaterial(options);
    this.#options = options;
    this.#server = serverOptions(options);
    this.#notAfter = options.cert === null ? null : lifeOf(options.cert).to;
    for (const follow of this.#followers) follow();
  }

  /** Is this what it has already? */
  isMadeOf(options: TlsOptions): boolean {
    return isDeepStrictEqual(this.#options, options);
  }

  /** For those who hand `server` to Bun once and for all: called when it is another. */
  onRenewal(follow: () => void): void {
    this.#followers.push(follow);
  }

  /** For upgradeTLS, Bun.listen and Bun.serve. */
  get server(): TLSOptions {
    return this.#server;
  }

  /** The same for node:tls, which leaves it to us to refuse who does not verify. */
  get nodeServer(): TLSSocketOptions {
    const { verify } = this.#options;
    return {
      ...nodeMaterial(this.#options),
      isServer: true,
      requestCert: verify,
      rejectUnauthorized: false,
    };
  }

  get timeoutMillis(): Millis {
    return this.#options.timeoutMillis;
  }

  /** When our own certificate ends; null without one. */
  get notAfter(): Millis | null {
    return this.#notAfter;
  }

  get pins(): boolean {
    return this.#options.pinned.length > 0;
  }

  /** For Bun.connect: the same certificate as client. `serverName` is what the server's is verified for. */
  client(serverName: string): TLSOptions {
    return { ...material(this.#options), serverName, rejectUnauthorized: !this.#options.insecure };
  }

  /** Whom the peer's certificate names; null when it has none or it cannot be read. */
  namesOf(socket: SecureSocket): CertificateNames | null {
    const certificate = socket.getPeerX509Certificate?.();
    return certificate === undefined ? null : namesOf(certificate);
  }

  /** Is this certificate, in DER, one that we take? */
  isPinned(certificate: Uint8Array): boolean {
    return this.#options.pinned.includes(keyDigestOf(new X509Certificate(certificate)));
  }

  /** Why we do not talk to the client that connected; null when we do. */
  refusalOfClient(socket: SecureSocket, success: boolean, error: Error | null | undefined): string | null {
    const { verify } = this.#options;
    if (!success || (verify && !socket.authorized)) return reasonOf(error);
    if (verify && socket.getPeerX509Certificate?.() === undefined) return "client showed no certificate";
    return this.#unpinned(socket);
  }

  /** Why we do not talk to the server that we dialled; null when we do. */
  refusalOfServer(socket: SecureSocket, success: boolean, error: Error | null | undefined): string | null {
    const { insecure } = this.#options;
    if (!success && !(insecure && isUnverifiedOnly(socket, error))) return reasonOf(error);
    if (!insecure && !socket.authorized) return error?.message ?? "certificate not verified";
    return this.#unpinned(socket);
  }

  /** Why the peer's certificate is not taken although it verifies; null when it is. */
  #unpinned(socket: SecureSocket): string | null {
    const { pinned } = this.#options;
    if (pinned.length === 0) return null;
    const certificate = socket.getPeerX509Certificate?.();
    if (certificate === undefined) return "no certificate to compare with pinned_certs";
    return pinned.includes(keyDigestOf(certificate)) ? null : "certificate is not in pinned_certs";
  }
}

/** What nats-server says of who sends something else than a ClientHello. */
export const NOT_TLS = "first record does not look like a TLS handshake";

/** What was agreed on a socket whose handshake is done. */
export function tlsFacts(socket: SecureSocket): TlsFacts {
  const { name, standardName } = socket.getCipher();
  const certificate = socket.getPeerX509Certificate?.();
  return {
    version: socket.getTLSVersion().replace(/^TLSv/, ""),
    cipherSuite: standardName ?? name ?? "",
    ...(certificate === undefined ? {} : { peer: certificate }),
  };
}

function serverOptions(options: TlsOptions): TLSOptions {
  const { verify } = options;
  return { ...material(options), requestCert: verify, rejectUnauthorized: verify };
}

/** A certificate that cannot be read is complained of by whoever opens a socket with it. */
function endOrNull(pem: string): Millis | null {
  try {
    return lifeOf(pem).to;
  } catch {
    return null;
  }
}

/** BoringSSL knows some of the texts that come in clear, and calls them by name. */
export function reasonOf(error: Error | null | undefined): string {
  const message = error?.message ?? "handshake failed";
  return /:(HTTP_REQUEST|HTTPS_PROXY_REQUEST|WRONG_VERSION_NUMBER)\b/.test(message) ? NOT_TLS : message;
}

/** Bun calls a handshake failed whose certificate does not verify, also where nobody wanted that; TLS is up
 *  then all the same. */
function isUnverifiedOnly(socket: SecureSocket, error: Error | null | undefined): boolean {
  const { code } = (error ?? {}) as { code?: string };
  return code !== "EPROTO" && code !== "ECONNRESET" && Boolean(socket.getCipher().name);
}
