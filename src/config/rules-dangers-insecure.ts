// TLS without knowing whom one talks to: certificates that nobody verifies, where no other rule tells it.

import type { Path, Places } from "./places.ts";
import { dangerOnFirst } from "./rules-dangers-first.ts";
import type { Settings } from "./schema.ts";

const WRITE = "write ca_file with the authority that signed it, or pinned_certs";

export function warnOfUnverified({ gateway, leafnodes }: Settings, places: Places): void {
  const remotes: Path[] = [];
  for (const [at, { tls }] of (gateway?.gateways ?? []).entries()) {
    if (tls?.insecure) remotes.push(["gateway", "gateways", at, "tls", "insecure"]);
  }
  dangerOnFirst("unverified", remotes, `the remote gateway's certificate is not verified; ${WRITE}`, places);
  const proxies: Path[] = [];
  for (const [at, { proxy }] of (leafnodes?.remotes ?? []).entries()) {
    if (proxy?.tls?.insecure) proxies.push(["leafnodes", "remotes", at, "proxy", "tls", "insecure"]);
  }
  dangerOnFirst("unverified", proxies, `the proxy's certificate is not verified; ${WRITE}`, places);
}
