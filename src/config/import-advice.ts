// What to do about a line of a nats-server configuration that this product has nothing for yet, and which of
// those lines keep somebody out: a box without them would let in whom nats-server does not.

const ROUTES = "servers with routes stay nats-servers; join them to this box with a gateway or leafs";
const STREAMS = "keep JetStream on the nats-servers behind this box";
const ROTATION = "let a tool such as logrotate do it; the file is opened for each line";
const DROPPED = "nothing takes its place; see that nothing needs it";

/** By the name of the key, in lower case. */
const ADVICE: Readonly<Record<string, string>> = {
  jetstream: STREAMS,
  store_dir: STREAMS,
  storedir: STREAMS,
  domain: STREAMS,
  default_js_domain: STREAMS,
  mqtt: "keep MQTT on a nats-server behind this box",
  logfile_size_limit: ROTATION,
  log_size_limit: ROTATION,
  logfile_max_num: ROTATION,
  log_max_num: ROTATION,
  syslog: "log to standard error, and let the service manager take it",
  remote_syslog: "log to standard error, and let the service manager take it",
};

/** What to do about a key that is not supported, by its name and the block around it. */
export function adviceOn(key: string, block: string | number | undefined): string {
  if (block === "cluster") return ROUTES;
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

/** Whether a box without this key would let in more than nats-server does. Routes are not opened at all. */
export function isGuard(key: string, block: string | number | undefined): boolean {
  return block !== "cluster" && GUARDS.has(key.toLowerCase());
}
