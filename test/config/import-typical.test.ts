// Configurations as people write them for nats-server: what becomes of a region of a super-cluster, of a hub
// of leafs, of an edge, and of a server in operator mode.

import { describe, expect, test } from "bun:test";
import { createUser } from "@nats-io/nkeys";
import { parseDocument } from "yaml";
import { direct, imported } from "./import-support.ts";

const REGION = `
# Region EU, first gateway.
server_name: gw-eu-1
listen: "0.0.0.0:4222"
http: 127.0.0.1:8222

max_payload: 4MB
max_connections: 20k
write_deadline: "5s"
ping_interval: 60

log_file: "/var/log/nats/gw-eu-1.log"
pid_file: "/run/nats/gw-eu-1.pid"
debug: false

jetstream {
  store_dir: /data/nats
  max_file: 100GB
}

cluster {
  name: EU
  listen: 0.0.0.0:6222
  authorization { user: route, password: $ROUTE_PASSWORD }
  routes: [
    nats-route://gw-eu-2:6222
    nats-route://gw-eu-3:6222
  ]
}

gateway {
  name: EU
  port: 7222
  advertise: gw.eu.example.org:7222
  reject_unknown_cluster: true

  authorization {
    user: gateway
    password: $GATEWAY_PASSWORD
    timeout: 3
  }

  tls {
    cert_file: /etc/nats/tls/gw.pem
    key_file:  /etc/nats/tls/gw-key.pem
    ca_file:   /etc/nats/tls/ca.pem
    timeout: 2
  }

  # All regions share this list.
  gateways: [
    {name: EU, urls: ["tls://gw1.eu.example.org:7222", "tls://gw2.eu.example.org:7222"]}
    {name: US, urls: ["tls://gw1.us.example.org:7222", "tls://gw2.us.example.org:7222"]}
    {name: AP, url: tls://gw1.ap.example.org:7222
      tls {
        cert_file: /etc/nats/tls/ap.pem
        key_file: /etc/nats/tls/ap-key.pem
      }
    }
  ]
}

include "accounts.conf"
system_account: SYS
`;

const ACCOUNTS = `
ORDERS_PERMISSIONS: {
  publish: ["orders.>", "_INBOX.>"]
  subscribe: { allow: ["orders.>", "_INBOX.>"], deny: "orders.audit" }
}

accounts: {
  SYS: { users: [ {user: admin, password: $2a$11$W2zko751KUvVy59mUTWmpOdWjpEm5qhcCZRd05GjI/sSOT.xtiHyG} ] }
  ORDERS: {
    users: [
      {user: alice, password: "a", permissions: $ORDERS_PERMISSIONS}
      {user: bob, pass: "b"}
      # signs
      {nkey: UBEKJNE75OW7NICZ6IHEBSLCX6IPLGCVWQGLOJX5IKWNN7QA2XXR6PRT}
    ]
  }
}
`;

const ENVIRONMENT = { ROUTE_PASSWORD: "route", GATEWAY_PASSWORD: "gw-s3cret" };

