// Who asks to come in, beside what his CONNECT says.

import type { Millis } from "../base/clock.ts";
import type { Address } from "./session.ts";
import type { CertificateNames } from "./transport.ts";

export interface Arrival {
  /** As log lines name the connection. */
  readonly name: string;
  readonly remote: Address;
  /** What he was given to sign; "" where nobody signs. */
  readonly nonce: string;
  readonly webSocket: boolean;
  readonly certificate: CertificateNames | null;
  /** After "waits": the login is to be asked for again. Harmless when the connection is over. */
  resume(now: Millis): void;
}
