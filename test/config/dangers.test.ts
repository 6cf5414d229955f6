// What is legal and dangerous is told where it stands and with what to do, and its harmless neighbour is not.

import { expect, test } from "bun:test";
import { formatFinding } from "../../src/config/finding.ts";
import { Places } from "../../src/config/places.ts";
import { isLoopback } from "../../src/config/rules-dangers-reach.ts";
import { of, table } from "./danger-table.ts";
import { allFindings, dangers } from "./support.ts";

const USERS = "accounts: {A: {users: [{user: u, password: $2a$11$x}]}}";
const TLS = "tls: {cert_file: c, key_file: k}";

table("clear-text", [
  [
    "host: 0.0.0.0",
    "1:7 host: warning: clients send passwords and messages in clear on 0.0.0.0:4222; write tls",
    "host: 127.0.0.9",
  ],
  [
    "listen: '[2001:db8::1]:5222'",
    "1:9 listen: warning: clients send passwords and messages in clear on [2001:db8::1]:5222",
    "listen: '[::1]:5222'",
  ],
  ["host: box.example.org", "1:7 host: warning: clients", `host: box.example.org\n${TLS}`],
  [
    `host: h\n${TLS}\nallow_non_tls: true`,
    "3:16 allow_non_tls: warning: clients may still speak in clear",
    `host: localhost\n${TLS}\nallow_non_tls: true`,
  ],
  [
    "gateway: {name: a, listen: '10.0.0.1:7222'}",
    "1:28 gateway.listen: warning: gateways send",
    "gateway: {name: a, listen: 'localhost:7222'}",
  ],
  [
    "gateway: {name: a, host: h}",
    "1:26 gateway.host: warning: gateways send",
    `gateway: {name: a, host: h, ${TLS}}`,
  ],
  [
    "leafnodes: {listen: 'h:7422'}",
    "1:21 leafnodes.listen: warning: leafs send",
    `leafnodes: {listen: 'h:7422', ${TLS}}`,
  ],
  [
    "leafnodes: {host: h, port: 7422}",
    "1:19 leafnodes.host: warning: leafs send",
    "leafnodes: {host: '::1', port: 7422}",
  ],
  [
    "websocket: {listen: 'h:8443', no_tls: true}\nleafnodes: {listen: '127.0.0.1:7422'}",
    "1:21 websocket.listen: warning: leafs over WebSocket send",
    `websocket: {listen: 'h:8443', ${TLS}}\nleafnodes: {listen: '127.0.0.1:7422'}`,
  ],
  [
    "http: 0.0.0.0:8222",
    "1:7 http: warning: monitoring is shown to everybody in clear on 0.0.0.0:8222",
    "http: 127.0.0.1:8222",
  ],
  [
    `host: h\n${TLS}\nhttp_port: 8222`,
    "3:12 http_port: warning: monitoring is shown",
    `host: h\n${TLS}\nhttps_port: 8222`,
  ],
]);

table("anybody", [
  [
    "host: h",
    "1:7 host: warning: anybody may be a client on h:4222; write users in accounts",
    `host: h\n${USERS}`,
  ],
  [
    "host: h\naccounts: [A]",
    "1:7 host: warning: anybody may be a client",
    "host: h\nauthorization: {token: t}",
  ],
  [
    `host: h\n${TLS}`,
    "1:7 host: warning: anybody may be a client",
    "host: h\ntls: {cert_file: c, key_file: k, verify: true}",
  ],
  [
    "gateway: {name: a, host: h}",
    "1:26 gateway.host: warning: anybody may be a gateway",
    `gateway: {name: a, host: h, ${TLS}}`,
  ],
  [
    "gateway: {name: a, host: h}",
    "1:26",
    "gateway: {name: a, host: h, authorization: {user: u, password: p}}",
  ],
  [
    "leafnodes: {listen: 'h:7422'}",
    "1:21 leafnodes.listen: warning: anybody may be a leaf",
    `leafnodes: {listen: 'h:7422'}\n${USERS}`,
  ],
  [
    "leafnodes: {listen: 'h:7422', authorization: {timeout: 1s}}",
    "1:21 leafnodes.listen: warning: anybody may be a leaf",
    "leafnodes: {listen: 'h:7422', authorization: {users: [{user: u, password: p}]}}",
  ],
  [
    `host: h\nno_auth_user: u\n${USERS}`,
    "2:15 no_auth_user: warning: whoever comes without credentials is u",
    `no_auth_user: u\n${USERS}`,
  ],
  [
    `websocket: {listen: 'h:1', ${TLS}, no_auth_user: u}\nleafnodes: {port: 7422}\n${USERS}`,
    "1:76 websocket.no_auth_user: warning: whoever comes",
    `websocket: {listen: 'localhost:1', ${TLS}, no_auth_user: u}\nleafnodes: {port: 7422}\n${USERS}`,
  ],
]);

