// The `tls` block of a gateway and of a remote gateway, and what all tls blocks have in common.

import { block, key, keyOr } from "./keys.ts";
import { certificatePin, duration, flag, list, text } from "./kinds.ts";
import { cipherSuite, curve, tlsVersion } from "./kinds-tls.ts";
import { UNSUPPORTED_TLS } from "./unsupported.ts";

/** The bounds of a time that somebody waits for a handshake or credentials; more only helps an attacker. */
export const HANDSHAKE_TIME = { min: 1, max: 10 * 60_000 };

const FILE = "a file name";

/** Which TLS is spoken. */
export const CHOICES = {
  min_version: keyOr(tlsVersion(), "1.2", {
    help: "Least version of TLS that is spoken, 1.2 or 1.3.",
    reload: true,
  }),
  cipher_suites: key(list(cipherSuite(), "a list of cipher suites", "[TLS_...]"), {
    help: "Suites of TLS 1.2, by Go's names (absent: those with forward secrecy); 1.3 leaves no choice.",
    reload: true,
  }),
  allow_insecure_cipher_suites: keyOr(flag(), false, {
    help: "Takes suites without forward secrecy in cipher_suites as well.",
    reload: true,
  }),
  curve_preferences: key(list(curve(), "a list of curves", "[X25519]"), {
    help: "Curves for the key exchange (absent: X25519, CurveP256 and CurveP384).",
    reload: true,
  }),
};

/** Both ends of a gateway show a certificate, so one pair of files serves for accepting and for dialing. */
const FILES = {
  cert_file: key(text(FILE, "gateway-cert.pem"), {
    help: "PEM file with the certificate chain shown to peers, dialing and accepting.",
    reload: true,
  }),
  key_file: key(text(FILE, "gateway-key.pem"), {
    help: "PEM file with the private key of cert_file.",
    reload: true,
  }),
  ca_file: key(text(FILE, "ca.pem"), {
    help: "PEM file with the authorities that sign peers' certificates (absent: the system's).",
    reload: true,
  }),
  insecure: keyOr(flag(), false, {
    help: "Takes any certificate from a peer that we dial; for tests only.",
    reload: true,
  }),
  timeout: keyOr(duration(HANDSHAKE_TIME), "2s", {
    help: "Time for the TLS handshake, dialing and accepting.",
    reload: true,
  }),
  pinned_certs: key(list(certificatePin(), "a list of SHA-256 values", '["..."]'), {
    help: "SHA-256 of the public key info (DER, hexadecimal) of the only certificates that are taken.",
    reload: true,
  }),
  ...CHOICES,
};

export const GATEWAY_TLS = block(
  {
    ...FILES,
    verify: keyOr(flag(), true, {
      help: "Gateways always verify each other, as in nats-server; false is accepted with a warning.",
      reload: true,
    }),
    verify_and_map: keyOr(flag(), false, {
      help: "Takes the user from the peer's certificate, which must name authorization.user.",
      reload: true,
    }),
    verify_cert_and_check_known_urls: keyOr(flag(), false, {
      help: "A peer's certificate must name a host that is in a URL of `gateways`.",
      reload: true,
    }),
  },
  UNSUPPORTED_TLS,
);

export const REMOTE_TLS = block(FILES, {
  ...UNSUPPORTED_TLS,
  verify: { what: "verify of a remote (gateways always verify)", off: [true] },
  verify_and_map: { what: "verify_and_map of a remote (set it in gateway.tls)", off: [false] },
  verify_cert_and_check_known_urls: {
    what: "verify_cert_and_check_known_urls of a remote (set it in gateway.tls)",
    off: [false],
  },
});