describe("a region of a super-cluster", () => {
  const world = { files: { "accounts.conf": ACCOUNTS }, environment: ENVIRONMENT };
  const result = imported(REGION, world);

  test("is a box of that region, with its remotes, certificates, accounts and limits", () => {
    expect(result.isUsable).toBe(true);
    expect(result.findings).toEqual([]);
    const { client, gateway, identity, monitor, log, ...rest } = result.configuration();
    expect(rest).toMatchObject({
      serverName: "gw-eu-1",
      clusterName: "EU",
      pidFile: "/run/nats/gw-eu-1.pid",
    });
    expect(client).toMatchObject({
      ...{
        listen: { host: "0.0.0.0", port: 4222 },
        maxConnections: 20_000,
        maxPayloadBytes: 4 * 1024 * 1024,
      },
      ...{ writeDeadlineMillis: 5_000, pingIntervalMillis: 60_000 },
    });
    expect(monitor?.listen).toEqual({ host: "127.0.0.1", port: 8222 });
    expect(log).toMatchObject({ file: "/var/log/nats/gw-eu-1.log", debug: false });
    expect(gateway).toMatchObject({
      ...{
        name: "EU",
        listen: { host: "0.0.0.0", port: 7222 },
        rejectUnknown: true,
        authTimeoutMillis: 3_000,
      },
      authorization: { user: "gateway", password: "gw-s3cret" },
      tls: { certFile: "/etc/nats/tls/gw.pem", caFile: "/etc/nats/tls/ca.pem" },
      advertise: { host: "gw.eu.example.org", port: 7222 },
    });
    expect(gateway?.remotes.map(({ name, urls, tls }) => [name, urls.length, tls?.certFile])).toEqual([
      ["US", 2, "/etc/nats/tls/gw.pem"],
      ["AP", 1, "/etc/nats/tls/ap.pem"],
    ]);
    const orders = identity.accounts.find(({ name }) => name === "ORDERS")!;
    expect(orders.users.map(({ user, nkey }) => user ?? nkey?.slice(0, 4))).toEqual(["alice", "bob", "UBEK"]);
    expect(orders.users[0]!.permissions).toEqual({
      publish: { allow: ["orders.>", "_INBOX.>"], deny: [] },
      subscribe: { allow: ["orders.>", "_INBOX.>"], deny: ["orders.audit"] },
    });
    expect(identity.systemAccount).toBe("SYS");
  });

  test("tells of streams and routes, and of nothing else", () => {
    const notes = result.notes.map((note) => note.split(":").slice(0, 4).join(":"));
    expect(notes).toEqual([
      "nats.conf:16:1 jetstream: not carried over",
      "nats.conf:23:3 cluster.listen: not carried over",
      "nats.conf:24:3 cluster.authorization: not carried over",
      "nats.conf:25:3 cluster.routes: not carried over",
    ]);
  });

  test("keeps its secrets out of the YAML where they came from the environment", () => {
    expect(result.yaml).toContain("password: $GATEWAY_PASSWORD");
    expect(result.yaml).not.toContain("gw-s3cret");
    expect(result.yaml).toContain('password: "$2a$11$W2zko751KUvVy59mUTWmpOdWjpEm5qhcCZRd05GjI/sSOT.xtiHyG"');
  });
});

const HUB = `{
  "server_name": "hub",
  "host": "0.0.0.0",
  "port": 4222,
  "accounts": {
    "EDGE": { "users": [ { "user": "edge", "password": "e" } ] },
    "CORE": { "users": [ { "user": "core", "password": "c" } ] }
  },
  "no_auth_user": "core",
  "leafnodes": {
    "port": 7422,
    "compression": { "mode": "s2_auto", "rtt_thresholds": ["5ms", "20ms"] },
    "min_version": "2.9.0",
    "authorization": {
      "timeout": 1.5,
      "users": [
        { "user": "leaf-1", "password": "l1", "account": "EDGE" },
        { "user": "leaf-2", "password": "l2", "account": "CORE" }
      ]
    },
    "tls": { "cert_file": "leaf.pem", "key_file": "leaf-key.pem", "ca_file": "ca.pem", "verify": true }
  },
  "websocket": { "port": 8443, "tls": { "cert_file": "ws.pem", "key_file": "ws-key.pem" } }
}
`;

test("a hub of leafs, written as JSON, is a hub with the same users, certificates and WebSocket", () => {
  const { notes, findings, configuration } = imported(HUB);
  expect([notes, findings]).toEqual([[], []]);
  const { leaf, webSocket, identity } = configuration();
  expect(leaf).toMatchObject({
    listener: {
      listen: { host: "0.0.0.0", port: 7422 },
      minVersion: "2.9.0",
      authTimeoutMillis: 1_500,
    },
  });
  expect(webSocket).toMatchObject({ listen: { host: "0.0.0.0", port: 8443 } });
  expect(identity.noAuthUser).toBe("core");
  expect(direct(HUB)).toMatchObject({ configuration: configuration() });
});

