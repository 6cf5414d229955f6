// What must be true of every listener that a block opens, and of its certificates.

import { type HostAndPort, LOOPBACK, writtenHost } from "./listeners.ts";
import type { Path, Places } from "./places.ts";

/** `who` is accepted there, in the plural. The warning stands at `at`. */
export function checkListener(
  block: HostAndPort,
  { path, at, who }: { path: Path; at: Path; who: string },
  places: Places,
): void {
  const isGiven = (key: string): boolean => places.isGiven([...path, key]);
  for (const key of ["host", "port"]) {
    if (block.listen === undefined || !isGiven(key)) continue;
    places.onKey([...path, key], "not together with listen, which has host and port");
  }
  const isRead = !isGiven("host") && (block.listen !== undefined || !isGiven("listen"));
  if (writtenHost(block) !== null || !isRead) return;
  const message = `without a host ${who} on ${LOOPBACK} only; write host: 0.0.0.0 for all`;
  places.onKey(at, message, "warning");
}

/** A certificate and its key are of use only together. */
export function checkPair(tls: Path, places: Places): void {
  for (const [one, other] of [
    ["cert_file", "key_file"],
    ["key_file", "cert_file"],
  ] as const) {
    if (!places.isGiven([...tls, one]) || !places.isMissing([...tls, other])) continue;
    places.onKey([...tls, one], `${one} needs ${other} beside it`);
  }
}

interface ListenerTls {
  readonly verify: boolean;
  readonly verify_and_map: boolean;
  readonly pinned_certs?: readonly string[] | undefined;
}

/** Of a listener where a certificate is shown, and asked for only with verify. */
export function checkListenerTls(tls: ListenerTls, path: Path, places: Places): void {
  checkPair(path, places);
  if (places.isMissing([...path, "cert_file"]) && places.isMissing([...path, "key_file"])) {
    places.onValue(path, "accepting with TLS needs a certificate; write cert_file and key_file");
  }
  if (tls.verify || tls.verify_and_map || (tls.pinned_certs ?? []).length === 0) return;
  places.onKey([...path, "pinned_certs"], "needs verify: true, since nobody shows a certificate unasked");
}