table("unreachable", [
  [
    "client_advertise: 0.0.0.0",
    "1:19 client_advertise: warning: 0.0.0.0 is an address to listen on",
    "client_advertise: 10.0.0.1",
  ],
  [
    "gateway: {name: a, host: h, advertise: '[::]:7222'}",
    "1:40 gateway.advertise: warning: :: is an address to listen on",
    "gateway: {name: a, host: h, advertise: '[2001:db8::]:7222'}",
  ],
  [
    "gateway: {name: a, host: h, advertise: localhost}",
    "1:40 gateway.advertise: warning: localhost is the peer itself",
    "gateway: {name: a, host: localhost, advertise: localhost}",
  ],
  [
    "leafnodes: {listen: 'h:1', advertise: '127.0.0.1:7422'}",
    "1:39 leafnodes.advertise: warning: 127.0.0.1 is the peer itself",
    "leafnodes: {listen: '127.0.0.1:1', advertise: '127.0.0.1:7422'}",
  ],
  [
    "websocket: {listen: 'h:1', no_tls: true, advertise: box.local}\nleafnodes: {port: 7422}",
    "1:53 websocket.advertise: warning: box.local is a name that only",
    "websocket: {listen: 'h:1', no_tls: true, advertise: box.example.org}\nleafnodes: {port: 7422}",
  ],
  [
    "client_advertise: 169.254.1.2",
    "1:19 client_advertise: warning: 169.254.1.2 is an address of one network segment",
    "client_advertise: 169.253.1.2",
  ],
]);

const one = (keys: string): string => `accounts: {A: {users: [${keys}]}}`;

table("plain-password", [
  [
    `host: h\n${one("{user: u, password: p}")}`,
    "2:44 accounts.A.users[0].password: warning: a password in plain text; write its bcrypt hash",
    `host: h\n${USERS}`,
  ],
  [`host: h\n${one("{user: u, password: p}")}`, "2:44", one("{user: u, password: p}")],
  [`host: h\n${one("{user: u, password: p}")}`, "2:44", `host: h\n${one("{user: u, password: $PASSWORD}")}`],
  [
    "host: h\nauthorization: {user: u, password: p}",
    "2:36 authorization.password: warning: a password",
    "host: h\nauthorization: {user: u, password: $2b$11$x}",
  ],
  [
    // Leafs log in as clients do unless leafnodes has users of its own.
    `leafnodes: {listen: 'h:1'}\n${one("{user: u, password: p}")}`,
    "2:44 accounts.A.users[0].password",
    `leafnodes: {listen: 'h:1', authorization: {user: l, password: $2a$11$x}}\n${one("{user: u, password: p}")}`,
  ],
  [
    "leafnodes: {listen: 'h:1', authorization: {users: [{user: u, password: p}]}}",
    "1:72 leafnodes.authorization.users[0].password: warning: a password",
    "leafnodes: {listen: 'localhost:1', authorization: {users: [{user: u, password: p}]}}",
  ],
  [
    // A remote whose URL has a user is not sent this password, so it can be a hash.
    "gateway: {name: a, host: h, authorization: {user: u, password: p}, gateways: [{name: b, url: nats://u:p@b}]}",
    "1:64 gateway.authorization.password: warning: a password",
    "gateway: {name: a, host: h, authorization: {user: u, password: p}, gateways: [{name: b, url: nats://b}]}",
  ],
]);

table("shared-token", [
  [
    "host: h\nauthorization: {token: t}",
    "2:24 authorization.token: warning: one token for all",
    "authorization: {token: t}",
  ],
]);

const TWO = "S: {users: [{user: s, password: p}]}";

