// Keys that nats-server knows and this product does not yet: an error of their own, never silently ignored.
// Source: nats-server 2.15 server/opts.go, the key switches of each block.

import type { UnsupportedKeys } from "./keys.ts";

/** Flags and features that are off here anyway, so that saying so is not an error. */
const OFF: readonly unknown[] = [false];

const CERT_STORE = { what: "the Windows certificate store" };
const OCSP = { what: "OCSP", off: OFF };
const JETSTREAM = { what: "JetStream", off: [false, "disabled", "disable"] };
const SLOW_WRITES = { what: "a choice for slow writes", off: ["default"] };

export const UNSUPPORTED_TOP: UnsupportedKeys = {
  ocsp: OCSP,
  ocsp_cache: OCSP,
  mqtt: { what: "MQTT" },
  jetstream: JETSTREAM,
  store_dir: JETSTREAM,
  storedir: JETSTREAM,
  default_js_domain: JETSTREAM,
  no_system_account: { what: "a box without a system account", off: OFF },
  no_system: { what: "a box without a system account", off: OFF },
  no_sys_acc: { what: "a box without a system account", off: OFF },
  no_header_support: { what: "a box without headers", off: OFF },
  disable_sublist_cache: { what: "switching off the interest cache", off: OFF },
  no_sublist_cache: { what: "switching off the interest cache", off: OFF },
  no_fast_producer_stall: { what: "the stall of fast producers" },
  trace_headers: { what: "tracing of headers alone", off: OFF },
  max_traced_msg_len: { what: "a bound on traced messages" },
  logtime_utc: { what: "log times in UTC", off: OFF },
  syslog: { what: "syslog", off: OFF },
  remote_syslog: { what: "syslog" },
  prof_port: { what: "profiling over HTTP" },
  prof_block_rate: { what: "profiling over HTTP" },
  proxy_protocol: { what: "the PROXY protocol", off: OFF },
  proxies: { what: "trusted proxies" },
  write_timeout: SLOW_WRITES,
  connect_error_reports: { what: "the rhythm of connect errors in the log" },
  reconnect_error_reports: { what: "the rhythm of connect errors in the log" },
  server_tags: { what: "server tags" },
  server_metadata: { what: "server metadata" },
  feature_flags: { what: "feature flags" },
  max_closed_clients: { what: "a bound on remembered closed connections" },
  include: { what: "included files" },
};

export const UNSUPPORTED_CLUSTER: UnsupportedKeys = Object.fromEntries(
  [
    ...["listen", "port", "host", "net", "authorization", "routes", "tls", "cluster_advertise", "advertise"],
    ...["no_advertise", "connect_retries", "connect_backoff", "permissions", "pool_size", "accounts"],
    ...["compression", "ping_interval", "ping_max", "write_deadline", "write_timeout"],
  ].map((key) => [key, { what: "routes (a cluster here is its name only)" }]),
);

export const UNSUPPORTED_GATEWAY: UnsupportedKeys = { write_timeout: SLOW_WRITES };

const CALLOUT = { what: "auth callout" };
const PROXY_REQUIRED = { what: "trusted proxies", off: OFF };

export const UNSUPPORTED_AUTHORIZATION: UnsupportedKeys = {
  auth_callout: CALLOUT,
  auth_hook: CALLOUT,
  proxy_required: PROXY_REQUIRED,
};

const PEERS = { what: "permissions of gateways (nats-server has none either)" };

/** nats-server reads a gateway's authorization with the code for clients, and then refuses these. */
export const UNSUPPORTED_GATEWAY_AUTHORIZATION: UnsupportedKeys = {
  ...UNSUPPORTED_AUTHORIZATION,
  permissions: PEERS,
  default_permission: PEERS,
  default_permissions: PEERS,
  token: { what: "tokens on gateways (nats-server has none either)" },
  users: { what: "several users on gateways (nats-server takes one pair a cluster)" },
};

export const UNSUPPORTED_USER: UnsupportedKeys = {
  proxy_required: PROXY_REQUIRED,
};

const RESPONSES = { what: "permission for answers alone (allow_responses)", off: OFF };

export const UNSUPPORTED_PERMISSIONS: UnsupportedKeys = {
  publish_allow_responses: RESPONSES,
};

export const UNSUPPORTED_ACCOUNT: UnsupportedKeys = {
  nkey: { what: "an nkey of the account" },
  jetstream: JETSTREAM,
  msg_trace: { what: "message tracing" },
  trace_dest: { what: "message tracing" },
};

const TRACE = { what: "message tracing", off: OFF };

export const UNSUPPORTED_EXPORT: UnsupportedKeys = {
  latency: { what: "samples of a service's latency" },
  account_token_position: { what: "accounts named by a token of the subject" },
  allow_trace: TRACE,
};

