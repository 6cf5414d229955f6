// Gateways speak TLS from the first byte, each end with a certificate. Source: gateway.md §6.

import { createHash } from "node:crypto";
import type { Socket, TLSOptions } from "bun";
import type { Millis } from "../base/clock.ts";
import type { CertificateNames } from "../gateway/options.ts";
import type { DialRequest } from "../gateway/remotes.ts";

/** Contents, not paths. */
export interface TlsOptions {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | null;
  /** Do not verify whom we dial. */
  readonly insecure: boolean;
  /** SHA-256 of the public key info, hex; empty: any certificate that verifies. */
  readonly pinned: readonly string[];
  /** How long a handshake may take. */
  readonly timeoutMillis: Millis;
}

export class GatewayTls {
  /** For Bun.listen: a client certificate is demanded and verified. */
  readonly server: TLSOptions;

  constructor(private readonly options: TlsOptions) {
    const { cert, key, ca } = options;
    this.server = { cert, key, ...(ca === null ? {} : { ca }), requestCert: true, rejectUnauthorized: true };
  }

  get timeoutMillis(): Millis {
    return this.options.timeoutMillis;
  }

  /** Our own, in PEM. */
  get certificate(): string {
    return this.options.cert;
  }

  /** For Bun.connect: the same certificate as client. */
  client(request: DialRequest): TLSOptions {
    const { cert, key, ca, insecure } = this.options;
    return {
      cert,
      key,
      ...(ca === null ? {} : { ca }),
      serverName: request.tlsName,
      rejectUnauthorized: !insecure,
    };
  }

  /** Whom the peer's certificate names; null when it cannot be read. */
  namesOf(socket: Socket<unknown>): CertificateNames | null {
    const certificate = socket.getPeerX509Certificate?.();
    if (certificate === undefined) return null;
    const alternatives = (certificate.subjectAltName ?? "").split(", ");
    const named = (kind: string): string[] =>
      alternatives.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length));
    const subject = certificate.subject.split("\n").reverse().join(",");
    return { dns: named("DNS:"), all: [...named("email:"), ...named("DNS:"), ...named("URI:"), subject] };
  }

  /** Why the peer's certificate is not taken although it verifies; null when it is. */
  refusal(socket: Socket<unknown>): string | null {
    const { pinned } = this.options;
    if (pinned.length === 0) return null;
    const certificate = socket.getPeerX509Certificate?.();
    if (certificate === undefined) return "no certificate to compare with pinned_certs";
    const spki = certificate.publicKey.export({ type: "spki", format: "der" });
    const digest = createHash("sha256").update(spki).digest("hex");
    return pinned.includes(digest) ? null : "certificate is not in pinned_certs";
  }

  /** Why we do not talk to the server that we dialled; null when we do. */
  refusalOfServer(socket: Socket<unknown>, success: boolean, error: Error | null | undefined): string | null {
    if (!success) return error?.message ?? "handshake failed";
    if (!this.options.insecure && !socket.authorized) return error?.message ?? "certificate not verified";
    return this.refusal(socket);
  }
}
