// Documents that nats-server 2.15.2 answered, cut to one of each thing, and how ours are compared with them.

import { expect } from "bun:test";

const CONNECTION = {
  cid: 5,
  kind: "Gateway",
  ip: "127.0.0.1",
  port: 21202,
  start: "2026-11-23T05:18:05.70913022Z",
  last_activity: "2026-11-23T05:18:18.684473467Z",
  rtt: "819µs",
  uptime: "12s",
  idle: "0s",
  pending_bytes: 0,
  in_msgs: 0,
  out_msgs: 11,
  in_bytes: 0,
  out_bytes: 2531,
  subscriptions: 53,
  name: "NC4VZHC4SY42MR37XGOKUNPFFMEWSFEU2ZMDTQMKZK2KCR2HQ5WDXPSC",
};

const ACCOUNT = { name: "$SYS", interest_mode: "Interest-Only", interest_only_threshold: 1000 };

export const GATEWAYZ = {
  server_id: "NDI6PFMYONXWPGUZDN5W4AVY6MDYCOX3LDI755CSFPMBDMCYTNWO7WGX",
  now: "2026-11-23T05:18:18.70141821Z",
  name: "A",
  host: "127.0.0.1",
  port: 21201,
  outbound_gateways: {
    EAST: { configured: true, connection: CONNECTION, accounts: [{ ...ACCOUNT, num_subs: 53 }] },
  },
  inbound_gateways: { EAST: [{ configured: false, connection: CONNECTION, accounts: [ACCOUNT] }] },
};

export const CONNZ = {
  server_id: "NCZZPRXEAAEMFJO5AUP7JTZJECVWT2HF34DH4AV36ETXY6VWDC77FPTZ",
  now: "2026-11-23T05:27:37.178330721Z",
  num_connections: 1,
  total: 1,
  offset: 0,
  limit: 1024,
  connections: [
    {
      ...CONNECTION,
      version: "2.15.2",
      authorized_user: "u",
      account: "ACC",
      subscriptions_list: ["sp.a"],
      name_tag: "ACC",
    },
  ],
};

export const SUBSZ = {
  server_id: "NCZZPRXEAAEMFJO5AUP7JTZJECVWT2HF34DH4AV36ETXY6VWDC77FPTZ",
  now: "2026-11-23T05:27:37.270766237Z",
  num_subscriptions: 19,
  num_cache: 5,
  num_inserts: 19,
  num_removes: 0,
  num_matches: 5,
  cache_hit_rate: 0,
  max_fanout: 1,
  avg_fanout: 1,
  total: 4,
  offset: 0,
  limit: 1024,
  subscriptions_list: [
    { account: "ACC", account_tag: "ACC", subject: "$SYS.REQ.USER.INFO", sid: "4", msgs: 0, cid: 4 },
  ],
};

export const VARZ = {
  server_id: "NCZZPRXEAAEMFJO5AUP7JTZJECVWT2HF34DH4AV36ETXY6VWDC77FPTZ",
  server_name: "H1",
  version: "2.15.2",
  proto: 1,
  go: "go1.26.8",
  host: "127.0.0.1",
  port: 15222,
  auth_required: true,
  connect_urls: ["127.0.0.1:15222", "127.0.0.1:15223"],
  max_connections: 65536,
  ping_interval: 120000000000,
  ping_max: 2,
  http_host: "127.0.0.1",
  http_port: 15822,
  http_base_path: "",
  https_port: 0,
  auth_timeout: 2,
  max_control_line: 4096,
  max_payload: 1048576,
  max_pending: 67108864,
  cluster: {
    name: "HUBC",
    addr: "127.0.0.1",
    cluster_port: 15622,
    auth_timeout: 2,
    urls: ["127.0.0.1:15633"],
    tls_timeout: 2,
    pool_size: 3,
  },
  gateway: {},
  leaf: { host: "127.0.0.1", port: 15422, auth_timeout: 2, tls_timeout: 2 },
  mqtt: {},
  websocket: {},
  jetstream: {},
  tls_timeout: 2,
  write_deadline: 10000000000,
  start: "2026-11-23T05:27:33.502206862Z",
  now: "2026-11-23T05:27:37.149502784Z",
  uptime: "3s",
  mem: 17547264,
  cores: 2,
  gomaxprocs: 2,
  cpu: 1,
  connections: 0,
  total_connections: 3,
  routes: 4,
  remotes: 1,
  leafnodes: 1,
  in_msgs: 14,
  in_bytes: 6293,
  in_client_msgs: 0,
  in_client_bytes: 0,
  out_msgs: 11,
  out_bytes: 4119,
  out_client_msgs: 0,
  out_client_bytes: 0,
  slow_consumers: 0,
  stale_connections: 0,
  stalled_clients: 0,
  subscriptions: 136,
  http_req_stats: { "/varz": 1 },
  config_load_time: "2026-11-23T05:27:33.502206862Z",
  config_digest: "sha256:9c98f0e2ce1d6770cad41a959cb91180b97c2d25b87231e2162e6c831e996fb0",
  feature_flags: { js_ack_fc_v2: false },
  system_account: "SYS",
  slow_consumer_stats: { clients: 0, routes: 0, gateways: 0, leafs: 0 },
  stale_connection_stats: { clients: 0, routes: 0, gateways: 0, leafs: 0 },
  disk_io_wait_stats: { waiters: 0, waits: 0, wait_time: 0, max_wait_time: 0 },
};

