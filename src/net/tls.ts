// What servers show each other and demand of each other when they speak TLS. Source: gateway.md §6,
// leafnode.md §11.

import { createHash, X509Certificate } from "node:crypto";
import type { Socket, TLSOptions } from "bun";
import type { Millis } from "../base/clock.ts";
import type { CertificateNames } from "../peer/transport.ts";
import type { TlsFacts } from "./link.ts";

/** Contents, not paths. */
export interface TlsOptions {
  /** null: none of our own; only for whom a listener does not verify. */
  readonly cert: string | null;
  readonly key: string | null;
  /** null: the authorities that the system trusts. */
  readonly ca: string | null;
  /** Whoever connects must show a certificate that verifies. */
  readonly verify: boolean;
  /** Do not verify whom we dial. */
  readonly insecure: boolean;
  /** SHA-256 of the public key info, hex; empty: any certificate that verifies. */
  readonly pinned: readonly string[];
  /** How long a handshake may take. */
  readonly timeoutMillis: Millis;
}

/** For remotes that want TLS and are configured without: no certificate of our own, verified as the system
 *  does. Source: leafnode.md §11, §10. */
export const SYSTEM_TLS: TlsOptions = {
  cert: null,
  key: null,
  ca: null,
  verify: false,
  insecure: false,
  pinned: [],
  timeoutMillis: 2_000,
};

export class TlsContext {
  /** For Bun.listen and Bun.serve. */
  readonly server: TLSOptions;

  constructor(private readonly options: TlsOptions) {
    const { verify } = options;
    this.server = { ...this.#material(), requestCert: verify, rejectUnauthorized: verify };
  }

  get timeoutMillis(): Millis {
    return this.options.timeoutMillis;
  }

  /** Our own, in PEM; null without one. */
  get certificate(): string | null {
    return this.options.cert;
  }

  get pins(): boolean {
    return this.options.pinned.length > 0;
  }

  /** For Bun.connect: the same certificate as client. `serverName` is what the server's is verified for. */
  client(serverName: string): TLSOptions {
    return { ...this.#material(), serverName, rejectUnauthorized: !this.options.insecure };
  }

  /** Whom the peer's certificate names; null when it has none or it cannot be read. */
  namesOf(socket: Socket<unknown>): CertificateNames | null {
    const certificate = socket.getPeerX509Certificate?.();
    if (certificate === undefined) return null;
    const alternatives = (certificate.subjectAltName ?? "").split(", ");
    const named = (kind: string): string[] =>
      alternatives.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length));
    const subject = certificate.subject.split("\n").reverse().join(",");
    return { dns: named("DNS:"), all: [...named("email:"), ...named("DNS:"), ...named("URI:"), subject] };
  }

  /** Is this certificate, in DER, one that we take? */
  isPinned(certificate: Uint8Array): boolean {
    return this.options.pinned.includes(keyDigestOf(new X509Certificate(certificate)));
  }

  /** Why we do not talk to the client that connected; null when we do. */
  refusalOfClient(socket: Socket<unknown>, success: boolean, error: Error | null | undefined): string | null {
    const verified = success && (socket.authorized || !this.options.verify);
    return verified ? this.#unpinned(socket) : (error?.message ?? "handshake failed");
  }

  /** Why we do not talk to the server that we dialled; null when we do. */
  refusalOfServer(socket: Socket<unknown>, success: boolean, error: Error | null | undefined): string | null {
    const { insecure } = this.options;
    if (!success && !(insecure && isUnverifiedOnly(socket, error)))
      return error?.message ?? "handshake failed";
    if (!insecure && !socket.authorized) return error?.message ?? "certificate not verified";
    return this.#unpinned(socket);
  }

  /** Why the peer's certificate is not taken although it verifies; null when it is. */
  #unpinned(socket: Socket<unknown>): string | null {
    const { pinned } = this.options;
    if (pinned.length === 0) return null;
    const certificate = socket.getPeerX509Certificate?.();
    if (certificate === undefined) return "no certificate to compare with pinned_certs";
    return pinned.includes(keyDigestOf(certificate)) ? null : "certificate is not in pinned_certs";
  }

  #material(): TLSOptions {
    const { cert, key, ca } = this.options;
    return {
      ...(cert === null || key === null ? {} : { cert, key }),
      ...(ca === null ? {} : { ca }),
    };
  }
}

/** What was agreed on a socket whose handshake is done. */
export function tlsFacts(socket: Socket<unknown>): TlsFacts {
  const { name, standardName } = socket.getCipher();
  return { version: socket.getTLSVersion().replace(/^TLSv/, ""), cipherSuite: standardName ?? name };
}

/** Bun calls a handshake failed whose certificate does not verify, also where nobody wanted that; TLS is up
 *  then all the same. */
function isUnverifiedOnly(socket: Socket<unknown>, error: Error | null | undefined): boolean {
  const { code } = (error ?? {}) as { code?: string };
  return code !== "EPROTO" && code !== "ECONNRESET" && Boolean(socket.getCipher().name);
}

function keyDigestOf(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest("hex");
}
