// What INFO says of TLS to a client, and how a client is told apart that speaks TLS where nobody listens for
// it. Source: client-and-auth.md §1.2.

import type { ClientTransport } from "../peer/transport.ts";
import type { ClientTlsOptions } from "./options.ts";

/** Otherwise the log would show ciphertext, and nobody would know why. */
export const MISLED = "TLS handshake where clients speak without TLS";

/** The first byte of a TLS handshake; no verb begins with it. */
const HANDSHAKE_RECORD = 0x16;

export function isHandshake(chunk: Uint8Array): boolean {
  return chunk[0] === HANDSHAKE_RECORD;
}

/** As nats-server has it: over WebSocket with TLS it is required and available alike. */
export function tlsInfo(tls: ClientTlsOptions | null, { secure, webSocket }: ClientTransport): object {
  const isRequired = webSocket ? secure : tls !== null && (!tls.allowClear || secure);
  const isAvailable = webSocket ? secure : tls?.allowClear === true;
  return {
    ...(isRequired ? { tls_required: true } : {}),
    ...(tls?.verify ? { tls_verify: true } : {}),
    ...(isAvailable ? { tls_available: true } : {}),
  };
}
