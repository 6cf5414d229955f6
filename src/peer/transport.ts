// What a session is told of the transport that it speaks over: TLS, certificates, WebSocket.

/** Whom a certificate names. Source: gateway.md §6. */
export interface CertificateNames {
  readonly dns: readonly string[];
  /** E-mail, DNS and URI names, and the whole subject. */
  readonly all: readonly string[];
}

/** How a leaf is connected at the moment when its session begins. */
export interface LeafTransport {
  /** TLS is up already: handshake_first, wss, or a TLS proxy before it. */
  readonly secure: boolean;
  readonly webSocket: boolean;
  /** Whom the peer's certificate names; null in clear, or without one. */
  readonly certificate: CertificateNames | null;
}
