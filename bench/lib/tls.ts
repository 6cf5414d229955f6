// One certificate for both ends of every TLS row, made afresh for each run by the tests' own authority.

import { Authority, whyNoCertificates } from "../../test/support/certificates.ts";
import { scratchDir } from "./process.ts";
import type { Tls } from "./raw-end.ts";

let made: Tls | undefined;

/** Fails where there is no openssl: the rows with TLS then say so. */
export function benchTls(): Tls {
  const missing = whyNoCertificates();
  if (missing !== undefined) throw new Error(missing);
  made ??= new Authority(scratchDir(), "bench").tls("both") as unknown as Tls;
  return made;
}
