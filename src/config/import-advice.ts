// What to do about a line of a nats-server configuration that this product has nothing for yet, and which of
// those lines keep somebody out: a box without them would let in whom nats-server does not.

import type { Path } from "./places.ts";

const ROUTES = "servers with routes stay nats-servers; join them to this box with a gateway or leafs";
const STREAMS = "keep JetStream on the nats-servers behind this box";
const DROPPED = "nothing takes its place; see that nothing needs it";

/** By the name of the key, in lower case. */
const ADVICE: Readonly<Record<string, string>> = {
  jetstream: STREAMS,
  store_dir: STREAMS,
  storedir: STREAMS,
  domain: STREAMS,
  default_js_domain: STREAMS,
  mqtt: "keep MQTT on a nats-server behind this box",
  syslog: "log to standard error, and let the service manager take it",
  remote_syslog: "log to standard error, and let the service manager take it",
};

/** What to do about a key that is not supported, by its name and the path of the block around it. */
export function adviceOn(key: string, block: Path): string {
  if (block[0] === "cluster") return ROUTES;
  const name = key.toLowerCase();
  return Object.hasOwn(ADVICE, name) ? ADVICE[name]! : DROPPED;
}

/** Keys that keep somebody out, or something from being read or sent. */
const GUARDS: ReadonlySet<string> = new Set([
  ...["tls", "operator", "operators", "root", "roots", "root_operator", "root_operators", "trusted"],
  ...["trusted_keys", "resolver", "account_resolver", "accounts_resolver", "resolver_pinned_accounts"],
  ...[
    "auth_callout",
    "auth_hook",
    "proxy_required",
    "allowed_connection_types",
    "connection_types",
    "clients",
  ],
  ...["allow_responses", "publish_allow_responses", "authorization", "authentication", "user", "username"],
  ...["password", "pass", "token", "min_version", "cipher_suites", "curve_preferences", "ocsp_peer"],
  "verify_cert_and_check_known_urls",
]);

/** Blocks that are there to keep somebody out, so that any key of theirs may. */
const GUARDED: ReadonlySet<string | number> = new Set([
  ...["authorization", "users", "permissions", "default_permissions", "publish", "subscribe", "tls"],
]);

/**
 * Whether a box without this key might let in more than nats-server does; of a key that nobody knows, if it
 * stands where such keys stand. Routes are not opened at all.
 */
export function isGuard(key: string, block: Path, isUnknown: boolean): boolean {
  if (block[0] === "cluster") return false;
  if (block[0] === "resolver") return true;
  const around = block.findLast((step) => typeof step === "string") ?? "";
  return isUnknown ? GUARDED.has(around) : GUARDS.has(key.toLowerCase());
}