const EDGE = `
port: -1
leaf {
  remotes = [
    {
      urls: [ nats-leaf://hub1.example.org:7422, nats-leaf://hub2.example.org:7422 ]
      account: APP; credentials: './edge.creds'
      deny_imports: local.>, deny_exports: ["local.>", "*.secret"]
      tls { ca_file: ca.pem, handshake_first: yes }
    }
    { url: "wss://hub.example.org:443", seed: $LEAF_SEED, ws_compression: on, no_randomize: true }
  ]
  reconnect: 2
}
accounts { APP { users = [ {user: app, password: app} ] } }
http_port: 8222
`;

test("an edge has the same hubs, credentials and denied subjects", () => {
  const environment = { LEAF_SEED: new TextDecoder().decode(createUser().getSeed()) };
  const { notes, findings, yaml } = imported(EDGE, { environment });
  expect([notes, findings]).toEqual([[], []]);
  const plain = parseDocument(yaml).toJS() as Record<string, unknown>;
  expect(plain).toEqual({
    ...{ host: "0.0.0.0", port: -1, http_port: 8222 },
    accounts: { APP: { users: [{ user: "app", password: "app" }] } },
    leafnodes: {
      remotes: [
        {
          urls: ["nats-leaf://hub1.example.org:7422", "nats-leaf://hub2.example.org:7422"],
          ...{ account: "APP", credentials: "./edge.creds" },
          ...{ deny_imports: "local.>", deny_exports: ["local.>", "*.secret"] },
          tls: { ca_file: "ca.pem", handshake_first: true },
        },
        { url: "wss://hub.example.org:443", nkey: "$LEAF_SEED", ws_compression: true, no_randomize: true },
      ],
      reconnect: 2,
    },
  });
});

const OPERATOR = `
port: 4222
operator: /etc/nats/operator.jwt
system_account: ADSZ3ICCMMFQYJWIXKCLBHFHOY26XRPWBTJ4W25EKRVPGJ3MXZKKQPVX
resolver {
  type: full
  dir: "/data/jwt"
}
resolver_preload: {
  ADSZ3ICCMMFQYJWIXKCLBHFHOY26XRPWBTJ4W25EKRVPGJ3MXZKKQPVX: eyJ0eXAiOiJKV1QifQ.e30.c2ln
}
`;

test("operator mode never becomes a box that lets everybody in", () => {
  const { yaml, notes, isUsable } = imported(OPERATOR);
  expect(yaml).toMatch(/^operator: \/etc\/nats\/operator\.jwt$/m);
  expect(yaml).toMatch(/^resolver:\n {2}type: full\n {2}dir: "?\/data\/jwt"?$/m);
  expect(notes).toEqual([]);
  // The file of the operator is not here, and without him nobody comes in.
  expect(isUsable).toBe(false);
});

test("limits, queue groups and connection types of an account are carried over whole", () => {
  const { configuration, notes, isUsable } = imported(`
    host: 127.0.0.1
    accounts: {
      A: {
        users: [
          {
            user: a, password: "a long password", connection_types: [ "STANDARD", "leafnode" ]
            permissions: { subscribe: { allow: ["orders.> workers", "_INBOX.>"], deny: "orders.x w.*" } }
          }
        ]
        limits: { max_conn: 5, max_subs: 10, max_pay: 1k, max_leafs: 2 }
      }
    }`);
  expect([notes, isUsable]).toEqual([[], true]);
  const { accounts } = configuration().identity;
  expect(accounts.find(({ name }) => name === "A")).toMatchObject({
    users: [
      {
        connectionTypes: ["STANDARD", "LEAFNODE"],
        permissions: { subscribe: { allow: ["orders.> workers", "_INBOX.>"], deny: ["orders.x w.*"] } },
      },
    ],
    limits: { connections: 5, subs: 10, payload: 1_000, leafs: 2 },
  });
});
