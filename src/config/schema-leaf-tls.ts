// The `tls` blocks of clients, leaf nodes and WebSocket: those of listeners, and those of whom we dial.

import { block, key, keyOr } from "./keys.ts";
import { certificatePin, count, duration, flag, list, text } from "./kinds.ts";
import { handshakeFirst } from "./kinds-leaf.ts";
import { CHOICES, HANDSHAKE_TIME } from "./schema-tls.ts";
import {
  UNSUPPORTED_LEAF_REMOTE_TLS,
  UNSUPPORTED_LISTENER_TLS,
  UNSUPPORTED_PROXY_TLS,
  UNSUPPORTED_RESOLVER_TLS,
  UNSUPPORTED_WEBSOCKET_TLS,
} from "./unsupported.ts";

const FILE = "a file name";

const TIME = {
  timeout: keyOr(duration(HANDSHAKE_TIME), "2s", { help: "Time for the TLS handshake.", reload: true }),
};

const COMMON = {
  ...TIME,
  pinned_certs: key(list(certificatePin(), "a list of SHA-256 values", '["..."]'), {
    help: "SHA-256 of the public key info (DER, hexadecimal) of the only certificates that are taken.",
    reload: true,
  }),
  ...CHOICES,
};

const LISTENER = {
  cert_file: key(text(FILE, "leaf-cert.pem"), {
    help: "PEM file with the certificate chain that is shown to whoever connects; needed.",
    reload: true,
  }),
  key_file: key(text(FILE, "leaf-key.pem"), {
    help: "PEM file with the private key of cert_file.",
    reload: true,
  }),
  ca_file: key(text(FILE, "ca.pem"), {
    help: "PEM file with the authorities that sign certificates of peers (absent: the system's).",
    reload: true,
  }),
  verify: keyOr(flag(), false, {
    help: "Whoever connects must show a certificate of these authorities.",
    reload: true,
  }),
  verify_and_map: keyOr(flag(), false, {
    help: "As verify, and the certificate names the user: by e-mail, DNS name, URI or subject.",
    reload: true,
  }),
  ...COMMON,
};

const RATE = {
  connection_rate_limit: key(count("connections", { min: 1, max: 1_000_000 }), {
    help: "Handshakes that may begin in a second; who comes beyond is sent away (absent: any number).",
    reload: true,
  }),
};

const FIRST = { reload: true, aliases: ["first", "immediate"] };

export const CLIENT_TLS = block(
  {
    ...LISTENER,
    ...RATE,
    handshake_first: keyOr(handshakeFirst(), false, {
      help: "Begins with TLS and not with INFO; auto (50ms) or a duration: if the client does so in time.",
      ...FIRST,
    }),
  },
  UNSUPPORTED_LISTENER_TLS,
);

export const LEAF_TLS = block(
  {
    ...LISTENER,
    ...RATE,
    handshake_first: keyOr(handshakeFirst(), false, {
      help: "Begins with TLS and not with INFO; auto (50ms) or a duration: if the leaf does so in time.",
      ...FIRST,
    }),
  },
  UNSUPPORTED_LISTENER_TLS,
);

export const WEBSOCKET_TLS = block(LISTENER, UNSUPPORTED_WEBSOCKET_TLS);

export const LEAF_REMOTE_TLS = block(
  {
    cert_file: key(text(FILE, "leaf-cert.pem"), {
      help: "PEM file with the certificate chain that is shown to a hub that asks for one.",
      reload: true,
    }),
    key_file: key(text(FILE, "leaf-key.pem"), {
      help: "PEM file with the private key of cert_file.",
      reload: true,
    }),
    ca_file: key(text(FILE, "ca.pem"), {
      help: "PEM file with the authorities that sign the hub's certificate (absent: the system's).",
      reload: true,
    }),
    insecure: keyOr(flag(), false, {
      help: "Takes any certificate from a hub; for tests only.",
      reload: true,
    }),
    ...COMMON,
    handshake_first: keyOr(handshakeFirst(), false, {
      help: "Begins with TLS and does not wait for INFO, as the hub's own handshake_first asks.",
      ...FIRST,
    }),
  },
  UNSUPPORTED_LEAF_REMOTE_TLS,
);

/** With what somebody is called over HTTPS. */
function callerTls(whom: "proxy" | "resolver") {
  const reload = whom === "proxy";
  return {
    cert_file: key(text(FILE, `${whom}-cert.pem`), {
      help: `PEM file with the certificate chain that is shown to a ${whom} that asks for one.`,
      reload,
    }),
    key_file: key(text(FILE, `${whom}-key.pem`), {
      help: "PEM file with the private key of cert_file.",
      reload,
    }),
    ca_file: key(text(FILE, `${whom}-ca.pem`), {
      help: `PEM file with the authorities that sign the ${whom}'s certificate (absent: the system's).`,
      reload,
    }),
    insecure: keyOr(flag(), false, {
      help: `Takes any certificate from a ${whom}; for tests only.`,
      reload,
    }),
  };
}

export const PROXY_TLS = block({ ...callerTls("proxy"), ...TIME, ...CHOICES }, UNSUPPORTED_PROXY_TLS);

export const RESOLVER_TLS = block(callerTls("resolver"), UNSUPPORTED_RESOLVER_TLS);