export const ACCOUNTZ_DETAIL = {
  server_id: "NCZZPRXEAAEMFJO5AUP7JTZJECVWT2HF34DH4AV36ETXY6VWDC77FPTZ",
  now: "2026-11-23T05:27:37.254781258Z",
  system_account: "SYS",
  account_detail: {
    account_name: "ACC",
    update_time: "2026-11-23T05:27:33.502389494Z",
    expired: false,
    complete: true,
    jetstream_enabled: false,
    leafnode_connections: 1,
    client_connections: 0,
    subscriptions: 19,
    imports: [],
    name_tag: "ACC",
    sublist_stats: {
      num_subscriptions: 19,
      num_cache: 5,
      num_inserts: 19,
      num_removes: 0,
      num_matches: 5,
      cache_hit_rate: 0,
      max_fanout: 1,
      avg_fanout: 1,
    },
  },
};

export const LEAFZ = {
  server_id: "NCZZPRXEAAEMFJO5AUP7JTZJECVWT2HF34DH4AV36ETXY6VWDC77FPTZ",
  now: "2026-11-23T05:27:37.21938168Z",
  leafnodes: 1,
  leafs: [
    {
      id: 14,
      name: "SP",
      is_spoke: false,
      account: "ACC",
      ip: "127.0.0.1",
      port: 41110,
      rtt: "3.097668ms",
      in_msgs: 4,
      out_msgs: 3,
      in_bytes: 26,
      out_bytes: 6,
      subscriptions: 7,
      subscriptions_list: ["sp.a", "$LDS.7UiPbKn3vlq0urVKsmGeqj"],
      compression: "off",
    },
  ],
};

const FLOWS = {
  msgs: 7,
  bytes: 32,
  gateways: { msgs: 0, bytes: 0 },
  routes: { msgs: 4, bytes: 26 },
  leafs: { msgs: 3, bytes: 6 },
};

export const ACCSTATZ = {
  server_id: "NCZZPRXEAAEMFJO5AUP7JTZJECVWT2HF34DH4AV36ETXY6VWDC77FPTZ",
  now: "2026-11-23T05:27:37.308101962Z",
  account_statz: [
    {
      acc: "ACC",
      name: "ACC",
      conns: 0,
      leafnodes: 1,
      total_conns: 1,
      num_subscriptions: 19,
      sent: FLOWS,
      received: FLOWS,
      slow_consumers: 0,
    },
  ],
};

/** The `leaf` block of a nats-server that dials a hub. */
export const VARZ_LEAF_REMOTES = [
  { local_account: "LOC", urls: ["127.0.0.1:29303"], deny: { exports: ["y"], imports: ["x.>"] } },
];

/** Counters of nats-server's own subject index, which this box does not have: a zero would be a claim. */
const SUBLIST = "counted by an index that is not ours";

/** Fields of nats-server that are absent here, each with its reason. */
export const ABSENT: Readonly<Record<string, string>> = {
  "cluster.addr": "there is no route listener",
  "cluster.cluster_port": "there is no route listener",
  "cluster.auth_timeout": "there is no route listener",
  "cluster.urls": "there is no route listener",
  "cluster.tls_timeout": "there is no route listener",
  "cluster.pool_size": "there is no route listener",
  feature_flags: "flags of JetStream",
  disk_io_wait_stats: "no disk is waited for",
  "account_detail.update_time": "accounts change only with the configuration, whose time /varz tells",
  "account_detail.imports": "there are no imports between accounts",
  ...Object.fromEntries(
    [
      "num_cache",
      "num_inserts",
      "num_removes",
      "num_matches",
      "cache_hit_rate",
      "max_fanout",
      "avg_fanout",
    ].flatMap((name) => [
      [name, SUBLIST],
      [`account_detail.sublist_stats.${name}`, SUBLIST],
    ]),
  ),
};

/** Every field of `theirs` is in `ours` with the same JSON type, unless it is listed as absent. */
export function expectShape(ours: unknown, theirs: unknown, path = ""): void {
  expect(`${path}: ${typeName(ours)}`).toBe(`${path}: ${typeName(theirs)}`);
  if (Array.isArray(theirs) && Array.isArray(ours)) {
    expect(`${path}: ${ours.length > 0}`).toBe(`${path}: ${theirs.length > 0}`);
    for (const item of ours) expectShape(item, theirs[0], `${path}[]`);
  } else if (isObject(theirs) && isObject(ours)) {
    for (const [name, value] of Object.entries(theirs)) {
      const below = path === "" ? name : `${path}.${name}`;
      if (below in ABSENT) expect(`${below}: ${typeName(ours[name])}`).toBe(`${below}: undefined`);
      else expectShape(ours[name], value, below);
    }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function typeName(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}
