// What a running box would do with another configuration.

import { expect, test } from "bun:test";
import { planOf } from "../../src/config/plan.ts";
import { readConfiguration } from "../../src/config/read.ts";

const BASE = {
  server_name: "box",
  gateway: {
    name: "a",
    port: 7222,
    gateways: [
      { name: "b", url: "nats://b:7222" },
      { name: "c", url: "nats://c:7222" },
    ],
  },
  leafnodes: {
    port: 7422,
    authorization: { users: [{ user: "edge", password: "e" }] },
    remotes: [{ url: "nats://hub:7422", account: "EU" }],
  },
  accounts: { EU: { users: [{ user: "u", password: "p" }] } },
};

type Json = Record<string, unknown>;

function planned(after: Json): string[] {
  const read = (of: Json) => readConfiguration(JSON.stringify(of), { file: "box.json", environment: {} });
  return planOf(read(BASE).configuration, read({ ...BASE, ...after }).configuration).map(
    ({ key, what, effect }) => `${effect} ${what} ${key}`,
  );
}

test("the same configuration changes nothing", () => {
  expect(planned({})).toEqual([]);
});

test("remotes, rules, hubs, accounts and the log level change at once", () => {
  const gateways = [
    { name: "b", url: "nats://b2:7222" },
    { name: "d", url: "nats://d:7222", accounts: { EU: {} } },
  ];
  expect(planned({ gateway: { ...BASE.gateway, gateways } })).toEqual([
    "now changed gateway.gateways[b]",
    "now added gateway.gateways[d]",
    "now removed gateway.gateways[c]",
    "now added gateway.gateways[d] rules",
  ]);
  expect(planned({ leafnodes: { ...BASE.leafnodes, remotes: [{ url: "nats://other:7422" }] } })).toEqual([
    "now added leafnodes.remotes[other:7422 $G]",
    "now removed leafnodes.remotes[hub:7422 EU]",
  ]);
  const [hub] = BASE.leafnodes.remotes;
  expect(planned({ leafnodes: { ...BASE.leafnodes, remotes: [{ ...hub, disabled: true }] } })).toEqual([
    "now changed leafnodes.remotes[hub:7422 EU]",
  ]);
  const accounts = { EU: { users: [{ user: "u", password: "new" }] }, US: {} };
  expect(planned({ accounts })).toEqual(["now changed accounts.EU", "now added accounts.US"]);
  const limited = { EU: { ...BASE.accounts.EU, limits: { max_conn: 3 } } };
  expect(planned({ accounts: limited })).toEqual(["now added accounts.EU.limits"]);
  expect(planned({ debug: true })).toEqual(["now changed log"]);
  const users = [{ user: "edge", password: "other" }];
  expect(planned({ leafnodes: { ...BASE.leafnodes, authorization: { users } } })).toEqual([
    "now changed leafnodes.authorization",
  ]);
});

test("limits count at once, but for those that are looked at when somebody comes", () => {
  expect(planned({ max_payload: 4_096, max_connections: 7 })).toEqual([
    "now changed limits and times of clients",
    "later changed max_connections, times of logins",
  ]);
  expect(planned({ gateway: { ...BASE.gateway, connect_retries: 5 } })).toEqual(["later changed gateway"]);
});

test("where it listens changes at once", () => {
  expect(planned({ port: 4333 })).toEqual(["now changed listen"]);
  expect(planned({ gateway: { ...BASE.gateway, port: 7333 } })).toEqual(["now changed gateway.listen"]);
  expect(planned({ leafnodes: { ...BASE.leafnodes, port: 7433 } })).toEqual(["now changed leafnodes.listen"]);
});

test("who the box is needs a restart", () => {
  expect(planned({ server_name: "other" })).toEqual(["restart changed server_name"]);
  expect(planned({ gateway: undefined })).toContain("restart removed gateway.name");
});

test("how it is monitored, logged and spoken to in TLS changes at once", () => {
  expect(planned({ http_port: 8333 })).toEqual(["now added http"]);
  expect(planned({ log_format: "json", pid_file: "box.pid" })).toEqual([
    "now changed log",
    "now added pid_file",
  ]);
  const tls = { cert_file: "c.pem", key_file: "k.pem" };
  expect(planned({ tls })).toContain("now added tls");
  expect(planned({ websocket: { port: 8080, no_tls: true } })).toEqual(["now added websocket"]);
});