table("system-account", [
  [
    `system_account: S\naccounts: {${TWO}}`,
    "2:24 accounts.S.users[0]: warning: all users are in the system account, S; give applications",
    `system_account: S\naccounts: {${TWO}, A: {users: [{user: u, password: p}]}}`,
  ],
  [
    `system_account: S\nno_auth_user: s\naccounts: {${TWO}, A: {users: [{user: u, password: p}]}}`,
    "2:15 no_auth_user: warning: whoever comes without credentials is in the system account, S",
    `system_account: S\nno_auth_user: u\naccounts: {${TWO}, A: {users: [{user: u, password: p}]}}`,
  ],
  [
    "system_account: S\naccounts: [S, A]\nleafnodes: {port: 7422, authorization: {account: S}}",
    "3:50 leafnodes.authorization.account: warning: every such leaf is in the system account",
    "system_account: S\naccounts: [S, A]\nleafnodes: {port: 7422, authorization: {account: A}}",
  ],
]);

table("large-payload", [
  ["max_payload: 9MB", "1:14 max_payload: warning: 9437184 bytes: a message over 8MB", "max_payload: 8MB"],
]);

test("what is wrong is not told as a danger as well", () => {
  expect(of("clear-text", "host: h\ntls: 5")).toEqual([]);
  expect(of("anybody", "gateway: {name: a, host: h, authorization: {user: 5}}")).toEqual([]);
  expect(of("single-url", "leafnodes: {remotes: [{urls: [nats://h, 5]}]}")).toEqual([]);
  expect(of("clear-text", "host: 5")).toEqual([]);
});

test("dangers are told together with errors", () => {
  expect(allFindings("host: h\nprot: 1").map(({ path, severity }) => `${path} ${severity}`)).toEqual([
    "host warning",
    "host warning",
    "prot error",
  ]);
});

test("times of 0 are no danger but an error, so that nobody waits for ever or for nothing", () => {
  for (const text of [
    ...["ping_interval: 0", "ping_max: 0", "authorization: {timeout: 0}", "write_deadline: 0"],
    ...["gateway: {name: a, host: h, authorization: {timeout: 0}}", "tls: {timeout: 0}"],
    ...["leafnodes: {port: 7422, authorization: {timeout: 0}}", "websocket: {handshake_timeout: 0}"],
  ]) {
    expect(
      allFindings(text)
        .filter(({ severity }) => severity === "error")
        .map(formatFinding),
    ).toEqual(expect.arrayContaining([expect.stringMatching(/: too small: the least is /)]));
  }
});

test("the same danger in a thousand places is told once, with their number", () => {
  const users = Array.from({ length: 1_000 }, (_, at) => `{user: u${at}, password: p}`);
  const told = of("plain-password", `host: h\naccounts: {A: {users: [${users.join(", ")}]}}`);
  expect(told).toEqual([expect.stringContaining("(the same in 999 more)")]);
  const remotes = Array.from({ length: 1_000 }, (_, at) => `{url: nats://h${at}}`);
  expect(of("single-url", `leafnodes: {remotes: [${remotes.join(", ")}]}`)).toEqual([
    expect.stringContaining("(the same in 999 more)"),
  ]);
});

test("warnings that are left out for their number do not make a configuration unusable", () => {
  const places = new Places("box.yaml");
  for (let at = 0; at < 300; at++) places.onKey(["port"], "unwise", "warning");
  expect(places.hasErrors).toBe(false);
  expect(places.findings().at(-1)).toMatchObject({
    message: "100 more findings are left out",
    severity: "warning",
  });
  places.onKey(["port"], "wrong");
  expect(places.hasErrors).toBe(true);
  expect(places.findings().at(-1)?.severity).toBe("error");
});

test("flags open listeners as the file does", () => {
  expect(dangers("", { overrides: { host: "0.0.0.0" } })[0]).toBe(
    "clear-text command line host: warning: clients send passwords and messages in clear on 0.0.0.0:4222; " +
      "write tls, or listen on 127.0.0.1",
  );
  expect(dangers("host: 0.0.0.0", { overrides: { host: "localhost" } })).toEqual([]);
});

test.each([
  ...["127.0.0.1", "127.1", "127.255.0.9", "localhost", "LOCALHOST", "a.localhost", "::1", "0:0:0:0:0:0:0:1"],
  ...["::ffff:127.0.0.1", "[::1]"],
])("%p is this machine", (host) => expect(isLoopback(host)).toBe(true));

test.each([
  ...["0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "1127.0.0.1", "127.example.org", "localhost.example.org"],
  ...["h", "::2", "::11", "1::1", "fe80::1"],
])("%p may be another machine", (host) => expect(isLoopback(host)).toBe(false));