export const UNSUPPORTED_IMPORT: UnsupportedKeys = { allow_trace: TRACE };

/** Keys of every `tls` block, whoever connects. */
const UNSUPPORTED_CERTIFICATES: UnsupportedKeys = {
  certs: { what: "several certificates" },
  certificates: { what: "several certificates" },
  connection_rate_limit: { what: "a limit on TLS handshakes" },
  ocsp_peer: OCSP,
  cert_store: CERT_STORE,
  cert_match_by: CERT_STORE,
  cert_match: CERT_STORE,
  ca_certs_match: CERT_STORE,
  cert_match_skip_invalid: { ...CERT_STORE, off: OFF },
};

const GATEWAY_HANDSHAKE = { what: "a choice of handshake (gateways always begin with TLS)", off: [true] };

export const UNSUPPORTED_TLS: UnsupportedKeys = {
  ...UNSUPPORTED_CERTIFICATES,
  handshake_first: GATEWAY_HANDSHAKE,
  first: GATEWAY_HANDSHAKE,
  immediate: GATEWAY_HANDSHAKE,
};

const KNOWN_URLS = { what: "verify_cert_and_check_known_urls outside of gateways", off: OFF };

export const UNSUPPORTED_LISTENER_TLS: UnsupportedKeys = {
  ...UNSUPPORTED_CERTIFICATES,
  insecure: { what: "insecure of a listener (it is for those whom we dial)", off: OFF },
  verify_cert_and_check_known_urls: KNOWN_URLS,
};

const WEBSOCKET_HANDSHAKE = {
  what: "a choice of handshake (wss:// always begins with TLS)",
  off: [true, false],
};

export const UNSUPPORTED_WEBSOCKET_TLS: UnsupportedKeys = {
  ...UNSUPPORTED_LISTENER_TLS,
  handshake_first: WEBSOCKET_HANDSHAKE,
  first: WEBSOCKET_HANDSHAKE,
  immediate: WEBSOCKET_HANDSHAKE,
};

/** nats-server takes verify of a remote and then verifies the hub in any case. */
export const UNSUPPORTED_LEAF_REMOTE_TLS: UnsupportedKeys = {
  ...UNSUPPORTED_CERTIFICATES,
  verify: { what: "verify of a remote (hubs always are; see insecure)", off: [true, false] },
  verify_and_map: { what: "verify_and_map of a remote (set it in leafnodes.tls)", off: OFF },
  verify_cert_and_check_known_urls: KNOWN_URLS,
};

export const UNSUPPORTED_LEAF: UnsupportedKeys = {
  write_timeout: SLOW_WRITES,
  jetstream: JETSTREAM,
  domain: JETSTREAM,
};

export const UNSUPPORTED_LEAF_AUTHORIZATION: UnsupportedKeys = { proxy_required: PROXY_REQUIRED };

const MIGRATE = { what: "JetStream (jetstream_cluster_migrate)", off: OFF };

export const UNSUPPORTED_LEAF_REMOTE: UnsupportedKeys = {
  jetstream_cluster_migrate: MIGRATE,
  js_cluster_migrate: MIGRATE,
  jetstream: JETSTREAM,
  domain: JETSTREAM,
};

/** nats-server refuses these, which say nothing of a proxy. */
export const UNSUPPORTED_PROXY_TLS: UnsupportedKeys = {
  ...UNSUPPORTED_CERTIFICATES,
  pinned_certs: { what: "pinned_certs of a proxy (nats-server has none either)" },
};

/** nats-server reads these and does nothing with them. */
export const UNSUPPORTED_RESOLVER_TLS: UnsupportedKeys = {
  ...UNSUPPORTED_CERTIFICATES,
  verify: { what: "verify of a resolver (it always is; see insecure)", off: [true, false] },
  pinned_certs: { what: "pinned_certs of a resolver" },
  timeout: { what: "a time for TLS alone of a resolver" },
};

const COOKIES = { what: "credentials in cookies (leafs send theirs in CONNECT)" };
const WEBSOCKET_USERS = { what: "users of WebSocket alone (leafs log in as they do over TCP)" };

export const UNSUPPORTED_WEBSOCKET: UnsupportedKeys = {
  authorization: WEBSOCKET_USERS,
  authentication: WEBSOCKET_USERS,
  username: WEBSOCKET_USERS,
  user: WEBSOCKET_USERS,
  password: WEBSOCKET_USERS,
  pass: WEBSOCKET_USERS,
  token: WEBSOCKET_USERS,
  jwt_cookie: COOKIES,
  user_cookie: COOKIES,
  pass_cookie: COOKIES,
  token_cookie: COOKIES,
  headers: { what: "headers of our own in the answer to a WebSocket handshake" },
  ping_interval: { what: "PINGs of WebSocket alone (see ping_interval of clients)" },
};
