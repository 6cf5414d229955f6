// What must be true of every listener that a block opens, and of its certificates.

import { CIPHER_SUITES } from "./cipher-suites.ts";
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

interface ChosenTls {
  readonly min_version: string;
  readonly cipher_suites?: readonly string[] | undefined;
  readonly allow_insecure_cipher_suites: boolean;
  readonly curve_preferences?: readonly string[] | undefined;
}

/** Which TLS is spoken: of every tls block. */
export function checkChoices(tls: ChosenTls, path: Path, places: Places): void {
  const { cipher_suites: suites, curve_preferences: curves } = tls;
  for (const [key, list] of [
    ["cipher_suites", suites],
    ["curve_preferences", curves],
  ] as const) {
    if (list?.length === 0 && places.isMissing([...path, key, 0])) {
      places.onValue([...path, key], "cannot be empty; leave it out for the usual ones");
    }
  }
  for (const [at, name] of (suites ?? []).entries()) {
    const suite = CIPHER_SUITES[name];
    const here = [...path, "cipher_suites", at];
    if (suite?.insecure && !tls.allow_insecure_cipher_suites) {
      places.onValue(here, `${name} is insecure; write allow_insecure_cipher_suites: true to take it`);
    } else if (suite?.openssl === null) {
      places.onValue(here, "without effect: all suites of TLS 1.3 are always taken", "warning");
    } else if (suite !== undefined && tls.min_version === "1.3") {
      places.onValue(here, "without effect: it is of TLS 1.2, and min_version is 1.3", "warning");
    }
  }
}

interface ListenerTls extends ChosenTls {
  readonly verify: boolean;
  readonly verify_and_map: boolean;
  readonly pinned_certs?: readonly string[] | undefined;
}

/** Of a listener where a certificate is shown, and asked for only with verify. */
export function checkListenerTls(tls: ListenerTls, path: Path, places: Places): void {
  checkPair(path, places);
  checkChoices(tls, path, places);
  if (places.isMissing([...path, "cert_file"]) && places.isMissing([...path, "key_file"])) {
    places.onValue(path, "accepting with TLS needs a certificate; write cert_file and key_file");
  }
  if (tls.verify || tls.verify_and_map || (tls.pinned_certs ?? []).length === 0) return;
  places.onKey([...path, "pinned_certs"], "needs verify: true, since nobody shows a certificate unasked");
}
