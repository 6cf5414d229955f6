// Keys that nats-server knows and this product does not yet: an error of their own, never silently ignored.
// Source: nats-server 2.15 server/opts.go, the key switches of each block.

import type { UnsupportedKeys } from "./keys.ts";

/** Flags and features that are off here anyway, so that saying so is not an error. */
const OFF: readonly unknown[] = [false];

const PERMISSIONS = { what: "permissions" };
const CIPHERS = { what: "the choice of TLS ciphers" };
const CERT_STORE = { what: "the Windows certificate store" };
const OCSP = { what: "OCSP", off: OFF };
const OPERATOR = { what: "operator mode (JWT)" };
const JETSTREAM = { what: "JetStream", off: [false, "disabled", "disable"] };
const LOG_ROTATION = { what: "log rotation" };
const SLOW_WRITES = { what: "a choice for slow writes", off: ["default"] };

export const UNSUPPORTED_TOP: UnsupportedKeys = {
  https: { what: "monitoring over TLS (use http)" },
  https_port: { what: "monitoring over TLS (use http)" },
  tls: { what: "TLS for clients" },
  allow_non_tls: { what: "TLS for clients" },
  ocsp: OCSP,
  ocsp_cache: OCSP,
  leafnodes: { what: "leaf nodes" },
  leaf: { what: "leaf nodes" },
  websocket: { what: "WebSocket" },
  ws: { what: "WebSocket" },
  mqtt: { what: "MQTT" },
  jetstream: JETSTREAM,
  store_dir: JETSTREAM,
  storedir: JETSTREAM,
  default_js_domain: JETSTREAM,
  operator: OPERATOR,
  operators: OPERATOR,
  root: OPERATOR,
  roots: OPERATOR,
  root_operator: OPERATOR,
  root_operators: OPERATOR,
  trusted: OPERATOR,
  trusted_keys: OPERATOR,
  resolver: OPERATOR,
  account_resolver: OPERATOR,
  accounts_resolver: OPERATOR,
  resolver_tls: OPERATOR,
  resolver_preload: OPERATOR,
  resolver_pinned_accounts: OPERATOR,
  default_sentinel: OPERATOR,
  mappings: { what: "subject mappings" },
  maps: { what: "subject mappings" },
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
  logfile_size_limit: LOG_ROTATION,
  log_size_limit: LOG_ROTATION,
  logfile_max_num: LOG_ROTATION,
  log_max_num: LOG_ROTATION,
  syslog: { what: "syslog", off: OFF },
  remote_syslog: { what: "syslog" },
  ports_file_dir: { what: "a ports file" },
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
  permissions: PERMISSIONS,
  default_permission: PERMISSIONS,
  default_permissions: PERMISSIONS,
  auth_callout: CALLOUT,
  auth_hook: CALLOUT,
  proxy_required: PROXY_REQUIRED,
};

/** nats-server reads a gateway's authorization with the code for clients, and then refuses these. */
export const UNSUPPORTED_GATEWAY_AUTHORIZATION: UnsupportedKeys = {
  ...UNSUPPORTED_AUTHORIZATION,
  token: { what: "tokens on gateways (nats-server has none either)" },
  users: { what: "several users on gateways (nats-server takes one pair a cluster)" },
};

export const UNSUPPORTED_USER: UnsupportedKeys = {
  nkey: { what: "nkeys" },
  permission: PERMISSIONS,
  permissions: PERMISSIONS,
  authorization: PERMISSIONS,
  allowed_connection_types: { what: "connection types a user" },
  connection_types: { what: "connection types a user" },
  clients: { what: "connection types a user" },
  proxy_required: PROXY_REQUIRED,
};

export const UNSUPPORTED_ACCOUNT: UnsupportedKeys = {
  nkey: { what: "nkeys" },
  imports: { what: "imports" },
  exports: { what: "exports" },
  jetstream: JETSTREAM,
  default_permissions: PERMISSIONS,
  mappings: { what: "subject mappings" },
  maps: { what: "subject mappings" },
  limits: { what: "limits an account" },
  msg_trace: { what: "message tracing" },
  trace_dest: { what: "message tracing" },
};

export const UNSUPPORTED_TLS: UnsupportedKeys = {
  allow_insecure_cipher_suites: { ...CIPHERS, off: OFF },
  cipher_suites: CIPHERS,
  curve_preferences: CIPHERS,
  min_version: { what: "the choice of a TLS version", off: ["1.2"] },
  certs: { what: "several certificates" },
  certificates: { what: "several certificates" },
  connection_rate_limit: { what: "a limit on TLS handshakes" },
  handshake_first: { what: "a choice of handshake (gateways always begin with TLS)", off: [true] },
  first: { what: "a choice of handshake (gateways always begin with TLS)", off: [true] },
  immediate: { what: "a choice of handshake (gateways always begin with TLS)", off: [true] },
  ocsp_peer: OCSP,
  cert_store: CERT_STORE,
  cert_match_by: CERT_STORE,
  cert_match: CERT_STORE,
  ca_certs_match: CERT_STORE,
  cert_match_skip_invalid: { ...CERT_STORE, off: OFF },
};
