// Is this the password? In constant time, or as slowly as its bcrypt hash wants.

import { createHash, timingSafeEqual } from "node:crypto";

const BCRYPT = /^\$2[abxy]\$/;

/** `wanted` is plain or a bcrypt hash, as nats-server's configuration has it. */
export function passwordMatches(given: string, wanted: string): boolean {
  if (BCRYPT.test(wanted)) {
    try {
      return Bun.password.verifySync(given, wanted.replace(/^\$2[axy]\$/, "$2b$"), "bcrypt");
    } catch {
      return false;
    }
  }
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
