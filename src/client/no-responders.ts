// The 503 of a request that nobody could answer. Source: client-and-auth.md §1.3.

import { bytesOf } from "../base/bytes.ts";

export function noResponderStatus(subject: string): Uint8Array {
  return bytesOf(`NATS/1.0 503\r\nNats-Subject: ${subject}\r\n\r\n`);
}
