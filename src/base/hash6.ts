// The six-character hash by which nats-server names clusters and servers in mapped replies.

import { createHash } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Six characters made of the first six bytes of SHA-256. Source: gateway.md §4.2. */
export function hash6(name: string): string {
  const digest = createHash("sha256").update(name).digest();
  let out = "";
  for (let i = 0; i < 6; i++) out += ALPHABET[digest[i]! % ALPHABET.length];
  return out;
}

/** The four hex digits of the reply form used before 2.1.2. Source: gateway.md §4.6. */
export function hash4(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 4);
}
