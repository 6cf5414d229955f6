// What a session is told of the transport that it speaks over: TLS, certificates, WebSocket.

/** Whom a certificate names. Source: gateway.md §6. */
export interface CertificateNames {
  readonly dns: readonly string[];
  /** E-mail, DNS and URI names, and the whole subject. */
  readonly all: readonly string[];
  /** The whole subject as RFC 4514 writes it; absent or empty without one. */
  readonly subject?: string;
}

/** How a leaf or a client is connected at the moment when its session begins. */
export interface LeafTransport {
  /** TLS is up already: handshake_first, wss, or a TLS proxy before it. */
  readonly secure: boolean;
  readonly webSocket: boolean;
  /** Whom the peer's certificate names; null in clear, or without one. */
  readonly certificate: CertificateNames | null;
}

export type ClientTransport = LeafTransport;

/** A client over TCP that has not begun TLS. */
export const CLEAR: ClientTransport = { secure: false, webSocket: false, certificate: null };
